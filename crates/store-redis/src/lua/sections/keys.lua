-- The keys that every writing script declares first, in the order of keys.rs, and what a hint is
-- published with. Scripts never make a name themselves.
local LEASE, LANES, DUE, JOBS, NAMES, ACTIVE, RUNS, ATTEMPTS, DELAYED, EVENTS =
  unpack(KEYS, 1, 10)
local CHANNEL, PARTITION = ARGV[1], ARGV[2]
