-- The fires of one claim: the inside of the loop that claims.lua begins and claimed.lua ends.
for f = terms[7], #text do
  local id, tail = ARGV[FIRES + fire + f - terms[7] + 1], ARGV[TAILS + fire + f - terms[7] + 1]
  local code, verdict = nil, byte(text, f)
  if verdict == 77 then
    code = WAS_MISSED
    record(MISSED, id, tail, name, others, terms[6], MISSED_REPORT)
  elseif judged == 'skip' then
    code = WAS_SKIPPED
    record(SKIPPED, id, tail, name, others, terms[6], SKIPPED_REPORT)
  else
    fired = fired + 1
    code = active[uid] and standing(uid, id)
    if not code then
      local starts = enter(uid, id, instances, list)
      local where = sub(tail, 9, 18 + job_length)
      if starts and direct and free > 0 and list <= NODE_LAST then
        code = LEASED
        held[holds + 1] = id
        held[holds + 2] = as_leased .. tail
        holds, free = holds + 2, free - 1
        if verdict == 82 then
          note_run(BORN_LEASED, FIRST_ATTEMPT, id, where)
        else
          note_run('\16', NO_ATTEMPT, id, where)
          note_run('\29', NO_ATTEMPT, id, where)
          note_run('\17', FIRST_ATTEMPT, id, where)
        end
      else
        code = starts and READIED or IN_LINE
        waits[#waits + 1] = id
        waits[#waits + 1] = (starts and as_waiting or born_waiting) .. tail
        note_run('\16', NO_ATTEMPT, id, where)
        if verdict == 67 then note_run('\29', NO_ATTEMPT, id, where) end
        if starts then ready(list, id, back) end
      end
    end
  end
  answer = answer .. code
end
