-- outbox.lua: the queue of deliveries. A delivery is a hash `d:ID`; the stream `work` has one entry for each, in the order of their making, until it is forgotten.
-- What can be taken stands in `due:DESTINATION` by its due time; what is under way in `leased:DESTINATION` and `leases` by the end of its lease. What one
-- address is told of one incident stands in a lane: only the events at its head can be taken, the others bear the mark `blocked` and follow. What is `held` for a digest stands
-- in `held:TIMER` and in no lane; what a digest carries is in its lane, in `carried:DIGEST`, and nobody's to take.
-- A lease bears the taker's token, which only grows: a node that was paused past its lease can't put off or give up what another has taken since.

local CANCELLED = 'cancelled: the alert is over'
local ROW = { 'seq', 'event', 'alert', 'receiver', 'channel', 'address', 'dest', 'type', 'state', 'created', 'due', 'attempts', 'ends', 'ends_why', 'blocked', 'until',
	'token', 'failed', 'report', 'taken', 'node', 'chain', 'held', 'carrier' }
local PENDING, DELIVERED, DEAD, DROPPED = '0', '1', '2', '3'

local function row(id)
	local key = P .. 'd:' .. id
	local v = call('HMGET', key, unpack(ROW))
	if not v[1] then return nil end
	local r = { id = id, key = key, member = aged(v[1], id) }
	for i, name in ipairs(ROW) do r[name] = v[i] or nil end
	return r
end

local function need_row(id)
	local r = row(id) or assumed['d' .. id] and { state = '0' } -- it is in the group, and only looked at
	return r or fail('NOTFOUND', 'no delivery ' .. id)
end

-- ---- what can be taken ----

local function settle_destination(dest)
	if call('ZCARD', P .. 'due:' .. dest) + call('ZCARD', P .. 'leased:' .. dest) == 0 then sdel(P .. 'dests', dest) end
end

local function make_due(r)
	if r.held or r.carrier then return end
	zput(P .. 'due:' .. r.dest, r.due, r.member)
	sput(P .. 'dests', r.dest)
end

-- Of a delivery that stands nowhere yet.
local function first_due(r)
	znew(P .. 'due:' .. r.dest, r.due, r.member)
	sput(P .. 'dests', r.dest)
end

local function lane_key(r)
	return r.chain ~= '' and P .. 'lane:' .. r.chain .. ':' .. redis.sha1hex(table.concat({ r.receiver, r.channel, r.address }, '\0'))
end

local function block(r)
	if r.blocked then return end
	hset(r.key, 'blocked', 1)
	r.blocked = '1'
	if not r['until'] then zdel(P .. 'due:' .. r.dest, r.member) end
	settle_destination(r.dest)
end

local function unblock(r)
	if not r.blocked then return end
	hdel(r.key, 'blocked')
	r.blocked = nil
	if not r['until'] then make_due(r) end
end

-- The whole lane anew: the events at its head can be taken, no others.
local function order_lane(lane)
	local first, behind
	for _, m in ipairs(call('ZRANGE', lane, 0, -1)) do
		local r = row(id_of(m))
		first = first or r.event
		behind = behind or r.event ~= first
		if behind then block(r) else unblock(r) end
	end
end

-- A new delivery, the youngest of its lane: it waits where another event is before it.
local function enter(r)
	if r.held then return znew(P .. 'held:' .. r.held, r.seq, r.id) end
	local lane = lane_key(r)
	if not lane then return first_due(r) end
	local last = call('ZREVRANGE', lane, 0, 0)[1]
	znew(lane, r.seq, r.member)
	last = last and call('HMGET', P .. 'd:' .. id_of(last), 'event', 'blocked')
	if last and (last[1] ~= r.event or last[2]) then hset(r.key, 'blocked', 1) else first_due(r) end
end

-- No longer pending, whatever it was waiting for.
local function leave(r)
	if r['until'] then
		zdel(P .. 'leased:' .. r.dest, r.member)
		zdel(P .. 'leases', r.member)
		hdel(r.key, 'until', 'node', 'failed')
	else
		zdel(P .. 'due:' .. r.dest, r.member)
	end
	if r.held then zdel(P .. 'held:' .. r.held, r.id) end
	if r.blocked then hdel(r.key, 'blocked') end
	settle_destination(r.dest)
	local lane = lane_key(r)
	if not lane then return end
	zdel(lane, r.member)
	local first = call('ZRANGE', lane, 0, 0)[1]
	first = first and call('HMGET', P .. 'd:' .. id_of(first), 'event', 'blocked')
	if first and (r.blocked or first[2] or first[1] ~= r.event) then order_lane(lane) end
end

local end_carried

local function one_more(r)
	r.attempts = format('%.0f', tonumber(r.attempts) + 1)
	return r.attempts
end

local function set_state(r, state, done, result)
	local was = r.state
	if was ~= state then
		zdel(P .. 'ds:' .. r.state, r.member)
		zput(P .. 'ds:' .. state, r.created, r.member)
	end
	if was == PENDING and state ~= PENDING then leave(r) end
	if was ~= state and state ~= PENDING then unrecorded(state, r.id, r.event, r.alert, r.receiver, r.channel, r.address, done) end
	hset(r.key, 'state', state, 'done', done, 'result', result)
	r.state = state
	if was ~= state then end_carried(r, done, result) end
end

-- What a digest tells of ends as it does.
function end_carried(digest, done, result)
	for _, id in ipairs(call('SMEMBERS', P .. 'carried:' .. digest.id)) do
		local r = row(id)
		if r.state == PENDING or (r.state == DEAD and digest.state == DELIVERED) then
			hset(r.key, 'attempts', one_more(r))
			set_state(r, digest.state == DEAD and r.ends and DROPPED or digest.state, done, 'in the digest ' .. digest.id .. ': ' .. result)
		end
	end
end

-- Those that wait for a digest to one address go with it from now on.
local function gather(g)
	for _, id in ipairs(call('ZRANGE', P .. 'held:' .. g[1], 0, -1)) do
		local r = row(id)
		if r.receiver == g[2] and r.channel == g[3] and r.address == g[4] then
			zdel(P .. 'held:' .. g[1], id)
			hdel(r.key, 'held')
			hset(r.key, 'carrier', g[5])
			sput(P .. 'carried:' .. g[5], id)
			local lane = lane_key(r)
			if lane then
				znew(lane, r.seq, r.member)
				order_lane(lane)
			end
		end
	end
end

local function put_delivery(d)
	local seq, state = new_seq(), d[9]
	local r = { id = d[1], key = P .. 'd:' .. d[1], seq = seq, member = aged(seq, d[1]), event = d[2], alert = d[3], receiver = d[4], channel = d[5], address = d[6],
		dest = d[7], due = d[11], created = d[10], chain = d[17], held = d[18] ~= '' and d[18] or nil }
	hnew(r.key, 'seq', seq, 'event', d[2], 'alert', d[3], 'receiver', d[4], 'channel', d[5], 'address', d[6], 'dest', d[7], 'type', d[8], 'state', state, 'created',
		d[10], 'due', d[11], 'deadline', d[12], 'attempts', d[13], 'seen', d[14], 'done', d[15], 'result', d[16], 'chain', d[17], 'body', d[19], 'report', 0)
	if r.held then hset(r.key, 'held', r.held) end
	znew(P .. 'ds:' .. state, d[10], r.member)
	znew(P .. 'dids', 0, d[1])
	sput(P .. 'de:' .. d[2], d[1])
	if d[3] ~= '' then znew(P .. 'ad:' .. d[3], seq, d[1]) end
	call('XADD', P .. 'work', seq .. '-0', 'delivery', d[1], 'destination', d[7])
	remember('XDEL', P .. 'work', seq .. '-0')
	if state == PENDING then enter(r) end
end

-- Pending deliveries of an alert are cancelled: now, or where one is under way, with its attempt. What is on its way can't be called back: it keeps its place
-- until then, so that nothing overtakes it.
local function cancel(alert, now)
	for _, id in ipairs(call('ZRANGE', P .. 'ad:' .. alert, 0, -1)) do
		local r = row(id)
		if r.state == PENDING and (r['until'] or r.carrier) then
			hset(r.key, 'ends', now)
		elseif r.state == PENDING then
			set_state(r, DROPPED, now, CANCELLED)
		end
	end
end

op.apply = function()
	local c = parse_change()
	check_change(c)
	if CHECK then return {} end
	if c.has.R then znew(P .. 'receipts', c.now, receipt(c)) end
	if c.fired then del_timer(c.fired[1]) end
	if c.alert then put_alert(c.alert, c.has.Y) end
	if c.alert and c.has.F then forget_marks(c.alert) end
	if c.event then put_event(c.event) end
	if c.cancel then cancel(c.cancel, c.now) end
	for _, d in ipairs(c.deliveries) do put_delivery(d) end
	for _, g in ipairs(c.gathers) do gather(g) end
	put_timers(c)
	put_marks(c)
	return {}
end

-- ---- leases ----

-- Of an attempt that nobody came back from.
local function end_lease(r)
	if r.ends then
		set_state(r, DROPPED, r.ends, r.ends_why or CANCELLED)
		return
	end
	zdel(P .. 'leased:' .. r.dest, r.member)
	zdel(P .. 'leases', r.member)
	hdel(r.key, 'until', 'node', 'failed')
	if not r.blocked then make_due(r) else settle_destination(r.dest) end
end

local function end_leases(now)
	for _, m in ipairs(call('ZRANGEBYSCORE', P .. 'leases', '-inf', now, 'LIMIT', 0, 1000)) do end_lease(row(id_of(m))) end
end

local function lease(r, ends, token)
	zdel(P .. 'due:' .. r.dest, r.member)
	zput(P .. 'leased:' .. r.dest, ends, r.member)
	zput(P .. 'leases', ends, r.member)
	hset(r.key, 'until', ends, 'node', NODE, 'token', token, 'taken', 1)
end

-- This node begins: what it had under way before is due, and its token is above all that were given.
op.open = function()
	hset(P .. 'weakness', NODE, arg())
	for _, m in ipairs(call('ZRANGE', P .. 'leases', 0, -1)) do
		local r = row(id_of(m))
		if r.node == NODE then end_lease(r) end
	end
	return { call('INCR', P .. 'tokens'), call('GET', P .. 'seq') or '0' }
end

op.weakness = function()
	return { call('HGET', P .. 'weakness', NODE) or '' }
end

op.dests = function()
	return call('SMEMBERS', P .. 'dests')
end

-- First each receiver's oldest, then each receiver's second, and so on: a flood for one receiver delays no other.
local function by_turns(found)
	local n = {}
	table.sort(found, function(a, b)
		if a.at ~= b.at then return a.at < b.at end
		return a.member < b.member
	end)
	for _, c in ipairs(found) do
		n[c.receiver] = (n[c.receiver] or 0) + 1
		c.turn = n[c.receiver]
	end
	table.sort(found, function(a, b)
		if a.turn ~= b.turn then return a.turn < b.turn end
		if a.at ~= b.at then return a.at < b.at end
		return a.member < b.member
	end)
end

local TAKEN = { 'seq', 'event', 'alert', 'receiver', 'channel', 'address', 'type', 'state', 'created', 'due', 'deadline', 'attempts', 'seen', 'done', 'result', 'body',
	'report', 'report_at', 'report_text', 'held', 'carrier' }

local function whole(id)
	local v = call('HMGET', P .. 'd:' .. id, unpack(TAKEN))
	table.insert(v, 1, id)
	return v
end

op.take = function()
	local now, ends, token, max, found, out = arg(), arg(), arg(), tonumber(arg()), {}, {}
	end_leases(now)
	for _ = 1, tonumber(arg()) do
		local dest, limit = arg(), tonumber(arg())
		local room = math.min(limit - call('ZCARD', P .. 'leased:' .. dest), max)
		local due = room > 0 and call('ZRANGEBYSCORE', P .. 'due:' .. dest, '-inf', now, 'WITHSCORES', 'LIMIT', 0, room) or {}
		for i = 1, #due, 2 do
			found[#found + 1] = { member = due[i], at = tonumber(due[i + 1]), receiver = dest:match('^[^ ]*') }
		end
	end
	by_turns(found)
	for i = 1, math.min(max, #found) do
		local r = row(id_of(found[i].member))
		lease(r, ends, token)
		out[i] = whole(r.id)
	end
	return out
end

-- What a group took when it was tried, at its commit.
op.lease = function()
	local now, ends, token = arg(), arg(), arg()
	end_leases(now)
	for _, id in ipairs(args(tonumber(arg()))) do
		local r = row(id)
		if not r or r.state ~= PENDING or r['until'] or r.blocked then fail('AGAIN', 'delivery ' .. id .. ' was taken by another node') end
		lease(r, ends, token)
	end
	return {}
end

-- The end of a lease of another node counts too: what it does not finish is due then.
op.next_due = function()
	local best
	local function candidate(due)
		if not best or due < best then best = due end
	end
	for _ = 1, tonumber(arg()) do
		local dest, limit = arg(), tonumber(arg())
		local first = call('ZRANGE', P .. 'due:' .. dest, 0, 0, 'WITHSCORES')
		local held = call('ZRANGE', P .. 'leased:' .. dest, 0, 0, 'WITHSCORES')
		if first[2] then
			local full = held[2] and call('ZCARD', P .. 'leased:' .. dest) >= limit
			candidate(full and math.max(tonumber(first[2]), tonumber(held[2])) or tonumber(first[2]))
		end
	end
	local leases = call('ZRANGE', P .. 'leases', 0, 255, 'WITHSCORES')
	for i = 1, #leases, 2 do
		if call('HGET', P .. 'd:' .. id_of(leases[i]), 'node') ~= NODE then candidate(tonumber(leases[i + 1])) end
	end
	return { best and format('%.0f', best) or '' }
end
