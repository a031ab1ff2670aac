-- insert: adds a job.
-- KEYS: 1-10 keys.lua, 11 the definition, 12 the request (may be absent).
-- ARGV: 1 channel, 2 partition, 3 job, 4 etag c8 and uid c16, 5 next_fire i8, 6 the same as text,
--   7 start_after, 8 '1' where it may lie in the past, 9 definition, 10 '1' where it has a key of
--   its own, 11 the reply to keep.
-- Reply: D done, C changed (the name is taken, or the point has passed), R and the first reply.
-- Cost: about 12 us.
local first = first_reply(KEYS[12])
if first then return REPEATED .. first end
local name, outside = ARGV[3], ARGV[10] == '1'
if redis.call('HEXISTS', JOBS, name) == 1 then return CHANGED end
if ARGV[8] ~= '1' and tonumber(ARGV[6]) <= now then return CHANGED end

local header = ARGV[4] .. ARGV[5] .. NONE
  .. pack('>I4Bi8I2', 0, outside and OUTSIDE or 0, now, 0)
redis.call('HSET', JOBS, name, outside and header or header .. ARGV[9])
if outside then redis.call('SET', KEYS[11], ARGV[9]) end
redis.call('ZADD', NAMES, 0, name)
add_instants(DUE, { ARGV[7], name })
keep_reply(KEYS[12], ARGV[11])
note_job(1, name)
append_events()
hint()
return DONE
