-- base.lua: the ground of the store's one script: arguments, keys, and writes that can be taken back. All files of this folder are joined in the order of
-- local.mk and run as one chunk, whole and alone, by Redis. A call holds a list of operations; it is applied whole or leaves nothing (main.lua).
--
-- KEYS[1]: the prefix as a hash tag, "{hl}"; all keys begin with it. ARGV: mode, node, group, count, then for each operation its name and its arguments.
-- Times are texts of milliseconds; "" is no time. Numbers are handed through as texts wherever nothing is computed, since a Lua number has 53 bits.

local P, MODE, NODE, GROUP = KEYS[1] .. ':', ARGV[1], ARGV[2], ARGV[3]
local CHECK = MODE == 'check'
local call, find, sub, format = redis.call, string.find, string.sub, string.format
local op = {}
local late = {} -- what forgets: runs behind all else, and is not taken back

local at = 4
local function arg()
	at = at + 1
	return ARGV[at]
end

local function args(n)
	local v = {}
	for i = 1, n do v[i] = arg() end
	return v
end

local function fail(code, text)
	error({ code = code, text = text }, 0)
end

-- What a group has written so far, as its client knows it, where an operation is looked at alone: the names are those of the keys' kinds.
local assumed = {}

op.assume = function()
	for _ = 1, tonumber(arg()) do
		local name = arg()
		assumed[name] = arg()
	end
	return {}
end

-- ---- writes, each with what takes it back ----

local undoing, log = true, {}

local function remember(...)
	if undoing then log[#log + 1] = { ... } end
end

local function undo()
	for i = #log, 1, -1 do call(unpack(log[i])) end
	log = {}
end

-- A hash that is not there yet.
local function hnew(key, ...)
	call('HSET', key, ...)
	remember('DEL', key)
end

local function hset(key, ...)
	local v = { ... }
	for i = 1, undoing and #v or 0, 2 do
		local old = call('HGET', key, v[i])
		if old then remember('HSET', key, v[i], old) else remember('HDEL', key, v[i]) end
	end
	call('HSET', key, ...)
end

local function hdel(key, ...)
	for _, field in ipairs({ ... }) do
		local old = call('HGET', key, field)
		if old then
			remember('HSET', key, field, old)
			call('HDEL', key, field)
		end
	end
end

local function hadd(key, field, n)
	call('HINCRBY', key, field, n)
	remember('HINCRBY', key, field, -n)
end

-- The whole hash.
local function forget(key)
	local old = undoing and call('HGETALL', key) or {}
	if #old > 0 then remember('HSET', key, unpack(old)) end
	call('DEL', key)
end

local function zput(key, score, member)
	local old = undoing and call('ZSCORE', key, member)
	if old then remember('ZADD', key, old, member) else remember('ZREM', key, member) end
	call('ZADD', key, score, member)
end

-- A member that is not there yet.
local function znew(key, score, member)
	call('ZADD', key, score, member)
	remember('ZREM', key, member)
end

local function zdel(key, member)
	local old = call('ZSCORE', key, member)
	if old then
		remember('ZADD', key, old, member)
		call('ZREM', key, member)
	end
	return old
end

local function sput(key, member)
	if call('SADD', key, member) == 1 then remember('SREM', key, member) end
end

local function sdel(key, member)
	if call('SREM', key, member) == 1 then remember('SADD', key, member) end
end

-- ---- numbers and names ----

-- Never taken back: a number is given once.
local function new_seq()
	return call('INCR', P .. 'seq')
end

-- A member of a sorted set whose ties go by age.
local function aged(seq, id)
	return format('%016.0f:', tonumber(seq)) .. id
end

local function id_of(member)
	return sub(member, 18)
end

local function exists(key)
	return call('EXISTS', key) == 1
end

local function begins(text, with)
	return sub(text, 1, #with) == with
end

-- Members of a sorted set between two scores, page by page, into fn until it gives true. rev: from the highest score.
local function walk(key, rev, from, to, fn)
	local page, off = 256, 0
	while true do
		local v = call(rev and 'ZREVRANGEBYSCORE' or 'ZRANGEBYSCORE', key, from, to, 'LIMIT', off, page)
		for _, m in ipairs(v) do
			if fn(m) then return end
		end
		if #v < page then return end
		off = off + page
	end
end
