-- The page of a peek that begins at the rank `from`, and the reply. Scores are asked for only where
-- no job says the same: Redis takes as long to write one down as for all else of an entry.
local due_now = call('ZCOUNT', DUE, '-inf', now)
local to = math.min(from + most, due_now) -- the rank behind the last that is due and asked for
local names = to > from and call('ZRANGE', DUE, from, to - 1) or {}
local jobs = #names > 0 and call('HMGET', JOBS, unpack(names)) or {}
local parks = {}
for p = 1, #names do
  local job = jobs[p]
  if not job or byte(job, 53) % 4 ~= 0 or sub(job, 25, 32) == NONE then
    call('ZREM', DUE, names[p])
    jobs[p] = false
  elseif unstruct('>i8', job, 33) > now then
    call('ZADD', DUE, unstruct('>i8', job, 33), names[p])
    jobs[p] = false
  elseif is_paused(paused, names[p]) then
    parks[#parks + 1] = names[p]
    jobs[p] = false
  end
end
if #parks > 0 then
  local members = {}
  for p = 1, #parks do
    members[2 * p - 1] = 0
    members[2 * p] = parks[p]
  end
  call('HDEL', LEASE, '') -- frees, so that the others pass when memory is short
  call('ZADD', PARKED, unpack(members))
  call('ZREM', DUE, unpack(parks))
  call('HSET', LEASE, 'parked', 1)
  to = to - #parks
end

local function score_at(key, rank)
  local score = call('ZRANGE', key, rank, rank, 'WITHSCORES')[2]
  return score and pack('>i8', tonumber(score)) or NONE
end

local come = call('ZRANGEBYSCORE', DELAYED, '-inf', now, 'LIMIT', 0, most)
local ready = 0
for list = 10, 12 do ready = ready + call('LLEN', KEYS[list]) end
local head = at_now .. pack('>I8I8', tonumber(pauses_version or 0), ready)
  .. (more_parked and at_now or score_at(DUE, to)) .. score_at(DELAYED, #come)
return { head, names, jobs, come }
