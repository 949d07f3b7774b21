-- fate.lua: what became of a delivery: the end of an attempt, a gateway's report, what people do.

local function reported(r, report, now, text)
	hset(r.key, 'report', report, 'report_at', now, 'report_text', text)
end

-- later and dead of a node whose lease another has taken over since say nothing any more; done does: it did arrive.
local function stale(r, token)
	return r.token and tonumber(token) < tonumber(r.token)
end

op.done = function()
	local r, now, result, _ = need_row(arg()), arg(), arg(), arg()
	if CHECK or r.state == DELIVERED then return {} end
	hset(r.key, 'attempts', one_more(r))
	set_state(r, DELIVERED, now, result)
	if r.failed then
		set_state(r, DEAD, now, r.failed)
		reported(r, 2, now, r.failed)
	end
	return {}
end

op.later = function()
	local r, due, result, token = need_row(arg()), arg(), arg(), arg()
	if CHECK or r.state ~= PENDING or stale(r, token) then return {} end
	hset(r.key, 'attempts', one_more(r), 'due', due)
	if r.ends then
		set_state(r, DROPPED, r.ends, (r.ends_why or CANCELLED) .. '; the last: ' .. result)
		return {}
	end
	hset(r.key, 'result', result)
	r.due = due
	if r['until'] then end_lease(r) elseif not r.blocked then make_due(r) end
	return {}
end

op.dead = function()
	local r, now, result, token = need_row(arg()), arg(), arg(), arg()
	if CHECK or r.state ~= PENDING or stale(r, token) then return {} end
	hset(r.key, 'attempts', one_more(r))
	set_state(r, DEAD, now, result)
	return {}
end

-- The failure of an attempt whose answer is not written yet waits for it, with its lease.
op.report = function()
	local r, report, now, text = need_row(arg()), arg(), arg(), arg()
	if tonumber(report) <= tonumber(r.report) then return { 0 } end
	if report == '2' and r.state == PENDING then
		if r['until'] then hset(r.key, 'failed', text) end
		return { r['until'] and not r.failed and 1 or 0 }
	end
	if report == '3' and r.state ~= DELIVERED then
		if r['until'] then hset(r.key, 'attempts', one_more(r)) end
		set_state(r, DELIVERED, now, text)
	elseif report == '2' and r.state == DELIVERED then
		set_state(r, DEAD, now, text)
	end
	reported(r, report, now, text)
	return { 1 }
end

-- ---- what people choose ----

local function parse_filter()
	local f = {}
	for _, name in ipairs({ 'receiver', 'id', 'alert', 'state', 'since', 'before', 'held' }) do
		local given, value = arg(), arg()
		if given == '1' then f[name] = value end
	end
	return f
end

local function fits(f, r)
	return (not f.receiver or r.receiver == f.receiver) and (not f.id or begins(r.id, f.id)) and (not f.alert or r.alert == f.alert)
		and (not f.state or r.state == f.state) and (not f.since or tonumber(r.created) >= tonumber(f.since))
		and (not f.before or tonumber(r.created) < tonumber(f.before)) and (not f.held or r.held == f.held)
end

-- Rows that fit, youngest first, into fn until it gives true; through the narrowest way in.
local function each_delivery(f, states, fn)
	local function try(id)
		local r = row(id)
		return r and fits(f, r) and fn(r)
	end
	local ids = f.held and call('ZREVRANGE', P .. 'held:' .. f.held, 0, -1) or f.alert and call('ZREVRANGE', P .. 'ad:' .. f.alert, 0, -1) or f.id and call('ZREVRANGEBYLEX', P .. 'dids', '(' .. f.id .. '~', '[' .. f.id)
	if ids then
		for _, id in ipairs(ids) do
			if try(id) then return end
		end
		return
	end
	for _, s in ipairs(f.state and { f.state } or states) do
		walk(P .. 'ds:' .. s, true, f.before or '+inf', f.since or '-inf', function(m) return try(id_of(m)) end)
	end
end

local function those_of(f)
	local rows = {}
	each_delivery(f, { PENDING, DEAD }, function(r)
		if r.state == PENDING or r.state == DEAD then rows[#rows + 1] = r end
	end)
	return rows
end

-- By itself from now on, not with a digest.
local function set_apart(r)
	if r.held then zdel(P .. 'held:' .. r.held, r.id) end
	if r.carrier then sdel(P .. 'carried:' .. r.carrier, r.id) end
	hdel(r.key, 'held', 'carrier')
	r.held, r.carrier = nil, nil
end

-- Pending again, at its place in the lane.
local function revive(r)
	if r.state ~= PENDING then
		zdel(P .. 'ds:' .. r.state, r.member)
		zput(P .. 'ds:' .. PENDING, r.created, r.member)
		hset(r.key, 'state', PENDING)
		r.state = PENDING
	end
	make_due(r)
	local lane = lane_key(r)
	if lane then
		zput(lane, r.seq, r.member)
		order_lane(lane)
	end
end

-- Of an alert that is over only its last event: nobody must get the alert behind its end.
local function may_wake(r)
	local state = r.alert ~= '' and call('HGET', P .. 'a:' .. r.alert, 'state')
	return not state or tonumber(state) < 4 or call('ZREVRANGE', P .. 'ae:' .. r.alert, 0, 0)[1] == r.event
end

op.retry = function()
	local f, now, deadline, n = parse_filter(), arg(), arg(), 0
	for _, r in ipairs(those_of(f)) do
		if may_wake(r) and (r.state == DEAD or not r.carrier) then
			local was_held = r.held
			n = n + 1
			r.due = now
			hset(r.key, 'due', now, 'deadline', deadline, 'done', '', 'report', 0, 'report_text', '')
			hdel(r.key, 'report_at')
			if r.ends_why then hdel(r.key, 'ends', 'ends_why') end
			set_apart(r)
			if r.state == DEAD or was_held then revive(r) elseif not r['until'] and not r.blocked then make_due(r) end
		end
	end
	return { n }
end

op.drop = function()
	local f, now, result, n = parse_filter(), arg(), arg(), 0
	for _, r in ipairs(those_of(f)) do
		if not r.ends and (not r.carrier or r.state == DEAD) then
			n = n + 1
			if r['until'] then hset(r.key, 'ends', now, 'ends_why', result) else set_state(r, DROPPED, now, result) end
		end
	end
	return { n }
end

op.outbox_list = function()
	local f, max, out = parse_filter(), tonumber(arg()), {}
	local function keep(r)
		out[#out + 1] = whole(r.id)
		return #out >= max
	end
	if next(f) then
		each_delivery(f, { PENDING, DELIVERED, DEAD, DROPPED }, keep)
		return out
	end
	for _, e in ipairs(call('XREVRANGE', P .. 'work', '+', '-', 'COUNT', max)) do out[#out + 1] = whole(e[2][2]) end
	return out
end

op.reached = function()
	local out, opened = {}, nil
	local alert = arg()
	opened = tonumber(arg())
	for _, id in ipairs(call('ZRANGE', P .. 'ad:' .. alert, 0, -1)) do
		local r = row(id)
		local perhaps = r.state == PENDING and not r.held and (r.carrier or r['until'] or r.taken or tonumber(r.seq) <= opened)
		if r.state == DELIVERED or tonumber(r.attempts) > 0 or perhaps then out[#out + 1] = { r.receiver, r.channel, r.address } end
	end
	return out
end
