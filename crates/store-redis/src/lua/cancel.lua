-- cancel: ends a run that waits, or asks the holder of its attempt to end it.
-- KEYS: 1-9 keys.lua, 10-12 the nodes' ready lists, 13 queues, then a worker's ready list where the
--   run is for one, and those of asking.lua.
-- ARGV: 1 channel, 2 partition, 3 job, 4 uid c16, 5 run c16, 6 its attempt as it was read I4,
--   7 instances, 8 keep, 9 report, 10 grace in ms, 11 its member of `delayed`, 12 the fingerprint of
--   the request c8, and those of asking.lua.
-- Reply: U no such unfinished run of the job, C it has had another attempt since, or D, run c16,
--   state B, ended i8 and the run; the same again for the same request, N where its name was another one's.
-- Cost: about 12 us. Begins with a write that frees, so that it passes when memory is short.
local first = first_reply(REQUEST)
if first then return sub(first, 1, 8) == ARGV[12] and DONE .. sub(first, 9) or 'N' end
local name, uid, id, report = ARGV[3], ARGV[4], ARGV[5], ARGV[9]
local waiting, attempt = call('HGET', WAITING, id), call('HGET', ATTEMPTS, id)
if not waiting and not attempt then return 'U' end
local of = pack('>I2', #name) .. name .. uid
if (waiting or sub(attempt, 17)):sub(49, 48 + #of) ~= of then return 'U' end
if waiting and sub(waiting, 1, 4) ~= ARGV[6] then return CHANGED end
