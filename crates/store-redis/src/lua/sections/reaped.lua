-- Strikes the dead node of a reap off once it holds nothing here, so that one that was only asleep
-- must register again and learns what it lost.
if DEAD ~= '' then
  local holds_one = false
  for _, attempt in ipairs(call('HVALS', ATTEMPTS)) do
    holds_one = holds_one or sub(attempt, 1, 16) == DEAD
  end
  if not holds_one then call('HDEL', LANES, DEAD, DEAD .. 'a') end
end
local outcome = table.concat(answers)
