-- change: changes a job's definition or state.
-- KEYS: 1-9 keys.lua, 10-12 the nodes' ready lists, 13 queues, then a worker's ready list where runs
--   move to one, definitions, the history of runs that did not succeed, the request (may be absent).
-- ARGV: 1 channel, 2 partition, 3 job, 4 expected etag c8, 5 expected next_fire i8, 6 expected
--   last_fire i8, 7 new etag c8, 8 D (define), P (pause) or R (resume), 9 definition or reason,
--   10 K (keep), A (at), U (unset) or X (exhausted), 11 next_fire i8 and start_after i8 (of a pause,
--   since when), 12 start_after as text, 13 '1' where they may lie in the past; of dropped fire times
--   14 run c16 or '', 15 tail, 16 report, 17 keep, 18 the last of them i8; 19 the reply to keep, 20
--   the key before the definitions, and those of relist.lua.
-- Reply: D done, C changed, R and the first reply.
-- Cost: about 15 us.
local AT = tonumber(ARGV[20])
local DEFINITIONS, HISTORY, REQUEST = KEYS[AT + 1], KEYS[AT + 2], KEYS[AT + 3]
local first = first_reply(REQUEST)
if first then return REPEATED .. first end
local name, action, point, dropped = ARGV[3], ARGV[8], ARGV[10], ARGV[14]
local job = call('HGET', JOBS, name)
if not job or sub(job, 1, 8) ~= ARGV[4] or sub(job, 25, 32) ~= ARGV[5]
  or sub(job, 41, 48) ~= ARGV[6] then
  return CHANGED
end
local next_fire, start, last_fire, fired, flags = unstruct('>i8i8i8I4B', job, 25)
local reason, points, last = sub(job, 66), sub(job, 25, 40), sub(job, 41, 48)

-- What becomes of it. Only a resume ends a pause; where nothing is said, what is stays.
local paused, finished = has(flags, PAUSED), has(flags, FINISHED)
if action == 'P' or action == 'D' and paused then
  points = paused and points or ARGV[11]
  paused, finished, point = true, false, 'U'
elseif point == 'A' then
  paused, finished, points = false, false, ARGV[11]
elseif point == 'X' then
  paused, points = false, NONE .. (finished and sub(job, 33, 40) or at_now)
  finished = true
else
  point = 'K'
end
if dropped ~= '' and unstruct('>i8', ARGV[18]) > last_fire then
  last, last_fire = ARGV[18], unstruct('>i8', ARGV[18])
end

-- A fire time that is due by now and that this drops must have been seen by the caller.
local is_due = sub(job, 25, 32) ~= NONE and start <= now
if is_due and sub(points, 1, 8) ~= sub(job, 25, 32) and dropped == '' then return CHANGED end
if point == 'A' then
  local fire = unstruct('>i8', points)
  if fire <= last_fire or ARGV[13] ~= '1' and fire <= now then return CHANGED end
end

local catching_up = ARGV[10] == 'K' and has(flags, CATCHING_UP)
if action == 'P' then reason = ARGV[9] elseif not paused then reason = '' end
local failures = action == 'R' and '\0\0\0\0' or sub(job, 62, 65)
flags = (paused and PAUSED or 0) + (finished and FINISHED or 0) + (catching_up and CATCHING_UP or 0)
call('HSET', JOBS, name, ARGV[7] .. sub(job, 9, 24) .. points .. last
  .. pack('>I4Bi8', fired, flags, now) .. failures .. reason)
if action == 'D' then call('HSET', DEFINITIONS, name, ARGV[9]) end
if point == 'A' then
  add_instants(DUE, { ARGV[12], name })
elseif point ~= 'K' then
  call('ZREM', DUE, name)
end
keep_reply(REQUEST, ARGV[19])
if dropped ~= '' then
  record(SKIPPED, dropped, ARGV[15], name, HISTORY, tonumber(ARGV[17]), ARGV[16])
end
note_write(({ D = 2, P = 4, R = 5 })[action], name, sub(job, 9, 24), ARGV[7], reason)
if finished and ARGV[10] == 'X' then note_write(6, name, sub(job, 9, 24), ARGV[7], reason) end
local grows, outcome = true, DONE
