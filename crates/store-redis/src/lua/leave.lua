-- leave: removes the record of a node. One that was there has left.
-- KEYS: 1 nodes, 2 drains, 3 the cluster's log.
-- ARGV: 1 boot c16.
-- Reply: nothing.
-- Cost: about 5 us. Begins with a write that frees.
local record = redis.call('HGET', KEYS[1], ARGV[1])
local name = record and struct.unpack('>I2c0', record, 35)
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('SREM', KEYS[2], ARGV[1])
if record then note_cluster(KEYS[3], 2, ARGV[1], name) end
