-- register: opens a node's lane; turns up to `floor`, and up to the last one answered, are refused.
-- KEYS: 1 lanes.
-- ARGV: 1 boot c16, 2 floor.
-- Reply: nothing.
-- Cost: about 4 us. Begins with a write that frees.
local boot, floor = ARGV[1], ARGV[2]
local last = redis.call('HGET', KEYS[1], boot)
if last and tonumber(last) > tonumber(floor) then return end
redis.call('HDEL', KEYS[1], boot .. 'a')
redis.call('HSET', KEYS[1], boot, floor)
