-- admit_run: adds a run that a client asked for, or a `skipped` record where there is no place.
-- KEYS: 1-10 keys.lua, 11 the ready list, 12 the history of runs that did not succeed, 13 the
--   request (may be absent).
-- ARGV: 1 channel, 2 partition, 3 job, 4 expected etag c8 and uid c16, 5 run c16, 6 tail,
--   7 instances, 8 places, 9 '1' where it continues a catch-up, 10 keep, 11 the report of a skipped
--   run.
-- Reply: C changed, or D and the run as it was stored; the same again for the same request.
-- Cost: about 15 us.
local first = first_reply(KEYS[13])
if first then return DONE .. first end
local name, id, tail = ARGV[3], ARGV[5], ARGV[6]
local job = redis.call('HGET', JOBS, name)
if not job or sub(job, 1, 24) ~= ARGV[4] then return CHANGED end
local known = redis.call('HGET', RUNS, id)
if known then return DONE .. known end

local uid, instances = sub(job, 9, 24), tonumber(ARGV[7])
active[uid] = redis.call('HGET', ACTIVE, uid)
local run
if judge(uid, instances, tonumber(ARGV[8]), ARGV[9] == '1', 11) ~= 'admit' then
  record(SKIPPED, id, tail, name, KEYS[12], tonumber(ARGV[10]), ARGV[11])
  run = char(SKIPPED) .. at_now .. NO_ATTEMPT .. born .. tail .. ARGV[11]
else
  run = as_pending .. tail
  put = { id, run }
  if enter(uid, id, instances, 11) then ready(11, id, back) end
  note_run('\16', NO_ATTEMPT, id, sub(tail, 9, 18 + #name))
end
write_book(true)
if active[uid] then
  redis.call('HSET', ACTIVE, uid, active[uid])
else
  redis.call('HDEL', ACTIVE, uid)
end
keep_reply(KEYS[13], run)
append_events()
hint()
return DONE .. run
