-- Takes runs from ready lists: the last section of turn, which sees what the others wrote.
-- Reads: `takes`, their number; ARGV in threes from TAKES on: list (of KEYS), most, owner c16.
-- Leaves: taken, for each attempt: take B, run c16, 1 and the job's etag or 0, the run I4+bytes.
local taken, taken_count = {}, 0

local function lease_taken(take, owner, ids, found)
  local names, started, attempted = {}, {}, {}
  for p = 1, #ids do
    local id, run = ids[p], found[p]
    -- What does not wait was a hint that is no longer true.
    if run and #run >= 66 and not started[id] then
      started[id] = true
      local attempt = unstruct('>I4', run) + 1
      run = pack('>I4', attempt) .. sub(run, 5, 8) .. at_now .. sub(run, 17)
      names[#names + 1] = unstruct('>I2c0', run, 49)
      attempted[#attempted + 1] = id
      attempted[#attempted + 1] = owner .. run
      started[#names] = run
      note_run('\17', pack('>I4', attempt), id, sub(run, 41, 50 + #names[#names]))
    end
  end
  if #names == 0 then return 0 end
  call('HSET', ATTEMPTS, unpack(attempted))
  call('HDEL', WAITING, unpack(ids))
  local defined = call('HMGET', JOBS, unpack(names))
  for p = 1, #names do
    local run, job = started[p], defined[p]
    local uid = sub(run, 51 + #names[p], 66 + #names[p])
    local etag = job and sub(job, 9, 24) == uid and '\1' .. sub(job, 1, 8) or '\0'
    taken[taken_count + p] = char(take) .. attempted[2 * p - 1] .. etag .. pack('>I4', #run) .. run
  end
  taken_count = taken_count + #names
  return #names
end

for take = 1, takes do
  local list, most, owner = unpack(ARGV, TAKES + take * 3 - 2, TAKES + take * 3)
  list, most = tonumber(list), tonumber(most)
  while most > 0 do
    local wanted = list <= NODE_LAST and math.min(most, free) or most
    local ids = wanted > 0 and call('LPOP', KEYS[list], wanted)
    if not ids then break end
    local leased = lease_taken(take, owner, ids, call('HMGET', WAITING, unpack(ids)))
    most = most - #ids
    if list <= NODE_LAST then free = free - leased end
  end
end
