-- runs: the unfinished runs of a job's incarnation, and its history, all of one instant.
-- KEYS: 1-9 keys.lua, 10 and 11 the histories.
-- ARGV: 1 channel, 2 partition, 3 uid c16.
-- Reply: ids c16 in order of admission (one text), for each what `waiting` and what `attempts`
--   holds, and the entries of both histories.
-- Cost: about 5 us and 0.5 us a run.
local ids, waiting, running = call('HGET', ACTIVE, ARGV[3]), {}, {}
ids = ids and sub(ids, 3) or ''
for p = 1, #ids, 16 do
  local id = sub(ids, p, p + 15)
  waiting[#waiting + 1] = call('HGET', WAITING, id)
  running[#running + 1] = call('HGET', ATTEMPTS, id)
end
return { ids, waiting, running, call('LRANGE', KEYS[10], 0, -1), call('LRANGE', KEYS[11], 0, -1) }
