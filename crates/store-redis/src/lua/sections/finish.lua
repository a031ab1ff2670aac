-- Ends attempts, each judged by (run, attempt, owner). A section of turn and reap.
-- Reads: `finishes`, their number; runs, attempts and jobs as stored; columns of ARGV from IDS,
--   JOB_NAMES, UIDS, HOLDERS, FINISH_TERMS and REPORTS on; KEYS from HISTORY on, a list for each.
-- Terms: step B (0 end, 1 again, 2 again after a loss, 3 give back), state B, keep I2,
--   instances I4, list I2 (of KEYS), after_ms I8, and what follows the id in `delayed`.
-- Leaves: answers[i], and what is to be written in the book.
local RECORDED, SUPERSEDED, UNKNOWN = '\0', '\1', '\2'
local ENDS, LOSES, GIVES_BACK = 0, 2, 3
local answers, fresh, finish_terms = {}, {}, {}

local function finish_run(i, id, run, state, keep)
  local counts = sub(run, 10, 17)
  if state == LOST then counts = sub(run, 10, 13) .. pack('>I4', unstruct('>I4', run, 14) + 1) end
  remember(KEYS[HISTORY + i], keep, id, char(state) .. at_now .. counts .. sub(run, 18, 57)
    .. sub(run, 76 + #ARGV[JOB_NAMES + i]) .. ARGV[REPORTS + i])
end

local function repeat_run(i, id, run, step, list, after, member)
  local attempt, lost = unstruct('>I4I4', run, 10)
  local started, report, kind = sub(run, 18, 25), ARGV[REPORTS + i], '\20'
  if step == LOSES then lost, kind = lost + 1, '\23' end
  if step == GIVES_BACK then attempt, started, report, kind = attempt - 1, NONE, '', '\28' end
  fresh[id] = char(PENDING) .. NONE .. pack('>I4I4', attempt, lost) .. started .. sub(run, 26)
    .. report
  put[#put + 1], put[#put + 2] = id, fresh[id]
  if step == GIVES_BACK then
    ready(list, id, front)
  elseif after == 0 then
    ready(list, id, back)
  else
    delayed[#delayed + 1], delayed[#delayed + 2] = now + after, id .. member
  end
  return kind
end

for i = 1, finishes do
  local id, uid, holder = ARGV[IDS + i], ARGV[UIDS + i], ARGV[HOLDERS + i]
  local run, attempt, job = runs[i], attempts[i], jobs[i]
  if fresh[id] ~= nil then run, attempt = fresh[id], false end -- ended by this very call
  if not run then
    answers[i] = UNKNOWN
  elseif not attempt or sub(attempt, 1, 20) ~= holder then
    answers[i] = SUPERSEDED
    note_run('\27', sub(holder, 17), id, sub(run, 50, 59 + #ARGV[JOB_NAMES + i]))
  else
    answers[i] = RECORDED
    local text = ARGV[FINISH_TERMS + i]
    local terms = finish_terms[text]
    if not terms then
      terms = { unstruct('>BBI2I4I2I8', text) } -- the seventh: where the member begins
      finish_terms[text] = terms
    end
    local alive = job and sub(job, 9, 24) == uid
    local step, state, kind = terms[1], terms[2], nil
    if step ~= ENDS and not alive then step, state = ENDS, CANCELLED end
    freed[#freed + 1] = id
    if step == ENDS then
      fresh[id], gone[#gone + 1], kind = false, id, EVENT_OF[state]
      local made_room = leave(uid, id, terms[4], terms[5])
      if alive then
        finish_run(i, id, run, state, terms[3])
        if made_room and has(string.byte(job, 45), CATCHING_UP) then wake_leader = true end
      end
    else
      kind = repeat_run(i, id, run, step, terms[5], terms[6], sub(text, terms[7]))
    end
    note_run(kind, sub(holder, 17), id, sub(run, 50, 59 + #ARGV[JOB_NAMES + i]))
  end
end
