-- read_runs: unfinished runs by id, all of one instant: one that moves from `waiting` to `attempts`
-- is not missed between two looks.
-- KEYS: 1 waiting, 2 attempts.
-- ARGV: run ids c16.
-- Reply: what `waiting` and what `attempts` hold of each.
-- Cost: about 3 us and 0.5 us a run.
return { redis.call('HMGET', KEYS[1], unpack(ARGV)), redis.call('HMGET', KEYS[2], unpack(ARGV)) }
