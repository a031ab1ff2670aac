-- The claims of a turn, one after the other; claim.lua says what is read and left.
local fire = 0
for c = 1, claims do
  local name, uid = ARGV[JOB_NAMES + finishes + c], ARGV[UIDS + finishes + c]
  local text, job_length = ARGV[CLAIM_TERMS + c], #name
  local terms = claim_terms[text]
  if not terms then
    terms = { unstruct('>I4I4BI2I4I2', text) } -- the seventh: where the fires begin
    terms[8] = string.find(text, 'R', terms[7], true)
    claim_terms[text] = terms
  end
  local job, answer = later_jobs[name] or jobs[finishes + c], nil
  if not leads then
    answer = STALE
  elseif not job or sub(job, 1, 40) ~= ARGV[EXPECTS + c] then
    answer = CHANGED
  else
    local instances, flags, list, judged = terms[1], terms[3], terms[4], 'admit'
    -- That it is neither paused nor finished need not be asked: such a job has no next point.
    local next_fire, start, last_fire, fired = unstruct('>i8i8i8I4', job, 25)
    if next_fire <= last_fire or flags >= 4 or start > now then
      answer = CHANGED
    elseif terms[8] and (active[uid] or terms[2] == 0) then
      judged = judge(uid, instances, terms[2], flags % 2 == 1, list)
      if judged == 'defer' then answer = DEFERRED end
    end
    if not answer then
      answer = DONE
      for f = terms[7], #text do
        local id, tail = ARGV[FIRES + fire + f - terms[7] + 1], ARGV[TAILS + fire + f - terms[7] + 1]
        local code
        if byte(text, f) ~= 82 then
          code = WAS_MISSED
          record(MISSED, id, tail, name, KEYS[HISTORY + finishes + c], terms[6], MISSED_REPORT)
        elseif judged == 'skip' then
          code = WAS_SKIPPED
          record(SKIPPED, id, tail, name, KEYS[HISTORY + finishes + c], terms[6], SKIPPED_REPORT)
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
              note_run(BORN_LEASED, FIRST_ATTEMPT, id, where)
            else
              code = starts and READIED or IN_LINE
              waits[#waits + 1] = id
              waits[#waits + 1] = as_waiting .. tail
              note_run('\16', NO_ATTEMPT, id, where)
              if starts then ready(list, id, back) end
            end
          end
        end
        answer = answer .. code
      end
      local next_start, advance, kept = ARGV[NEXTS + c], ARGV[ADVANCES + c], 0
      if next_start == '' or terms[5] > 0 and fired >= terms[5] then
        not_due[#not_due + 1] = name
        kept, advance = FINISHED, NONE .. NONE .. sub(advance, 17)
        note_job(6, name)
      else
        new_due[dues + 1] = next_start
        new_due[dues + 2] = name
        dues = dues + 2
        if flags >= 2 and judged == 'admit' then kept = CATCHING_UP end
      end
      job = sub(job, 1, 24) .. advance .. pack('>I4B', fired, kept) .. sub(job, 54)
      claimed = claimed + 1
      put_job(name, job)
    end
  end
  verdicts[c] = answer
  fire = fire + #text - terms[7] + 1
end
local grows = claimed > 0
