-- Takes runs from ready lists: the last section of turn, which sees what the others wrote, since a
-- take may be of a run that this very call readied.
-- Reads: `takes`, their number; ARGV in threes from TAKES on: list (of KEYS), most, owner c16.
-- Leaves: taken, for each attempt: take B, run c16, 1 and the job's etag or 0, the run I4+bytes.
local taken, taken_count = {}, 0
for take = 1, takes do
  local list, most, owner = unpack(ARGV, TAKES + take * 3 - 2, TAKES + take * 3)
  list, most = tonumber(list), tonumber(most)
  while most > 0 do
    local wanted = list <= NODE_LAST and math.min(most, free) or most
    local ids = wanted > 0 and call('LPOP', KEYS[list], wanted)
    if not ids then break end
    most = most - #ids
    local found = call('HMGET', WAITING, unpack(ids))
    local names, started, attempted = {}, {}, {}
    for p = 1, #ids do
      local id, run = ids[p], found[p]
      -- What does not wait was a hint that is no longer true.
      if run and #run >= 66 and not started[id] then
        started[id] = true
        local attempt = pack('>I4', unstruct('>I4', run) + 1)
        run = attempt .. sub(run, 5, 8) .. at_now .. sub(run, 17)
        names[#names + 1] = unstruct('>I2c0', run, 49)
        attempted[#attempted + 1] = id
        attempted[#attempted + 1] = owner .. run
        note_run('\17', attempt, id, sub(run, 41, 50 + #names[#names]))
      end
    end
    if #names > 0 then
      call('HSET', ATTEMPTS, unpack(attempted))
      call('HDEL', WAITING, unpack(ids))
      local defined = call('HMGET', JOBS, unpack(names))
      for p = 1, #names do
        local run, job, length = sub(attempted[2 * p], 17), defined[p], #names[p]
        local same = job and sub(job, 9, 24) == sub(run, 51 + length, 66 + length)
        taken_count = taken_count + 1
        taken[taken_count] = char(take) .. attempted[2 * p - 1]
          .. (same and '\1' .. sub(job, 1, 8) or '\0') .. pack('>I4', #run) .. run
      end
      if list <= NODE_LAST then free = free - #names end
    end
  end
  if list > NODE_LAST and call('EXISTS', KEYS[list]) == 0 then call('SREM', QUEUES, KEYS[list]) end
end
