-- advance_backfill: takes fire times of a backfill, as the partition's leader.
-- KEYS: 1-9 keys.lua, 10-12 the nodes' ready lists, 13 queues, then a worker's ready list where the
--   runs are for one, the history of runs that did not succeed, backfills.
-- ARGV: 1 channel, 2 partition, 3 epoch, 4 owner c16, 5 backfill c16, 6 expected cursor i8, 7 job,
--   8 expected etag c8 and uid c16, 9 max_instances, 10 '1' where fire times wait for their place,
--   11 '1' where none follow these, 12-14 when the next step is due if all are taken, if not, and
--   when what ended is forgotten (relative to now), 15 keep, 16 the report of a skipped run,
--   17 the ready list (of KEYS), 18 the key before the history; from 19 on run c16 and tail of each.
-- Reply: 'E' (the lease is another's), 'C' changed, or 'D' and how many were taken I2.
-- Cost: about 10 us and 5 us a run.
local lease = call('HMGET', LEASE, 'epoch', 'owner', 'paused')
if lease[1] ~= ARGV[3] or lease[2] ~= ARGV[4] then return 'E' end
local LIST, BEHIND = tonumber(ARGV[17]), tonumber(ARGV[18])
local HISTORY, BACKFILLS = KEYS[BEHIND + 1], KEYS[BEHIND + 2]
local id, name, places = ARGV[5], ARGV[7], tonumber(ARGV[9])
local known, job = call('HGET', BACKFILLS, id), call('HGET', JOBS, name)
if not known or sub(known, 1, 8) ~= ARGV[6] or not job or sub(job, 1, 24) ~= ARGV[8] then
  return 'C'
end

local cursor, runs, skipped, waited = unstruct('>c8I4I4I4', known)
local uid, taken, count = sub(job, 9, 24), 0, (#ARGV - 18) / 2
local held_back = is_paused(lease[3], name)
active[uid] = call('HGET', ACTIVE, uid)
for f = 19, held_back and 0 or #ARGV, 2 do
  local run, tail = ARGV[f], ARGV[f + 1]
  if judge(uid, places, places, false, LIST) == 'admit' then
    waits[#waits + 1] = run
    waits[#waits + 1] = as_waiting .. tail
    if enter(uid, run, places, LIST) then ready(LIST, run, back) end
    note_run('\16', NO_ATTEMPT, run, sub(tail, 9, 18 + #name))
    runs = runs + 1
  elseif ARGV[10] == '1' then
    break
  else
    record(SKIPPED, run, tail, name, HISTORY, tonumber(ARGV[15]), ARGV[16])
    skipped = skipped + 1
  end
  taken, cursor = taken + 1, sub(tail, 9, 16)
end

local all = taken == count and not held_back
local ended, due = NONE, all and ARGV[12] or ARGV[13]
if all and ARGV[11] == '1' then
  ended, due = at_now, string.format('%.0f', now + tonumber(ARGV[14]))
end
call('HSET', BACKFILLS, id, cursor
  .. pack('>I4I4I4', runs, skipped, (all or taken > 0) and 0 or math.min(waited + 1, 1000))
  .. ended .. sub(known, 29))
add_instants(DELAYED, { due, id .. BACKFILL_MARK })
if active[uid] then
  call('HSET', ACTIVE, uid, active[uid])
else
  call('HDEL', ACTIVE, uid)
end
local grows, outcome = true, 'D' .. pack('>I2', taken)
