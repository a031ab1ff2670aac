-- open: finds the cluster, or creates it.
-- KEYS: 1 meta.
-- ARGV: 1 format, 2 partitions.
-- Reply: format and partitions, as they are now.
-- Cost: about 3 us.
local meta = redis.call('HMGET', KEYS[1], 'format', 'partitions')
if meta[1] or meta[2] then return { meta[1] or '', meta[2] or '' } end
redis.call('HSET', KEYS[1], 'format', ARGV[1], 'partitions', ARGV[2])
return { ARGV[1], ARGV[2] }
