-- extend: gives attempts more time than their timeout; never less than they have.
-- KEYS: 1-9 keys.lua, 10 extended.
-- ARGV: 1 channel, 2 partition; then in threes: run c16, owner c16 and attempt I4 as they must be
--   held, how long from now in ms.
-- Reply: now, and for each its deadline, or nothing ('') where it is not held so; numbers as text.
-- Cost: about 3 us and 2 us an attempt.
local function text(number) return string.format('%.0f', number) end
local deadlines = {}
for i = 3, #ARGV, 3 do
  local run, holder, by = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  local attempt, deadline = call('HGET', ATTEMPTS, run), ''
  if attempt and sub(attempt, 1, 20) == holder then
    local started, timeout = unstruct('>i8', attempt, 25), unstruct('>I8', attempt, 49)
    local before = call('HGET', KEYS[10], run)
    local known = started + timeout
    if before and sub(before, 1, 20) == holder then
      known = math.max(known, unstruct('>i8', before, 21))
    end
    local at = math.max(known, now + by)
    if at > known then call('HSET', KEYS[10], run, holder .. pack('>i8', at)) end
    deadline = text(at)
  end
  deadlines[#deadlines + 1] = deadline
end
return { text(now), deadlines }
