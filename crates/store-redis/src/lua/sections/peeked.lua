-- The page of a peek that begins at the rank `from`, and the reply.
local page = call('ZRANGE', DUE, from, from + most, 'WITHSCORES') -- one more than is asked for
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
local jobs = #names > 0 and call('HMGET', JOBS, unpack(names)) or {}
for p = 1, #names do
  local job, name = jobs[p], names[p]
  if not job or byte(job, 53) % 4 ~= 0 or sub(job, 25, 32) == NONE then
    call('ZREM', DUE, name)
  elseif unstruct('>i8', job, 33) ~= starts[p] then
    call('ZADD', DUE, unstruct('>i8', job, 33), name)
  else
    found = found + 1
    due[found] = pack('>I2', #name) .. name .. sub(job, 1, 53)
  end
end

local waiting = call('ZRANGE', DELAYED, 0, most, 'WITHSCORES')
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
for list = 10, 12 do count = count + call('LLEN', KEYS[list]) end
return at_now .. pack('>I8', count) .. next_due .. next_delayed
  .. pack('>I2', found) .. table.concat(due) .. pack('>I2', #come) .. table.concat(come)
