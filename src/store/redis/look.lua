-- look.lua: what is known before a hit is judged (peek), and whether a change may be made: all that could refuse it is looked at, in the order in which it would be written.
-- These two are asked for each hit. They come before the rest of the script and end it where nothing else is asked, since each call makes all functions anew.

local function track_key(entry) return P .. 't:' .. entry end
local function notice_key(entry) return P .. 'n:' .. entry end
local function receipt(c) return c.read .. '\0' .. c.camera .. '\0' .. c.entry end
local function pair_of(c) return table.concat({ c.entry, c.revision, c.plate, c.region, c.agency }, '\0') end

local function parse_key(c)
	c.entry, c.revision, c.place, c.site, c.agency = arg(), arg(), arg(), arg(), arg()
	c.plate, c.region, c.read, c.camera = arg(), arg(), arg(), arg()
	return c
end

local function peek()
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
op.peek = peek

if MODE == 'read' and ARGV[5] == 'peek' then
	at = 5
	return { 'ok', peek() }
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

-- One change, and perhaps what it rests on. The answer is as main.lua has it.
if CHECK and (ARGV[5] == 'apply' or ARGV[5] == 'assume') then
	local good, why = pcall(function()
		if arg() == 'assume' then
			op.assume()
			if arg() ~= 'apply' then return 'another' end
		end
		check_change(parse_change())
	end)
	if good and why ~= 'another' then return { 'ok', {} } end
	if not good then return { 'fail', why.code or 'INTERNAL', why.text or why.err or tostring(why), 1 } end
	at = 4
end
