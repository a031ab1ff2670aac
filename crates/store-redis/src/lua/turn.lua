-- turn: what a node did and wants in a partition, in this order: finishes, promotes, claims, takes.
-- KEYS: 1-9 keys.lua, 10-12 the nodes' ready lists, 13 queues, then workers' ready lists, then from
--   HISTORY on a history list for each finish and each claim, and last cancels.
-- ARGV: 1 channel, 2 partition, 3 boot c16, 4 seq, 5 epoch ('' where it leads nothing), 6 owner,
--   7 the report of a missed run, 8 the one of a skipped run, 9 numbers as below; then columns:
--   run ids of finishes; jobs of finishes, of claims; uids of finishes, of claims; then those of
--   finish.lua, claim.lua, promote.lua and take.lua, in this order.
-- Reply: 'S' (stale), 'U' (unregistered), or 'T' now i8, an answer for each finish and each claim,
--   taken I2 and what take.lua leaves. It is kept in `lanes` until the node's next turn.
-- Cost: about 25 us, and 10 us for a claim that leases and its finish (examples/turn_cost.rs).
local BOOT, SEQ, EPOCH, OWNER = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local MISSED_REPORT, SKIPPED_REPORT, CANCELS = ARGV[7], ARGV[8], KEYS[#KEYS]

local last_seq = call('HGET', LANES, BOOT)
if not last_seq then return 'U' end
if last_seq == SEQ then return call('HGET', LANES, BOOT .. 'a') or 'S' end
if tonumber(SEQ) < tonumber(last_seq) then return 'S' end

local finishes, fires, promotes, claims, takes, free, HISTORY =
  unstruct('>I2I2I2I2I2I4I2', ARGV[9])
local IDS, leads, paused = 9, false, false
if EPOCH ~= '' then
  local lease = call('HMGET', LEASE, 'epoch', 'owner', 'paused')
  leads, paused = lease[1] == EPOCH and lease[2] == OWNER, lease[3]
end
local epoch8 = leads and pack('>I8', tonumber(EPOCH)) or ''
