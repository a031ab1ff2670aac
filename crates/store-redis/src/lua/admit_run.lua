-- admit_run: adds a run that a client asked for, or a `skipped` record where there is no place.
-- KEYS: 1-9 keys.lua, 10-12 the nodes' ready lists, 13 queues, then a worker's ready list where the
--   run is for one, and those of asking.lua.
-- ARGV: 1 channel, 2 partition, 3 job, 4 expected etag c8 and uid c16, 5 run c16, 6 tail,
--   7 instances, 8 places, 9 '1' where it continues a catch-up, 10 keep, 11 the report of a skipped
--   run, 12 the fingerprint of the request c8, 13 the grace in ms of what it replaces ('' where it
--   does not), 14 the report of that, and those of asking.lua.
-- Reply: C changed, or D, run c16, state B, ended i8 and the run; the same again for the same
--   request, whose caller may have made another run id of it this time; N where the name of the
--   request was another one's.
-- Cost: about 15 us.
local first = first_reply(REQUEST)
if first then return sub(first, 1, 8) == ARGV[12] and DONE .. sub(first, 9) or 'N' end
local name, id, tail = ARGV[3], ARGV[5], ARGV[6]
local job = call('HGET', JOBS, name)
if not job or sub(job, 1, 24) ~= ARGV[4] then return CHANGED end
local where, known = unfinished(id)
if known then
  if where == 'W' then return DONE .. id .. char(PENDING) .. NONE .. known end
  return DONE .. id .. char(RUNNING) .. NONE .. sub(known, 17)
end

local uid, instances = sub(job, 9, 24), tonumber(ARGV[7])
active[uid] = call('HGET', ACTIVE, uid)
local run, born_waiting = nil, as_waiting
local keep = tonumber(ARGV[10])
local judged = judge(uid, instances, tonumber(ARGV[8]), ARGV[9] == '1', LIST)
if judged == 'skip' and ARGV[13] ~= '' then
  replace(uid, name, instances, LIST, HISTORY, keep, tonumber(ARGV[13]), ARGV[14])
  judged, born_waiting = 'admit', as_next
end
if judged ~= 'admit' then
  record(SKIPPED, id, tail, name, HISTORY, keep, ARGV[11])
  run = char(SKIPPED) .. at_now .. as_waiting .. tail .. ARGV[11]
else
  run = char(PENDING) .. NONE .. as_waiting .. tail
  if enter(uid, id, instances, LIST) then
    born_waiting = as_waiting
    ready(LIST, id, back)
  end
  waits = { id, born_waiting .. tail }
  note_run('\16', NO_ATTEMPT, id, sub(tail, 9, 18 + #name))
end
if active[uid] then
  call('HSET', ACTIVE, uid, active[uid])
else
  call('HDEL', ACTIVE, uid)
end
keep_reply(REQUEST, ARGV[12] .. id .. run)
local grows, outcome = true, DONE .. id .. run
