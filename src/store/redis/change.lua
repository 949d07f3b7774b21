-- change.lua: a change is written, once look.lua has found nothing against it.

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
	if not old[1] then
		hnew(key, 'seq', seq, 'list', a.list, 'entry', a.entry, 'revision', a.revision, 'incident', a.incident, 'look', a.look)
		znew(P .. 'incident:' .. a.incident, seq, a.id)
		znew(P .. 'watch', seq, a.id)
		znew(P .. 'watch:' .. a.list, seq, a.id)
		if a.look ~= '' then znew(P .. 'look', a.look, aged(seq, a.id)) end
		return
	end
	if same then return end
	zdel(P .. 'watch:' .. old[1], a.id)
	zdel(P .. 'incident:' .. old[2], a.id)
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
		zput(P .. 'alerts', a.time, aged(seq, a.id))
		hset(key, 'rev', a.rev, 'time', a.time, 'state', a.state, 'list', a.list, 'camera', a.camera, 'body', a.body)
	else
		seq = new_seq()
		hnew(key, 'seq', seq, 'rev', a.rev, 'time', a.time, 'state', a.state, 'list', a.list, 'camera', a.camera, 'body', a.body)
		znew(P .. 'ids', 0, a.id)
		znew(P .. 'alerts', a.time, aged(seq, a.id))
	end
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

-- What the audit of this node does not know yet. Each node has an audit of its own, and records what it did itself. One that says nothing from then on is heard of so.
local function unrecorded(...)
	local seq, v = new_seq(), { ... }
	if not call('ZSCORE', P .. 'seen', NODE) then znew(P .. 'seen', v[#v], NODE) end
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
