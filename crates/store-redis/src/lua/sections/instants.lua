-- When the leader has something to do: it is woken (log.lua) when that is earlier than before, and
-- when a catch-up that was put off may go on.
local wake_leader = false

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
