-- What the scripts declare by which clients ask for a run or for its end, behind the ready lists of KEYS:
-- the history of runs that did not succeed, cancels, and the request (may be absent); and last in ARGV
-- the run's ready list (of KEYS) and the key before the history.
local LIST, BEHIND = tonumber(ARGV[#ARGV - 1]), tonumber(ARGV[#ARGV])
local HISTORY, CANCELS, REQUEST = KEYS[BEHIND + 1], KEYS[BEHIND + 2], KEYS[BEHIND + 3]
