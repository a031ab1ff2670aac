-- Ends attempts, each judged by (run, attempt, owner). A section of turn, reap and end_cancelled.
-- Reads: `finishes`, their number; CANCELS, the key; attempts and jobs as stored; columns of ARGV
--   from IDS, UIDS, JOB_NAMES, FINISH_TERMS and REPORTS on; KEYS from HISTORY on, a list for each.
-- Terms: owner c16 and attempt I4, as they must be held; step B (0 end, 1 again, 2 again after a
--   loss, 3 give back, at once or later), state B, keep I2, instances I4, list I2 (of KEYS),
--   after_ms I8, the rule of failures.lua (limit I4, 0 none), and what follows the id in `delayed`.
-- Leaves: answers[i], and what is to be written in the book.
local RECORDED, SUPERSEDED, UNKNOWN = '\0', '\1', '\2'
local ENDS, LOSES, GIVES_BACK = 0, 2, 3
local CANCELLED_NOW = char(CANCELLED) .. at_now
local answers, ended, waits_again, finish_terms = {}, {}, {}, {}

for i = 1, finishes do
  local id, uid, text = ARGV[IDS + i], ARGV[UIDS + i], ARGV[FINISH_TERMS + i]
  local attempt, job, job_length = attempts[i], jobs[i], #ARGV[JOB_NAMES + i]
  local terms = finish_terms[text]
  if not terms then
    terms = { unstruct('>c20BBI2I4I2I8I4', text) } -- the ninth: where the rule's rest begins
    terms[8], terms[13], terms[14] = terms[9], terms[8], terms[9]
    if terms[13] > 0 then -- the eighth: where the member begins
      local _, _, behind = unstruct('>I2c0I2c0', text, terms[9] + 16)
      terms[8] = behind
    end
    terms[9], terms[10] = sub(text, 23, 24), char(terms[3]) .. at_now -- of a history entry
    terms[11], terms[12] = sub(text, 17, 20), EVENT_OF[terms[3]]
    finish_terms[text] = terms
  end
  local kind, where, limit = '\27', nil, 0
  if not attempt or ended[id] then
    local run = waits_again[id] or not ended[id] and call('HGET', WAITING, id)
    where = run and sub(run, 41, 50 + job_length)
    local cancel = not run and call('HGET', CANCELS, id)
    if cancel and byte(cancel) == 1 then where = sub(cancel, 2) end
    answers[i] = where and SUPERSEDED or UNKNOWN
  elseif sub(attempt, 1, 20) ~= terms[1] then
    answers[i], where = SUPERSEDED, sub(attempt, 57, 66 + job_length)
  else
    answers[i], ended[id] = RECORDED, true
    where = sub(attempt, 57, 66 + job_length)
    frees = frees + 1
    freed[frees] = id
    local step, alive = terms[2], job and sub(job, 9, 24) == uid
    -- The run up to its fire time, with one more loss where that is what happened.
    local run = sub(attempt, 17, 64)
    if step == LOSES or step == ENDS and terms[3] == LOST then
      run = sub(run, 1, 4) .. pack('>I4', unstruct('>I4', run, 5) + 1) .. sub(run, 9)
    end
    -- Who was to be cancelled is not tried again, and is not lost.
    local cancel = (step ~= ENDS or terms[3] == LOST) and call('HGET', CANCELS, id)
    if step == ENDS or cancel or not alive then
      kind = step == ENDS and not cancel and terms[12] or EVENT_OF[CANCELLED]
      if active[uid] == '\0\1' .. id then -- alone, as most are
        active[uid] = false
      elseif leave(uid, id, terms[5], terms[6]) and alive and has(byte(job, 53), CATCHING_UP) then
        wake_leader = true
      end
      if alive then
        remember(KEYS[HISTORY + i], terms[4], terms[9] .. id
          .. (cancel and CANCELLED_NOW or terms[10]) .. run .. sub(attempt, 83 + job_length)
          .. (cancel and sub(cancel, 2) or ARGV[REPORTS + i]))
        limit = cancel and 0 or terms[13]
      end
    else
      local list, after, report = terms[6], terms[7], ARGV[REPORTS + i]
      if step == GIVES_BACK then
        run = pack('>I4', unstruct('>I4', run) - 1) .. sub(run, 5, 8) .. NONE .. sub(run, 17)
        report = ''
      end
      kind = step == GIVES_BACK and '\28' or step == LOSES and '\23' or '\20'
      waits_again[id] = run .. sub(attempt, 65) .. report
      waits[#waits + 1] = id
      waits[#waits + 1] = waits_again[id]
      if after == 0 then
        ready(list, id, step == GIVES_BACK and front or back)
      else
        delayed[#delayed + 1] = now + after
        delayed[#delayed + 1] = id .. sub(text, terms[8])
      end
    end
  end
  if where then note_run(kind, terms[11], id, where) end
  if limit > 0 then count_failure(i, terms[3], limit, terms[14], text) end
end
