-- Hints of this call, sent at its end.
local wake_leader = false -- a catch-up may go on, or there is something to do earlier than before

-- The earliest instant at which the leader has something to do.
local function earliest()
  local due = call('ZRANGE', DUE, 0, 0, 'WITHSCORES')[2]
  local delayed = call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')[2]
  return math.min(tonumber(due) or math.huge, tonumber(delayed) or math.huge)
end

local function add_instants(key, scores_and_members)
  local before = earliest()
  call('ZADD', key, unpack(scores_and_members))
  if earliest() < before then wake_leader = true end
end

-- Lists that this call took empty again wake nobody.
local function hint()
  if #woken > 0 and call('EXISTS', unpack(woken)) > 0 then
    call('PUBLISH', CHANNEL, 'ready ' .. PARTITION)
  end
  if wake_leader then call('PUBLISH', CHANNEL, 'due ' .. PARTITION) end
end
