-- Takes runs from ready lists: the last section of turn, which sees what the others wrote.
-- Reads: `takes`, their number; ARGV in threes from TAKES on: list (of KEYS), most, owner c16.
-- Leaves: taken, for each attempt: take B, run c16, 1 and the job's etag or 0, length I4, the run.
local taken, taken_count = {}, 0

local function lease_taken(take, owner, ids, found)
  local names, new_runs, new_attempts, twice = {}, {}, {}, {}
  for p = 1, #ids do
    local id, run = ids[p], found[p]
    -- What is not pending was a hint that is no longer true.
    if run and #run >= 76 and sub(run, 1, 1) == char(PENDING) and not twice[id] then
      twice[id] = true
      local attempt, lost = unstruct('>I4I4', run, 10)
      local timeout = unstruct('>I8', run, 42)
      local new = char(RUNNING) .. NONE .. pack('>I4I4i8', attempt + 1, lost, now) .. sub(run, 26)
      local n = #new_runs
      new_runs[n + 1], new_runs[n + 2] = id, new
      new_attempts[n + 1] = id
      new_attempts[n + 2] = owner .. pack('>I4i8i8', attempt + 1, now, now + timeout)
      names[#names + 1] = unstruct('>I2c0', run, 58)
      note_run('\17', pack('>I4', attempt + 1), id, sub(run, 50, 59 + #names[#names]))
    end
  end
  if #names == 0 then return 0 end
  redis.call('HSET', RUNS, unpack(new_runs))
  redis.call('HSET', ATTEMPTS, unpack(new_attempts))
  local defined = redis.call('HMGET', JOBS, unpack(names))
  for p = 1, #names do
    local id, run, job = new_runs[2 * p - 1], new_runs[2 * p], defined[p]
    local uid = sub(run, 60 + #names[p], 75 + #names[p])
    local etag = job and sub(job, 9, 24) == uid and '\1' .. sub(job, 1, 8) or '\0'
    taken_count = taken_count + 1
    taken[taken_count] = char(take) .. id .. etag .. pack('>I4', #run) .. run
  end
  return #names
end

for take = 1, takes do
  local list, most, owner = unpack(ARGV, TAKES + take * 3 - 2, TAKES + take * 3)
  list, most = tonumber(list), tonumber(most)
  while most > 0 do
    local wanted = list <= NODE_LAST and math.min(most, free) or most
    local ids = wanted > 0 and redis.call('LPOP', KEYS[list], wanted)
    if not ids then break end
    local leased = lease_taken(take, owner, ids, redis.call('HMGET', RUNS, unpack(ids)))
    most = most - #ids
    if list <= NODE_LAST then free = free - leased end
  end
end
