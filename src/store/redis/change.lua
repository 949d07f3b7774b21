-- change.lua: what is known before a hit is judged (peek), and the one change that follows (apply): first all that could refuse it is looked at, in the order
-- in which it would be written, then it is written.

local function track_key(entry) return P .. 't:' .. entry end
local function notice_key(entry) return P .. 'n:' .. entry end
local function receipt(c) return c.read .. '\0' .. c.camera .. '\0' .. c.entry end
local function pair_of(c) return table.concat({ c.entry, c.revision, c.plate, c.region, c.agency }, '\0') end

local function parse_key(c)
	c.entry, c.revision, c.place, c.site, c.agency = arg(), arg(), arg(), arg(), arg()
	c.plate, c.region, c.read, c.camera = arg(), arg(), arg(), arg()
	return c
end

op.peek = function()
	local c = parse_key({})
	local now = tonumber(arg())
	local t, n = call('HGET', track_key(c.entry), c.place), call('HGET', notice_key(c.entry), c.site)
	local key = P .. 'c:' .. pair_of(c)
	local ends = call('HGET', key, 'until')
	local cleared = ends and tonumber(ends) > now and call('HMGET', key, 'at', 'until', 'by', 'alert', 'agreed_state', 'agreed_vehicle', 'id', 'role', 'reason',
		'list', 'plate_listed')
	return { t and cmsgpack.unpack(t) or {}, n and cmsgpack.unpack(n) or {}, cleared or {},
		call('ZSCORE', P .. 'receipts', receipt(c)) and 1 or 0 }
end

-- ---- what a change holds ----

local function parse_change()
	local c = { has = {} }
	for letter in string.gmatch(arg(), '.') do c.has[letter] = true end
	c.now = arg()
	parse_key(c)
	local has = c.has
	if has.A then
		local v = args(11)
		c.alert = { id = v[1], rev = v[2], time = v[3], state = v[4], list = v[5], camera = v[6], entry = v[7], revision = v[8], look = v[9], incident = v[10],
			body = v[11] }
	end
	if has.E then c.event = args(5) end
	c.cancel = has.X and arg()
	c.deliveries = {}
	for i = 1, tonumber(arg()) do c.deliveries[i] = args(19) end
	c.gathers = {}
	for i = 1, tonumber(arg()) do c.gathers[i] = args(5) end
	c.fired = has.D and args(2)
	if has.P then c.stop, c.kinds = arg(), arg() end
	c.timers = {}
	for i = 1, tonumber(arg()) do c.timers[i] = args(7) end
	c.track = has.T and args(6)
	c.notice = has.N and args(3)
	c.cleared = has.C and args(11)
	c.suppressed = has.S and args(10)
	return c
end

-- ---- may it be? ----

local function there(kind, key, id)
	return assumed[kind .. id] or exists(P .. key .. ':' .. id)
end

local function check_alert(a)
	local rev = assumed['a' .. a.id] or call('HGET', P .. 'a:' .. a.id, 'rev')
	if a.rev == '1' and rev then fail('EXISTS', 'alert ' .. a.id .. ' is there already') end
	if a.rev ~= '1' and (not rev or tonumber(rev) ~= tonumber(a.rev) - 1) then
		fail('CONFLICT', 'alert ' .. a.id .. ' was changed by someone else meanwhile (revision ' .. a.rev .. ' is not the next)')
	end
end

local function check_told(c)
	local e, new = c.event, c.alert and c.alert.id
	if e then
		if there('e', 'e', e[1]) then fail('EXISTS', 'event ' .. e[1] .. ' is there already') end
		if e[2] ~= '' and e[2] ~= new and not there('a', 'a', e[2]) then fail('NOTFOUND', 'no alert ' .. e[2]) end
	end
	local seen = {}
	for _, d in ipairs(c.deliveries) do
		if seen[d[1]] or there('d', 'd', d[1]) then fail('EXISTS', 'delivery ' .. d[1] .. ' is there already') end
		seen[d[1]] = true
		if not (e and e[1] == d[2]) and not there('e', 'e', d[2]) then fail('NOTFOUND', 'no event ' .. d[2]) end
	end
end

local function check_timers(c)
	local new = c.alert and c.alert.id
	for _, t in ipairs(c.timers) do
		if t[2] ~= '' and t[2] ~= new and not there('a', 'a', t[2]) then fail('NOTFOUND', 'no alert ' .. t[2]) end
	end
end

local function check_track(c)
	local rev = assumed['k' .. c.entry .. '\0' .. c.place]
	local old = not rev and call('HGET', track_key(c.entry), c.place)
	rev = rev or old and cmsgpack.unpack(old)[1] or '0'
	if rev ~= c.track[1] then fail('CONFLICT', 'the passage of entry ' .. c.entry .. ' at ' .. c.place .. ' was changed by someone else meanwhile') end
end

local function check_change(c)
	if c.has.R and (assumed['r' .. receipt(c)] or call('ZSCORE', P .. 'receipts', receipt(c))) then
		fail('CONFLICT', 'read ' .. c.read .. ' of camera ' .. c.camera .. ' was decided already for entry ' .. c.entry)
	end
	if c.fired and (assumed['t' .. c.fired[1]] or call('HGET', P .. 'tm:' .. c.fired[1], 'due')) ~= c.fired[2] then
		fail('CONFLICT', 'the timer ' .. c.fired[1] .. ' was fired, moved or stopped meanwhile')
	end
	if c.alert then check_alert(c.alert) end
	check_told(c)
	check_timers(c)
	if c.track then check_track(c) end
end

-- ---- it is ----

local function unwatch(id)
	local w = call('HMGET', P .. 'w:' .. id, 'seq', 'list', 'incident')
	if not w[1] then return end
	zdel(P .. 'watch', id)
	zdel(P .. 'watch:' .. w[2], id)
	zdel(P .. 'incident:' .. w[3], id)
	zdel(P .. 'look', aged(w[1], id))
	forget(P .. 'w:' .. id)
end

local function look_at(id, seq, look)
	zdel(P .. 'look', aged(seq, id))
	if look ~= '' then zput(P .. 'look', look, aged(seq, id)) end
	hset(P .. 'w:' .. id, 'look', look)
end

local function watch(a, seq, same)
	local key = P .. 'w:' .. a.id
	local old = call('HMGET', key, 'list', 'incident')
	if old[1] and same then return end
	if old[1] then
		zdel(P .. 'watch:' .. old[1], a.id)
		zdel(P .. 'incident:' .. old[2], a.id)
	end
	hset(key, 'seq', seq, 'list', a.list, 'entry', a.entry, 'revision', a.revision, 'incident', a.incident)
	zput(P .. 'incident:' .. a.incident, seq, a.id)
	zput(P .. 'watch', seq, a.id)
	zput(P .. 'watch:' .. a.list, seq, a.id)
	look_at(a.id, seq, a.look)
end

local function put_alert(a, same)
	local key = P .. 'a:' .. a.id
	local seq = call('HGET', key, 'seq')
	if seq then
		hset(key, 'rev', a.rev, 'time', a.time, 'state', a.state, 'list', a.list, 'camera', a.camera, 'body', a.body)
	else
		seq = new_seq()
		hnew(key, 'seq', seq, 'rev', a.rev, 'time', a.time, 'state', a.state, 'list', a.list, 'camera', a.camera, 'body', a.body)
		znew(P .. 'ids', 0, a.id)
	end
	zput(P .. 'alerts', a.time, aged(seq, a.id))
	if tonumber(a.state) < 4 then watch(a, seq, same) else unwatch(a.id) end
end

-- The marks that would keep the next read of its entry silent go.
local function forget_marks(a)
	local marks = { { track_key(a.entry), 'tracks', 2 }, { notice_key(a.entry), 'notices', 3 } }
	for _, m in ipairs(marks) do
		local v = call('HGETALL', m[1])
		for i = 1, #v, 2 do
			if cmsgpack.unpack(v[i + 1])[m[3]] == a.id then
				hdel(m[1], v[i])
				zdel(P .. m[2], a.entry .. '\0' .. v[i])
			end
		end
	end
end

-- What the audit of this node does not know yet. Each node has an audit of its own, and records what it did itself.
local function unrecorded(...)
	local seq = new_seq()
	znew(P .. 'unrecorded:' .. NODE, seq, format('%016.0f', seq) .. cmsgpack.pack({ ... }))
end

local function put_event(e)
	hnew(P .. 'e:' .. e[1], 'alert', e[2], 'type', e[3], 'time', e[4], 'body', e[5])
	hadd(P .. 'count', 'events', 1)
	if e[2] ~= '' then znew(P .. 'ae:' .. e[2], new_seq(), e[1]) else znew(P .. 'tests', e[4], e[1]) end
	if e[3] == '3' then unrecorded('4', e[1], e[1], e[2], '', '', '', e[4]) end
end

local function del_timer(id)
	local alert = call('HGET', P .. 'tm:' .. id, 'alert')
	if not alert then return end
	forget(P .. 'tm:' .. id)
	zdel(P .. 'timers', id)
	if alert ~= '' then sdel(P .. 'ta:' .. alert, id) end
end

-- Those timers of an alert whose field, a number or a set of bits, fits.
local function stop_timers(alert, field, fits)
	for _, id in ipairs(call('SMEMBERS', P .. 'ta:' .. alert)) do
		if fits(tonumber(call('HGET', P .. 'tm:' .. id, field))) then del_timer(id) end
	end
end

local function has_bit(set, n)
	return bit.band(set, bit.lshift(1, n)) ~= 0
end

local function put_timers(c)
	local a = c.alert
	if a and a.rev ~= '1' then
		stop_timers(a.id, 'states', function(states) return not has_bit(states, tonumber(a.state)) end)
	end
	if c.stop then
		stop_timers(c.stop, 'kind', function(kind) return has_bit(tonumber(c.kinds), kind) end)
	end
	for _, t in ipairs(c.timers) do
		del_timer(t[1])
		hnew(P .. 'tm:' .. t[1], 'alert', t[2], 'kind', t[3], 'states', t[4], 'step', t[5], 'due', t[6], 'data', t[7])
		znew(P .. 'timers', t[6], t[1])
		if t[2] ~= '' then sput(P .. 'ta:' .. t[2], t[1]) end
	end
end

local function put_pair(c)
	local v, pair = c.cleared, pair_of(c)
	local key = P .. 'c:' .. pair
	hset(key, 'entry', c.entry, 'revision', c.revision, 'plate', c.plate, 'region', c.region, 'agency', c.agency, 'at', v[1], 'until', v[2], 'by', v[3],
		'alert', v[4], 'agreed_state', v[5], 'agreed_vehicle', v[6], 'id', v[7], 'role', v[8], 'reason', v[9], 'list', v[10], 'plate_listed', v[11],
		'ended_by', '', 'ended_reason', '')
	if not call('HGET', key, 'suppressed') then hset(key, 'suppressed', 0, 'last', '') end
	if v[7] ~= '' then hset(P .. 'pairs', v[7], pair) end
	zput(P .. 'cleared', v[1], pair)
	zput(P .. 'cleared:until', v[2], pair)
end

local function put_suppressed(u)
	znew(P .. 'suppressed', u[7], format('%016.0f', new_seq()) .. cmsgpack.pack(u))
	local pair = u[8] ~= '' and call('HGET', P .. 'pairs', u[8])
	if not pair then return end
	local key = P .. 'c:' .. pair
	local last = call('HGET', key, 'last')
	hadd(key, 'suppressed', 1)
	if not last or last == '' or tonumber(last) < tonumber(u[7]) then hset(key, 'last', u[7]) end
end

local function put_marks(c)
	if c.track then
		local t = c.track
		hset(track_key(c.entry), c.place, cmsgpack.pack({ format('%.0f', tonumber(t[1]) + 1), t[2], t[3], t[4], t[5], t[6] }))
		zput(P .. 'tracks', t[5], c.entry .. '\0' .. c.place)
	end
	if c.notice then
		hset(notice_key(c.entry), c.site, cmsgpack.pack(c.notice))
		zput(P .. 'notices', c.notice[1], c.entry .. '\0' .. c.site)
	end
	if c.cleared then put_pair(c) end
	if c.suppressed then put_suppressed(c.suppressed) end
end
