-- main.lua: the modes of a call.
--   read    the operations only look.
--   check   the last operation is looked at: would it be taken? Nothing is written.
--   dry     all are done, the answer of the last one is kept, and all is taken back: what a group that is not committed yet sees of itself.
--   commit  all are done, or none: where one is refused, those before it are taken back. A group whose number this node has committed before is not done again:
--           the answer was lost, not the group.
-- The answer: {"ok", answer of the last operation}, {"done"} or {"fail", code, text, number of the operation}.

local n, last, i = tonumber(ARGV[4]), P .. 'last:' .. NODE, 0

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
	if call('GET', last) == GROUP then return { 'done' } end
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
