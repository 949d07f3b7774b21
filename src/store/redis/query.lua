-- query.lua: what people and the daemon ask, and the sweep that forgets.

op.alert_get = function()
	local ref = arg()
	local ids = call('ZRANGEBYLEX', P .. 'ids', '[' .. ref, '(' .. ref .. '~', 'LIMIT', 0, 2)
	if not ids[1] then fail('NOTFOUND', 'no alert ' .. ref) end
	if ids[2] and ids[1] ~= ref then
		fail('USAGE', "'" .. ref .. "' is the beginning of several alerts, " .. ids[1] .. ' and ' .. ids[2] .. ' among them: give more of it')
	end
	return { ids[1], call('HGET', P .. 'a:' .. ids[1], 'body') }
end

op.alert_list = function()
	local list, state, camera, since, ends, max, out = arg(), arg(), arg(), arg(), arg(), tonumber(arg()), {}
	walk(P .. 'alerts', true, ends, since, function(m)
		local id = id_of(m)
		local v = call('HMGET', P .. 'a:' .. id, 'list', 'state', 'camera')
		if (list == '' or v[1] == list) and (state == '' or v[2] == state) and (camera == '' or v[3] == camera) then
			out[#out + 1] = { id, call('HGET', P .. 'a:' .. id, 'body') }
		end
		return #out >= max
	end)
	return out
end

op.suppressed_list = function()
	local why, pair, alert, list, camera, since, ends, max, out = arg(), arg(), arg(), arg(), arg(), arg(), arg(), tonumber(arg()), {}
	walk(P .. 'suppressed', true, ends, since, function(m)
		local u = cmsgpack.unpack(sub(m, 17))
		if (why == '0' or u[1] == why) and (pair == '' or u[8] == pair) and (alert == '' or u[3] == alert) and (list == '' or u[9] == list)
			and (camera == '' or u[4] == camera) then
			out[#out + 1] = u
		end
		return #out >= max
	end)
	return out
end

-- ---- cleared pairs ----

op.cleared_list = function()
	local id, list, holds, max, out = arg(), arg(), arg(), tonumber(arg()), {}
	walk(P .. 'cleared', true, '+inf', '-inf', function(pair)
		local v = call('HMGET', P .. 'c:' .. pair, 'at', 'until', 'by', 'alert', 'agreed_state', 'agreed_vehicle', 'id', 'role', 'reason', 'list', 'plate_listed',
			'agency', 'plate', 'region', 'entry', 'revision', 'suppressed', 'last', 'ended_by', 'ended_reason')
		if (id == '' or begins(v[7], id)) and (list == '' or v[10] == list) and (holds == '' or tonumber(v[2]) > tonumber(holds)) then out[#out + 1] = v end
		return #out >= max
	end)
	return out
end

op.cleared_end = function()
	local id, now, by, reason = arg(), arg(), arg(), arg()
	local pair = id ~= '' and call('HGET', P .. 'pairs', id)
	if not pair then fail('NOTFOUND', 'no cleared pair ' .. id) end
	if tonumber(call('HGET', P .. 'c:' .. pair, 'until')) <= tonumber(now) then fail('CONFLICT', 'the cleared pair ' .. id .. ' does not hold any more') end
	if CHECK then return {} end
	hset(P .. 'c:' .. pair, 'until', now, 'ended_by', by, 'ended_reason', reason)
	zput(P .. 'cleared:until', now, pair)
	return {}
end

-- ---- totals ----

op.totals_add = function()
	local hour = arg()
	for _ = 1, tonumber(arg()) do
		local name, n = arg(), arg()
		if not CHECK then
			hadd(P .. 'total:' .. hour, name, n)
			zput(P .. 'totals', hour, hour)
		end
	end
	return {}
end

op.totals_sum = function()
	local since, ends, sum, names, first = arg(), arg(), {}, {}, ''
	walk(P .. 'totals', false, since, ends, function(hour)
		if first == '' then first = hour end
		local v = call('HGETALL', P .. 'total:' .. hour)
		for i = 1, #v, 2 do
			if not sum[v[i]] then names[#names + 1] = v[i] end
			sum[v[i]] = (sum[v[i]] or 0) + tonumber(v[i + 1])
		end
	end)
	table.sort(names)
	local out = { first }
	for _, name in ipairs(names) do out[#out + 1] = { name, format('%.0f', sum[name]) } end
	return out
end

op.counts = function()
	local oldest = call('ZRANGE', P .. 'ds:0', 0, 0, 'WITHSCORES')
	return { call('ZCARD', P .. 'alerts'), call('HGET', P .. 'count', 'events') or 0, call('ZCARD', P .. 'ds:0'), call('ZCARD', P .. 'ds:1'), call('ZCARD', P .. 'ds:2'),
		call('ZCARD', P .. 'ds:3'), call('ZCARD', P .. 'suppressed'), call('ZCARD', P .. 'cleared'), oldest[2] or '' }
end

-- ---- open alerts, timers ----

op.pinned = function()
	local seen, out = {}, {}
	walk(P .. 'watch:' .. arg(), false, '-inf', '+inf', function(id)
		local good, v = pcall(cjson.decode, call('HGET', P .. 'a:' .. id, 'body'))
		if not good then return end
		local version = type(v) == 'table' and type(v.entry) == 'table' and type(v.entry.list_version) == 'string' and v.entry.list_version or ''
		if not seen[version] then out[#out + 1] = version end
		seen[version] = true
	end)
	return out
end

op.watch_list = function()
	local list, incident, due, after, max, out = arg(), arg(), arg(), tonumber(arg()), tonumber(arg()), {}
	local function try(id)
		local v = call('HMGET', P .. 'w:' .. id, 'seq', 'list', 'entry', 'revision', 'look', 'incident')
		if tonumber(v[1]) > after and (list == '' or v[2] == list) then out[#out + 1] = { v[1], id, v[2], v[3], v[4], v[5], v[6] } end
		return #out >= max
	end
	if max < 1 then return out end
	if due ~= '' then
		walk(P .. 'look', false, '-inf', due, function(m) return try(id_of(m)) end)
	else
		local key = incident ~= '' and 'incident:' .. incident or list ~= '' and 'watch:' .. list or 'watch'
		walk(P .. key, false, '(' .. format('%.0f', after), '+inf', try)
	end
	return out
end

op.watch_set = function()
	local id, given, revision, look = arg(), arg(), arg(), arg()
	local seq = call('HGET', P .. 'w:' .. id, 'seq')
	if CHECK or not seq then return {} end
	if given == '1' then hset(P .. 'w:' .. id, 'revision', revision) end
	look_at(id, seq, look)
	return {}
end

op.timer_list = function()
	local one, id1, given, alert, due, max, ids, out = arg(), arg(), arg(), arg(), arg(), tonumber(arg()), nil, {}
	if one == '1' then
		local at1 = call('ZSCORE', P .. 'timers', id1)
		ids = at1 and (due == '+inf' or tonumber(at1) <= tonumber(due)) and { id1 } or {}
	elseif given ~= '1' then
		ids = call('ZRANGEBYSCORE', P .. 'timers', '-inf', due, 'LIMIT', 0, max)
	else
		ids = {}
		for _, id in ipairs(call('SMEMBERS', P .. 'ta:' .. alert)) do ids[#ids + 1] = { id, tonumber(call('ZSCORE', P .. 'timers', id)) } end
		table.sort(ids, function(a, b) return a[2] < b[2] or (a[2] == b[2] and a[1] < b[1]) end)
	end
	for _, t in ipairs(ids) do
		local id = type(t) == 'table' and t[1] or t
		if #out >= max or (type(t) == 'table' and due ~= '+inf' and t[2] > tonumber(due)) then break end
		local v = call('HMGET', P .. 'tm:' .. id, 'alert', 'kind', 'states', 'step', 'due', 'data')
		table.insert(v, 1, id)
		out[#out + 1] = v
	end
	return out
end

op.timer_next = function()
	return { call('ZRANGE', P .. 'timers', 0, 0, 'WITHSCORES')[2] or '' }
end

op.unrecorded = function()
	local out = {}
	for _, m in ipairs(call('ZRANGE', P .. 'unrecorded:' .. NODE, 0, tonumber(arg()) - 1)) do
		local u = cmsgpack.unpack(sub(m, 17))
		table.insert(u, 1, format('%.0f', tonumber(sub(m, 1, 16))))
		out[#out + 1] = u
	end
	return out
end

op.recorded = function()
	local key = P .. 'unrecorded:' .. NODE
	local upto = arg()
	if CHECK then return {} end
	for _, m in ipairs(call('ZRANGEBYSCORE', key, '-inf', upto)) do zdel(key, m) end
	return {}
end

-- This node is there; what those that are not have left is its own to record. A node that has left nothing is forgotten, and is seen again when it comes back.
op.adopt = function()
	local now, idle, max, n = arg(), arg(), tonumber(arg()), 0
	local own = P .. 'unrecorded:' .. NODE
	zput(P .. 'seen', now, NODE)
	for _, node in ipairs(call('ZRANGEBYSCORE', P .. 'seen', '-inf', '(' .. idle)) do
		local key = P .. 'unrecorded:' .. node
		for _, m in ipairs(node ~= NODE and call('ZRANGE', key, 0, max - n - 1) or {}) do
			if n == max then break end
			zput(own, zdel(key, m), m)
			n = n + 1
		end
		if node ~= NODE and not exists(key) then zdel(P .. 'seen', node) end
	end
	return { n }
end

-- Reads of a stream: acknowledged and deleted behind all else, since that can't be taken back.
op.ack = function()
	local stream, group = arg(), arg()
	local ids = args(tonumber(arg()))
	late[#late + 1] = function()
		for _, id in ipairs(ids) do
			call('XACK', stream, group, id)
			call('XDEL', stream, id)
		end
	end
	return {}
end

-- ---- the sweep ----

local function oldest(key, before, max)
	return call('ZRANGEBYSCORE', key, '-inf', '(' .. before, 'LIMIT', 0, max)
end

local function sweep_marks(index, prefix, before, max)
	for _, m in ipairs(oldest(P .. index, before, max)) do
		local cut = find(m, '\0', 1, true)
		call('HDEL', P .. prefix .. sub(m, 1, cut - 1), sub(m, cut + 1))
		call('ZREM', P .. index, m)
	end
end

local function is_busy(ids)
	for _, id in ipairs(ids) do
		if call('HGET', P .. 'd:' .. id, 'state') == PENDING then return true end
	end
	return false
end

local function drop_event(id)
	for _, d in ipairs(call('SMEMBERS', P .. 'de:' .. id)) do
		local r = row(d)
		call('ZREM', P .. 'ds:' .. r.state, r.member)
		call('ZREM', P .. 'dids', d)
		call('XDEL', P .. 'work', r.seq .. '-0')
		call('DEL', r.key, P .. 'carried:' .. d)
		if r.carrier then call('SREM', P .. 'carried:' .. r.carrier, d) end
	end
	call('DEL', P .. 'de:' .. id, P .. 'e:' .. id)
	call('HINCRBY', P .. 'count', 'events', -1)
end

local function drop_alert(member)
	local id = id_of(member)
	for _, e in ipairs(call('ZRANGE', P .. 'ae:' .. id, 0, -1)) do drop_event(e) end
	for _, t in ipairs(call('SMEMBERS', P .. 'ta:' .. id)) do del_timer(t) end
	unwatch(id)
	call('ZREM', P .. 'alerts', member)
	call('ZREM', P .. 'ids', id)
	call('DEL', P .. 'a:' .. id, P .. 'ae:' .. id, P .. 'ad:' .. id)
end

local function sweep_alerts(before, max)
	local old = {}
	walk(P .. 'alerts', false, '-inf', '(' .. before, function(m)
		if not is_busy(call('ZRANGE', P .. 'ad:' .. id_of(m), 0, -1)) then old[#old + 1] = m end
		return #old >= max
	end)
	for _, m in ipairs(old) do drop_alert(m) end
	for _, e in ipairs(oldest(P .. 'tests', before, max)) do
		if not is_busy(call('SMEMBERS', P .. 'de:' .. e)) then
			drop_event(e)
			call('ZREM', P .. 'tests', e)
		end
	end
end

local function sweep_old(before, max)
	for _, m in ipairs(oldest(P .. 'suppressed', before, max)) do call('ZREM', P .. 'suppressed', m) end
	for _, pair in ipairs(oldest(P .. 'cleared:until', before, max)) do
		local id = call('HGET', P .. 'c:' .. pair, 'id')
		if id and id ~= '' then call('HDEL', P .. 'pairs', id) end
		call('ZREM', P .. 'cleared', pair)
		call('ZREM', P .. 'cleared:until', pair)
		call('DEL', P .. 'c:' .. pair)
	end
	sweep_alerts(before, max)
end

op.sweep = function()
	local keep, keep_notice, before, max = arg(), arg(), arg(), arg()
	if CHECK then return {} end
	late[#late + 1] = function()
		for _, m in ipairs(oldest(P .. 'receipts', keep, max)) do call('ZREM', P .. 'receipts', m) end
		sweep_marks('tracks', 't:', keep, max)
		sweep_marks('notices', 'n:', keep_notice, max)
		if before ~= '' then sweep_old(before, tonumber(max)) end
	end
	return {}
end
