-- start_backfill: stores a backfill.
-- KEYS: 1-9 keys.lua, 10 backfills, 11 the request (may be absent).
-- ARGV: 1 channel, 2 partition, 3 job, 4 expected etag c8 and uid c16, 5 backfill c16, 6 its value,
--   7 the reply to keep.
-- Reply: D done, C changed, R and the first reply.
-- Cost: about 10 us.
local first = first_reply(KEYS[11])
if first then return REPEATED .. first end
local job = call('HGET', JOBS, ARGV[3])
if not job or sub(job, 1, 24) ~= ARGV[4] then return CHANGED end
call('HSET', KEYS[10], ARGV[5], ARGV[6])
add_instants(DELAYED, { string.format('%.0f', now), ARGV[5] .. BACKFILL_MARK })
keep_reply(KEYS[11], ARGV[7])
local outcome = DONE
