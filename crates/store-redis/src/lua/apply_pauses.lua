-- apply_pauses: gives a partition a copy of what is meant to be paused, unless its own is as new.
-- KEYS: 1 lease.
-- ARGV: 1 version, 2 record, 3 what is paused as paused.lua reads it ('' nothing), 4 channel,
--   5 partition.
-- Reply: 1, or 0 where the partition had it.
-- Cost: about 7 us. Begins with a write that frees, so that it passes when memory is short.
local version = tonumber(ARGV[1])
if tonumber(redis.call('HGET', KEYS[1], 'pauses_version') or 0) >= version then return 0 end
redis.call('HDEL', KEYS[1], 'paused')
redis.call('HSET', KEYS[1], 'pauses_version', ARGV[1], 'pauses', ARGV[2])
if ARGV[3] ~= '' then redis.call('HSET', KEYS[1], 'paused', ARGV[3]) end
redis.call('PUBLISH', ARGV[4], 'due ' .. ARGV[5])
return 1
