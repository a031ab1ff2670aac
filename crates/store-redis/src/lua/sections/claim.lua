-- Takes due fire times: a section of turn.
-- Reads: `claims`, their number; `leads`, whether (epoch, owner) is the current one; jobs, scores,
--   active and runs as stored, behind those of the finishes; columns of ARGV: EXPECTS (etag, uid,
--   next_fire), STARTS and NEXTS (scores in `due`; '' none), ADVANCES (next_fire, last_fire),
--   CLAIM_TERMS and, for each fire, TAILS; KEYS behind those of the finishes, a history for each.
-- Terms: instances I4, places I4, flags B (1 continues, 2 goes on, 4 never valid), list I2 (of
--   KEYS), max_fires I4 (0 none), keep I2, then R (run) or M (missed) for each fire.
-- Leaves: verdicts, the answers; what is to be written in the book, in new_jobs and new_due.
local STALE, CHANGED, DEFERRED, DONE = '\0', '\1', '\2', '\3'
local LEASED, READIED, WAITING, WAS_MISSED, WAS_SKIPPED = '\0', '\1', '\2', '\3', '\4'
local RUNS_ALREADY = '\5' -- leased before this call
local BORN_LEASED = '\128' -- an event that stands for two: pending, and its first attempt started
local as_leased = char(RUNNING) .. NONE .. '\0\0\0\1' .. NO_LOST .. at_now .. at_now .. epoch8
local verdicts, answered, seen, lease_of = {}, 0, {}, {}
local new_jobs, new_due, not_due = {}, {}, {}

local function lease(id, tail)
  local timeout = sub(tail, 1, 8)
  local attempt = lease_of[timeout]
  if not attempt then
    attempt = BOOT .. pack('>I4i8i8', 1, now, now + unstruct('>I8', timeout))
    lease_of[timeout] = attempt
  end
  held[#held + 1], held[#held + 2] = id, attempt
  free = free - 1
end

local function standing(uid, id, run)
  if sub(run, 1, 1) == char(RUNNING) then return RUNS_ALREADY end
  local readied, ids = split_active(uid)
  local at = find_id(ids, id)
  return at and (at - 1) / 16 < readied and READIED or WAITING
end

-- What becomes of one fire, and how many runs that admits.
local function take_fire(uid, job, id, tail, known, verdict, terms, history_key)
  local instances, list, keep = terms[1], terms[4], terms[6]
  if verdict == 'M' then
    record(MISSED, id, tail, job, history_key, keep, MISSED_REPORT)
    return WAS_MISSED, 0
  elseif verdict == 'S' then
    record(SKIPPED, id, tail, job, history_key, keep, SKIPPED_REPORT)
    return WAS_SKIPPED, 0
  elseif known then
    return standing(uid, id, known), 1 -- a run is never written twice
  end
  local starts = enter(uid, id, instances, list)
  put[#put + 1] = id
  if starts and direct and free > 0 and list <= NODE_LAST then
    put[#put + 1] = as_leased .. tail
    lease(id, tail)
    note_run(BORN_LEASED, '\0\0\0\1', id, sub(tail, 9, 18 + #job))
    return LEASED, 1
  end
  put[#put + 1] = as_pending .. tail
  note_run('\16', NO_ATTEMPT, id, sub(tail, 9, 18 + #job))
  if not starts then return WAITING, 1 end
  ready(list, id, back)
  return READIED, 1
end
