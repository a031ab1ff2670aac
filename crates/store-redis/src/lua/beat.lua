-- beat: writes a node's record and reads those of all.
-- KEYS: 1 nodes, 2 drains.
-- ARGV: 1 boot c16, 2 record.
-- Reply: whether the node was asked to drain, and the records.
-- Cost: about 3 us and 0.1 us a node. Begins with a write that frees.
redis.call('HDEL', KEYS[1], '')
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return { redis.call('SISMEMBER', KEYS[2], ARGV[1]), redis.call('HVALS', KEYS[1]) }
