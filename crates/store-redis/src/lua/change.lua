-- change: changes a job's definition or state.
-- KEYS: 1-10 keys.lua, 11 the definition, 12 the history of runs that did not succeed, 13 the
--   request (may be absent).
-- ARGV: 1 channel, 2 partition, 3 job, 4 expected etag c8, 5 expected next_fire and last_fire,
--   6 new etag, 7 D (define), P (pause) or R (resume), 8 definition or reason, 9 '1' where the
--   definition has a key of its own, 10 K (keep), A (at), U (unset) or X (exhausted), 11 next_fire
--   i8, 12 start_after, 13 '1' where it may lie in the past; of dropped fire times 14 run c16 or
--   '', 15 tail, 16 report, 17 keep, 18 the last of them i8; 19 the reply.
-- Reply: D done, C changed, R and the first reply.
-- Cost: about 15 us.
local first = first_reply(KEYS[13])
if first then return REPEATED .. first end
local name, action, point, next_fire, dropped = ARGV[3], ARGV[7], ARGV[10], ARGV[11], ARGV[14]
local job = redis.call('HGET', JOBS, name)
if not job or sub(job, 1, 8) ~= ARGV[4] or sub(job, 25, 40) ~= ARGV[5] then return CHANGED end
local fired, flags, _, reason, rest = unstruct('>I4Bi8I2c0', job, 41)
local definition, last_fire = sub(job, rest), sub(job, 33, 40)

-- What becomes of it. Only a resume ends a pause; where nothing is said, what is stays.
local paused, finished, outside = has(flags, PAUSED), has(flags, FINISHED), has(flags, OUTSIDE)
if action == 'P' or action == 'D' and paused then
  paused, finished, point = true, false, 'U'
elseif point == 'A' or point == 'X' then
  paused, finished = false, point == 'X'
else
  point = 'K'
end
if point == 'K' then next_fire = sub(job, 25, 32) elseif point ~= 'A' then next_fire = NONE end
if dropped ~= '' and unstruct('>i8', ARGV[18]) > unstruct('>i8', last_fire) then last_fire = ARGV[18] end

-- A fire time that is due by now and that this drops must have been seen by the caller.
local start = redis.call('ZSCORE', DUE, name)
local due = start and tonumber(start) <= now
if due and next_fire ~= sub(job, 25, 32) and dropped == '' then return CHANGED end
if point == 'A' then
  local fire = unstruct('>i8', next_fire)
  if fire <= unstruct('>i8', last_fire) or ARGV[13] ~= '1' and fire <= now then return CHANGED end
end

local catching_up = ARGV[10] == 'K' and has(flags, CATCHING_UP)
if action == 'P' then reason = ARGV[8] elseif not paused then reason = '' end
if action == 'D' then
  outside = ARGV[9] == '1'
  definition = outside and '' or ARGV[8]
end
flags = (paused and PAUSED or 0) + (finished and FINISHED or 0)
  + (catching_up and CATCHING_UP or 0) + (outside and OUTSIDE or 0)
redis.call('HSET', JOBS, name, ARGV[6] .. sub(job, 9, 24) .. next_fire .. last_fire
  .. pack('>I4Bi8I2', fired, flags, now, #reason) .. reason
  .. definition)
if action == 'D' and outside then redis.call('SET', KEYS[11], ARGV[8]) end
if action == 'D' and not outside then redis.call('UNLINK', KEYS[11]) end
if point == 'A' then
  add_instants(DUE, { ARGV[12], name })
elseif point ~= 'K' then
  redis.call('ZREM', DUE, name)
end
keep_reply(KEYS[13], ARGV[19])
if dropped ~= '' then
  record(SKIPPED, dropped, ARGV[15], name, KEYS[12], tonumber(ARGV[17]), ARGV[16])
  write_history()
end
note_job(({ D = 2, P = 4, R = 5 })[action], name)
if finished and ARGV[10] == 'X' then note_job(6, name) end
append_events()
hint()
return DONE
