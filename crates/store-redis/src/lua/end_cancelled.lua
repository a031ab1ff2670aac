-- end_cancelled: sees to the cancelling of runs whose time has come, as the partition's leader.
-- KEYS: 1-9 keys.lua, 10-12 the nodes' ready lists, 13 queues, then workers' ready lists, then from
--   HISTORY on a history list for each finish, and last cancels.
-- ARGV: 1 channel, 2 partition, 3 epoch, 4 owner c16, 5 finishes I2 and HISTORY I2; then columns:
--   run ids, jobs, uids, those of finish.lua, and the ids of the runs to see to.
-- Reply: nil where the lease is another's, else an answer for each finish.
-- Cost: about 5 us an attempt.
local CANCELS = KEYS[#KEYS]
local lease = call('HMGET', LEASE, 'epoch', 'owner')
if lease[1] ~= ARGV[3] or lease[2] ~= ARGV[4] then return false end
local finishes, HISTORY = unstruct('>I2I2', ARGV[5])
local IDS, fires, promotes, claims, grows = 5, 0, 0, 0, false
