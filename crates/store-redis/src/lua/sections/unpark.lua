-- Puts jobs back into `due` that stand in `parked` and are paused no longer: a section of peek.
-- Members of `parked` have the score 0, so those of a namespace lie beside each other, and what is
-- between the paused namespaces is found without looking at these.
-- Leaves: more_parked, whether there are more than one call puts back.
local PARKED = KEYS[13]
local paused, pauses_version, parked =
  unpack(call('HMGET', LEASE, 'paused', 'pauses_version', 'parked'), 1, 3)
local more_parked = false

-- Up to `left` members from `from` to `to`. How many they were.
local function put_back(from, to, left)
  local names = call('ZRANGEBYLEX', PARKED, from, to, 'LIMIT', 0, left)
  if #names == 0 then return 0 end
  local jobs, points = call('HMGET', JOBS, unpack(names)), {}
  for p = 1, #names do
    local job = jobs[p]
    if job and byte(job, 53) % 4 == 0 and sub(job, 25, 32) ~= NONE then
      points[#points + 1] = unstruct('>i8', job, 33)
      points[#points + 1] = names[p]
    end
  end
  call('ZREM', PARKED, unpack(names))
  if #points > 0 then call('ZADD', DUE, unpack(points)) end
  return #names
end

if parked and not (paused and string.find(paused, ' - ', 1, true)) then
  call('HDEL', LEASE, '')
  local left, from = most, '-'
  for namespace in string.gmatch(paused or '', '%S+') do
    if left > 0 then left = left - put_back(from, '(' .. namespace .. '/', left) end
    from = '[' .. namespace .. '0'
  end
  if left > 0 then left = left - put_back(from, '+', left) end
  more_parked = left == 0
  if not more_parked and call('ZCARD', PARKED) == 0 then call('HDEL', LEASE, 'parked') end
end
