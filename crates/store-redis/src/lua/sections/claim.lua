-- Takes due fire times: a section of turn.
-- Reads: `claims`, their number; `leads`, whether (epoch, owner) is the current one; jobs and
--   active as stored, behind those of the finishes; columns of ARGV: EXPECTS (etag, uid, next_fire,
--   start_after), NEXTS (the next score in `due`; '' none), ADVANCES (next_fire, start_after,
--   last_fire), CLAIM_TERMS and, for each fire, FIRES and TAILS; KEYS behind those of the finishes.
-- Terms: instances I4, places I4, flags B (1 continues, 2 goes on, 4 never valid), list I2 (of
--   KEYS), max_fires I4 (0 none), keep I2, then R (run) or M (missed) for each fire.
-- Leaves: verdicts, the answers; what is to be written in the book, in new_jobs and in new_due.
local STALE, CHANGED, DEFERRED, DONE = '\0', '\1', '\2', '\3'
local LEASED, READIED, IN_LINE, WAS_MISSED, WAS_SKIPPED = '\0', '\1', '\2', '\3', '\4'
local RUNS_ALREADY = '\5' -- leased before this call
local BORN_LEASED = '\128' -- an event that stands for two: pending, and its first attempt started
local as_leased = BOOT .. '\0\0\0\1\0\0\0\0' .. at_now .. at_now .. epoch8
local verdicts, claim_terms, later_jobs = {}, {}, {}
local new_jobs, new_due, dues, not_due = {}, {}, 0, {}

-- Of a run that has a place already. It is never written twice.
local function standing(uid, id)
  local value = active[uid]
  local at = value and find_id(sub(value, 3), id)
  if not at then return nil end
  local where, run = unfinished(id)
  if not run then return nil end
  if where == 'A' then return RUNS_ALREADY end
  return (at - 1) / 16 < unstruct('>I2', value) and READIED or IN_LINE
end

-- What becomes of one fire.
local function admit_fire(uid, job_length, id, tail, terms)
  local list = terms[4]
  local starts = enter(uid, id, terms[1], list)
  if starts and direct and free > 0 and list <= NODE_LAST then
    held[holds + 1] = id
    held[holds + 2] = as_leased .. tail
    holds, free = holds + 2, free - 1
    note_run(BORN_LEASED, '\0\0\0\1', id, sub(tail, 9, 18 + job_length))
    return LEASED
  end
  waits[#waits + 1] = id
  waits[#waits + 1] = as_waiting .. tail
  note_run('\16', NO_ATTEMPT, id, sub(tail, 9, 18 + job_length))
  if not starts then return IN_LINE end
  ready(list, id, back)
  return READIED
end

-- The answer for each fire, and how many are runs.
local function take_fires(c, fire, uid, name, text, terms, judged)
  local codes, admitted = DONE, 0
  for f = terms[7], #text do
    fire = fire + 1
    local id, tail, is_run = ARGV[FIRES + fire], ARGV[TAILS + fire], byte(text, f) == 82
    if is_run and judged == 'admit' then
      codes = codes .. (standing(uid, id) or admit_fire(uid, #name, id, tail, terms))
      admitted = admitted + 1
    else
      local state, report = MISSED, MISSED_REPORT
      if is_run then state, report = SKIPPED, SKIPPED_REPORT end
      record(state, id, tail, name, KEYS[HISTORY + finishes + c], terms[6], report)
      codes = codes .. (is_run and WAS_SKIPPED or WAS_MISSED)
    end
  end
  return codes, admitted
end
