-- Takes due fire times: a section of turn, which goes on in claims.lua.
-- Reads: `claims`, their number; `leads`, whether (epoch, owner) is the current one; jobs and
--   active as stored, behind those of the finishes; columns of ARGV: EXPECTS (etag, uid, next_fire,
--   start_after), NEXTS (the next score in `due`; '' none), ADVANCES (next_fire, start_after,
--   last_fire), CLAIM_TERMS and, for each fire, FIRES and TAILS; KEYS behind those of the finishes.
-- Terms: instances I4, places I4, flags B (1 continues, 2 goes on, 4 replaces, 8 never valid), list
--   I2 (of KEYS), max_fires I4 (0 none), keep I2, where it replaces grace_ms I8 and a report I2+text,
--   then R (run), C (run that covers others) or M (missed) for each fire.
-- Leaves: verdicts, the answers; what is to be written in the book, in new_jobs and in new_due,
--   which failures.lua began.
local STALE, CHANGED, DEFERRED, DONE, REPLACED = '\0', '\1', '\2', '\3', '\4'
local LEASED, READIED, IN_LINE, WAS_MISSED, WAS_SKIPPED = '\0', '\1', '\2', '\3', '\4'
local RUNS_ALREADY = '\5' -- leased before this call
local BORN_LEASED = '\128' -- an event that stands for two: pending, and its first attempt started
local FIRST_ATTEMPT = '\0\0\0\1'
local as_leased = BOOT .. FIRST_ATTEMPT .. NO_ATTEMPT .. at_now .. at_now .. epoch8
local verdicts, claim_terms, claimed = {}, {}, 0

-- Of a run that has a place already; nil where it has none. A run is never written twice.
local function standing(uid, id)
  local readied, ids = split_active(uid)
  local at = find_id(ids, id)
  local where, run = nil, nil
  if at then where, run = unfinished(id) end
  if not run then return nil end
  if where == 'A' then return RUNS_ALREADY end
  return (at - 1) / 16 < readied and READIED or IN_LINE
end
