-- The page of a peek that begins at the rank `from`, and the reply.
local page = redis.call('ZRANGE', DUE, from, from + most, 'WITHSCORES') -- one more than is asked for
local names, starts, next_due = {}, {}, NONE
for p = 1, #page, 2 do
  local start = tonumber(page[p + 1])
  if start > now or #names == most then
    next_due = pack('>i8', start)
    break
  end
  names[#names + 1], starts[#starts + 1] = page[p], start
end

local found, due = 0, {}
local jobs = #names > 0 and redis.call('HMGET', JOBS, unpack(names)) or {}
for p = 1, #names do
  local job = jobs[p]
  if job and string.byte(job, 45) % 4 == 0 and sub(job, 25, 32) ~= NONE then
    found = found + 1
    due[found] = pack('>i8I2', starts[p], #names[p]) .. names[p] .. sub(job, 1, 45)
  else
    redis.call('ZREM', DUE, names[p])
  end
end

local waiting = redis.call('ZRANGE', DELAYED, 0, most, 'WITHSCORES')
local come, next_delayed = {}, NONE
for p = 1, #waiting, 2 do
  local start = tonumber(waiting[p + 1])
  if start > now or #come == most then
    next_delayed = pack('>i8', start)
    break
  end
  come[#come + 1] = pack('>I2', #waiting[p]) .. waiting[p]
end

local count = 0
for list = 11, 13 do count = count + redis.call('LLEN', KEYS[list]) end
return at_now .. pack('>I8', count) .. next_due .. next_delayed
  .. pack('>I2', found) .. table.concat(due) .. pack('>I2', #come) .. table.concat(come)
