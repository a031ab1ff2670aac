-- insert: adds a job.
-- KEYS: 1-9 keys.lua, 10 definitions, 11 names, 12 the request (may be absent).
-- ARGV: 1 channel, 2 partition, 3 job, 4 etag c8, uid c16, next_fire i8 and start_after i8,
--   5 start_after as text, 6 '1' where they may lie in the past, 7 definition, 8 the reply to keep.
-- Reply: D done, C changed (the name is taken, or the point has passed), R and the first reply.
-- Cost: about 12 us.
local first = first_reply(KEYS[12])
if first then return REPEATED .. first end
local name = ARGV[3]
if call('HEXISTS', JOBS, name) == 1 then return CHANGED end
if ARGV[6] ~= '1' and unstruct('>i8', ARGV[4], 25) <= now then return CHANGED end

call('HSET', JOBS, name, ARGV[4] .. NONE .. pack('>I4Bi8I4', 0, 0, now, 0))
call('HSET', KEYS[10], name, ARGV[7])
call('ZADD', KEYS[11], 0, name)
add_instants(DUE, { ARGV[5], name })
keep_reply(KEYS[12], ARGV[8])
note_write(1, name, sub(ARGV[4], 9, 24), sub(ARGV[4], 1, 8), '')
local outcome = DONE
