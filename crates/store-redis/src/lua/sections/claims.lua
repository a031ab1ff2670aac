-- The claims of a turn, one after the other; claim.lua says what is read and left.
local fire, claim_terms = 0, {}
for c = 1, claims do
  local name, uid = ARGV[JOB_NAMES + finishes + c], ARGV[UIDS + finishes + c]
  local text = ARGV[CLAIM_TERMS + c]
  local terms = claim_terms[text]
  if not terms then
    terms = { unstruct('>I4I4BI2I4I2', text) } -- the seventh: where the fires begin
    claim_terms[text] = terms
  end
  local before, many = terms[7] - 1, #text - terms[7] + 1
  local job, answer, judged = jobs[finishes + c], nil, nil
  if not leads then
    answer = STALE
  elseif not job or seen[name] or sub(job, 1, 32) ~= ARGV[EXPECTS + c]
    or scores[c] ~= ARGV[STARTS + c] then
    answer = CHANGED
  else
    local next_fire, last_fire, fired, flags = unstruct('>i8i8I4B', job, 25)
    if flags % 4 ~= 0 or next_fire <= last_fire or terms[3] >= 4 or tonumber(scores[c]) > now then
      answer = CHANGED
    elseif string.find(text, 'R', terms[7], true) then
      judged = judge(uid, terms[1], terms[2], terms[3] % 2 == 1, terms[4])
      if judged == 'defer' then answer = DEFERRED end
    end
    if not answer then
      seen[name], answer = true, DONE
      for f = 1, many do
        local verdict = sub(text, before + f, before + f)
        if verdict == 'R' and judged == 'skip' then verdict = 'S' end
        local code, admitted = take_fire(uid, name, ARGV[IDS + finishes + fire + f],
          ARGV[TAILS + fire + f], runs[finishes + fire + f], verdict, terms,
          KEYS[HISTORY + finishes + c])
        answer, fired = answer .. code, fired + admitted
      end
      local start, advance = ARGV[NEXTS + c], ARGV[ADVANCES + c]
      local kept = flags >= OUTSIDE and OUTSIDE or 0
      if start == '' or terms[5] > 0 and fired >= terms[5] then
        not_due[#not_due + 1], kept, advance = name, kept + FINISHED, NONE .. sub(advance, 9)
        note_job(6, name)
      else
        new_due[#new_due + 1], new_due[#new_due + 2] = start, name
        if terms[3] >= 2 and judged ~= 'skip' then kept = kept + CATCHING_UP end
      end
      new_jobs[#new_jobs + 1] = name
      new_jobs[#new_jobs + 1] = sub(job, 1, 24) .. advance .. pack('>I4B', fired, kept)
        .. sub(job, 46)
    end
  end
  verdicts[c] = answer
  fire = fire + many
end
