-- attempts: every leased attempt of a partition, without the bodies of the runs. Takes out of
-- `extended` what is no longer held so: nothing else would, since a finish does not look there.
-- KEYS: 1-9 keys.lua, 10 extended.
-- ARGV: 1 channel, 2 partition.
-- Reply: for each a text: run c16, owner c16 and the run up to its fire time; the same for the
--   deadlines of those that were given more time: run c16, deadline i8.
-- Cost: about 4 us and 0.3 us an attempt.
local rows, extended = call('HGETALL', ATTEMPTS), call('HGETALL', KEYS[10])
local attempts, deadlines = {}, {}
for i = 1, #rows, 2 do attempts[#attempts + 1] = rows[i] .. sub(rows[i + 1], 1, 64) end
for i = 1, #extended, 2 do
  local run, held = extended[i], sub(extended[i + 1], 1, 20)
  local attempt = call('HGET', ATTEMPTS, run)
  if attempt and sub(attempt, 1, 20) == held then
    deadlines[#deadlines + 1] = run .. sub(extended[i + 1], 21)
  else
    call('HDEL', KEYS[10], run)
  end
end
return { attempts, deadlines }
