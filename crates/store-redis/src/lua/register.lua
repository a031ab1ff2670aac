-- register: opens a node's lane; turns up to `floor`, and up to the last one answered, are refused.
-- Gives `active` an entry that keeps it a hash table: as the list that Redis makes of a small hash
-- with short values, each look at it would go through half of it (in 7.0 up to 512 entries).
-- KEYS: 1 lanes, 2 active.
-- ARGV: 1 boot c16, 2 floor.
-- Reply: nothing.
-- Cost: about 5 us. Begins with a write that frees, so that it passes when memory is short.
local boot, floor = ARGV[1], ARGV[2]
local last = redis.call('HGET', KEYS[1], boot)
if last and tonumber(last) > tonumber(floor) then return end
redis.call('HDEL', KEYS[1], boot .. 'a')
redis.call('HSET', KEYS[1], boot, floor)
redis.call('HSETNX', KEYS[2], '', string.rep('-', 65))
