-- Replies kept for an hour, so that a request that is repeated gets the first one again.
local REPLY_MS = 3600000
local DONE, CHANGED, REPEATED = 'D', 'C', 'R'

local function first_reply(key)
  return key and call('GET', key)
end

local function keep_reply(key, reply)
  if key then call('SET', key, reply, 'PX', REPLY_MS) end
end
