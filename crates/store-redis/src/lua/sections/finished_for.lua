-- Whether a job has been finished for so many ms. It bears the time of its end where an active one
-- has its next start_after; one that an older version finished counts from what it says last.
local function is_finished_for(job, ttl)
  if not has(byte(job, 53), FINISHED) then return false end
  local at, last_fire, updated = unstruct('>i8', job, 33), unstruct('>i8', job, 41),
    unstruct('>i8', job, 54)
  if sub(job, 33, 40) == NONE then at = math.max(last_fire, updated) end
  return at + tonumber(ttl) <= now
end
