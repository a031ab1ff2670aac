-- What this call is going to write, gathered while it decides. Nothing is written before all is
-- decided, so that neither a refusal nor a record that cannot be read tears a call in two.
local waits, held, holds = {}, {}, 0  -- field, value, ... of `waiting` and of `attempts`
local freed, frees = {}, 0            -- fields of `attempts`
local delayed = {}                    -- score, member, ...
local history, histories = {}, 0      -- key, entry, keep, ...
local HISTORY_SLACK = 10  -- a list is trimmed when it is longer by this; readers cut by `keep`

local function remember(key, keep, entry)
  history[histories + 1] = key
  history[histories + 2] = entry
  history[histories + 3] = keep
  histories = histories + 3
end

local function write_history()
  for i = 1, histories, 3 do
    local key, keep = history[i], history[i + 2]
    if keep == 0 then
      call('UNLINK', key)
    elseif call('LPUSH', key, history[i + 1]) > keep + HISTORY_SLACK then
      call('LTRIM', key, 0, keep - 1)
    end
  end
end

-- Under noeviction the first write decides: one that takes memory may be refused, and nothing was
-- written; after one that frees, all the others pass. Only what admits runs (`grows`) may be
-- refused; giving back and recording always goes through.
local function write_book(grows)
  if not grows and frees == 0 then call('HDEL', LANES, '') end
  if grows and holds > 0 then call('HSET', ATTEMPTS, unpack(held)) end
  if grows and #waits > 0 then call('HSET', WAITING, unpack(waits)) end
  if frees > 0 then call('HDEL', ATTEMPTS, unpack(freed)) end
  if not grows and #waits > 0 then call('HSET', WAITING, unpack(waits)) end
  if #delayed > 0 then add_instants(DELAYED, delayed) end
  write_history()
  push_ready()
end
