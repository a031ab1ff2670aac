-- Ends attempts, each judged by (run, attempt, owner). A section of turn and reap.
-- Reads: `finishes`, their number; attempts and jobs as stored; columns of ARGV from IDS, UIDS,
--   JOB_NAMES, FINISH_TERMS and REPORTS on; KEYS from HISTORY on, a list for each.
-- Terms: owner c16 and attempt I4, as they must be held; step B (0 end, 1 again, 2 again after a
--   loss, 3 give back), state B, keep I2, instances I4, list I2 (of KEYS), after_ms I8, and what
--   follows the id in `delayed`.
-- Leaves: answers[i], and what is to be written in the book.
local RECORDED, SUPERSEDED, UNKNOWN = '\0', '\1', '\2'
local ENDS, LOSES, GIVES_BACK = 0, 2, 3
local answers, ended, waits_again, finish_terms = {}, {}, {}, {}

local function one_more_lost(attempt)
  return sub(attempt, 17, 20) .. pack('>I4', unstruct('>I4', attempt, 21) + 1)
end

-- Back to `waiting`. What kind of event that is.
local function repeat_run(i, id, attempt, step, list, after, member)
  local run, kind = sub(attempt, 17) .. ARGV[REPORTS + i], '\20'
  if step == LOSES then
    run, kind = one_more_lost(attempt) .. sub(run, 9), '\23'
  elseif step == GIVES_BACK then
    run, kind = pack('>I4', unstruct('>I4', attempt, 17) - 1) .. sub(attempt, 21, 24) .. NONE
      .. sub(attempt, 33), '\28'
  end
  waits[#waits + 1] = id
  waits[#waits + 1] = run
  waits_again[id] = run
  if step == GIVES_BACK then
    ready(list, id, front)
  elseif after == 0 then
    ready(list, id, back)
  else
    delayed[#delayed + 1] = now + after
    delayed[#delayed + 1] = id .. member
  end
  return kind
end

local function read_terms(text)
  local terms = { unstruct('>c20BBI2I4I2I8', text) } -- the eighth: where the member begins
  terms[9], terms[10] = sub(text, 23, 24), char(terms[3]) .. at_now -- the head of a history entry
  terms[11], terms[12] = sub(text, 17, 20), EVENT_OF[terms[3]]
  finish_terms[text] = terms
  return terms
end

for i = 1, finishes do
  local id, uid, text = ARGV[IDS + i], ARGV[UIDS + i], ARGV[FINISH_TERMS + i]
  local attempt, job, job_length = attempts[i], jobs[i], #ARGV[JOB_NAMES + i]
  local terms = finish_terms[text] or read_terms(text)
  if not attempt or ended[id] then
    local run = waits_again[id] or not ended[id] and call('HGET', WAITING, id)
    answers[i] = run and SUPERSEDED or UNKNOWN
    if run then note_run('\27', terms[11], id, sub(run, 41, 50 + job_length)) end
  elseif sub(attempt, 1, 20) ~= terms[1] then
    answers[i] = SUPERSEDED
    note_run('\27', terms[11], id, sub(attempt, 57, 66 + job_length))
  else
    answers[i], ended[id] = RECORDED, true
    frees = frees + 1
    freed[frees] = id
    local kind
    local alive = job and sub(job, 9, 24) == uid
    if terms[2] == ENDS or not alive then
      local made_room = leave(uid, id, terms[5], terms[6])
      if alive then
        local run = sub(attempt, 17, 64)
        if terms[3] == LOST then run = one_more_lost(attempt) .. sub(run, 9) end
        remember(KEYS[HISTORY + i], terms[4],
          terms[9] .. id .. terms[10] .. run .. sub(attempt, 83 + job_length) .. ARGV[REPORTS + i])
        if made_room and has(byte(job, 53), CATCHING_UP) then wake_leader = true end
      end
      kind = terms[2] == ENDS and terms[12] or EVENT_OF[CANCELLED]
    else
      kind = repeat_run(i, id, attempt, terms[2], terms[6], terms[7], sub(text, terms[8]))
    end
    note_run(kind, terms[11], id, sub(attempt, 57, 66 + job_length))
  end
end
