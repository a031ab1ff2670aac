-- The end of the loop that claims.lua begins: moves the job of a claim on, and notes the answer.
      local next_start, advance, kept = ARGV[NEXTS + c], ARGV[ADVANCES + c], 0
      if next_start == '' or terms[5] > 0 and fired >= terms[5] then
        not_due[#not_due + 1] = name
        kept, advance = FINISHED, NONE .. at_now .. sub(advance, 17)
        note_job(6, name)
      else
        new_due[dues + 1] = next_start
        new_due[dues + 2] = name
        dues = dues + 2
        if flags % 4 >= 2 and judged == 'admit' then kept = CATCHING_UP end
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
