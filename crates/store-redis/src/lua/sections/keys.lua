-- The keys that scripts on a partition declare first, in the order of keys.rs, and what a hint is
-- published with. Scripts never make a name themselves.
local KEYS, ARGV, call = KEYS, ARGV, redis.call -- locals are cheaper to reach than globals
local LEASE, LANES, DUE, JOBS, ACTIVE, WAITING, ATTEMPTS, DELAYED, EVENTS = unpack(KEYS, 1, 9)
local CHANNEL, PARTITION = ARGV[1], ARGV[2]
