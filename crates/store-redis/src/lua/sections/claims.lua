-- The claims of a turn, one after the other; claim.lua says what is read and left.
local fire = 0
for c = 1, claims do
  local name, uid = ARGV[JOB_NAMES + finishes + c], ARGV[UIDS + finishes + c]
  local text = ARGV[CLAIM_TERMS + c]
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
    local flags, judged = terms[3], 'admit'
    local next_fire, start, last_fire, fired, job_flags = unstruct('>i8i8i8I4B', job, 25)
    if job_flags % 4 ~= 0 or next_fire <= last_fire or flags >= 4 or start > now then
      answer = CHANGED
    elseif terms[8] then
      judged = judge(uid, terms[1], terms[2], flags % 2 == 1, terms[4])
      if judged == 'defer' then answer = DEFERRED end
    end
    if not answer then
      local admitted
      answer, admitted = take_fires(c, fire, uid, name, text, terms, judged)
      fired = fired + admitted
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
      later_jobs[name] = job
      new_jobs[#new_jobs + 1] = name
      new_jobs[#new_jobs + 1] = job
    end
  end
  verdicts[c] = answer
  fire = fire + #text - terms[7] + 1
end
