-- main.lua: the modes of a call.
--   read    the operations only look.
--   check   the last operation is looked at: would it be taken? Nothing is written.
--   dry     all are done, the answer of the last one is kept, and all is taken back: what a group that is not committed yet sees of itself.
--   commit  all are done, or none: where one is refused, those before it are taken back. A group whose number this node has committed before is not done again:
--           the answer was lost, not the group. One that comes behind a later one, or is barred, was given up by its client: it is refused.
-- The answer: {"ok", answer of the last operation}, {"done"} or {"fail", code, text, number of the operation}.

local n, last, bar, i = tonumber(ARGV[4]), P .. 'last:' .. NODE, P .. 'bar:' .. NODE, 0

-- Whether the group is this one, of the same process, or one before it.
local function up_to(group, this)
	local start, number = string.match(group, '^(.*)-(%d+)$')
	local of, limit = string.match(this or '', '^(.*)-(%d+)$')
	return start and start == of and tonumber(number) <= tonumber(limit)
end

-- Whether a group was committed whose answer was lost; if not, it is barred.
op.settle = function()
	local group = arg()
	if call('GET', last) == group then return { 1 } end
	call('SET', bar, group)
	return { 0 }
end

local function run()
	local answer
	while i < n do
		i = i + 1
		local f = op[arg()]
		if not f then fail('INTERNAL', 'no such operation') end
		answer = f()
	end
	return answer
end

if MODE == 'commit' and GROUP ~= '' then
	local was = call('GET', last)
	if was == GROUP then return { 'done' } end
	if up_to(GROUP, was or '') or up_to(GROUP, call('GET', bar) or '') then return { 'fail', 'CONFLICT', 'the group comes too late', 0 } end
end

local good, answer = pcall(run)
if not good then
	undo()
	if type(answer) == 'table' and answer.code then return { 'fail', answer.code, answer.text, i } end
	return { 'fail', 'INTERNAL', type(answer) == 'table' and answer.err or tostring(answer), i }
end
if MODE == 'dry' then
	undo()
elseif MODE == 'commit' then
	undoing = false
	for _, f in ipairs(late) do f() end
	if GROUP ~= '' then call('SET', last, GROUP) end
end
return { 'ok', answer }
