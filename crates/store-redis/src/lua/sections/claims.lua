-- The claims of a turn, one after the other; claim.lua says what is read and left.
local fire = 0
for c = 1, claims do
  local name, uid = ARGV[JOB_NAMES + finishes + c], ARGV[UIDS + finishes + c]
  local text, job_length = ARGV[CLAIM_TERMS + c], #name
  local terms = claim_terms[text]
  if not terms then
    terms = { unstruct('>I4I4BI2I4I2', text) } -- the seventh: where the fires begin
    if terms[3] % 8 >= 4 then terms[9], terms[10], terms[7] = unstruct('>I8I2c0', text, terms[7]) end
    terms[8] = string.find(text, '[CR]', terms[7])
    claim_terms[text] = terms
  end
  local job, answer = later_jobs[name] or jobs[finishes + c], nil
  if not leads then
    answer = STALE
  elseif not job or sub(job, 1, 40) ~= ARGV[EXPECTS + c] or paused and is_paused(paused, name) then
    answer = CHANGED
  else
    local instances, flags, list, judged = terms[1], terms[3], terms[4], 'admit'
    local others, born_waiting = KEYS[HISTORY + finishes + c], as_waiting
    -- That it is neither paused nor finished need not be asked: such a job has no next point.
    local next_fire, start, last_fire, fired = unstruct('>i8i8i8I4', job, 25)
    if next_fire <= last_fire or flags >= 8 or start > now then
      answer = CHANGED
    elseif terms[8] and (active[uid] or terms[2] == 0) then
      judged = judge(uid, instances, terms[2], flags % 2 == 1, list)
      if judged == 'defer' then answer = DEFERRED end
    end
    if not answer then
      answer = DONE
      if judged == 'skip' and terms[9] then
        if replace(uid, name, instances, list, others, terms[6], terms[9], terms[10]) then
          answer = REPLACED
        end
        judged = 'admit'
        if #text == terms[7] then born_waiting = as_next end
      end
      -- fires.lua stands here: the fires of this claim.
