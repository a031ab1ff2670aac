-- What this call is going to write, gathered while it decides. Nothing is written before all is
-- decided, so that neither a refusal nor a record that cannot be read tears a call in two.
local put, held = {}, {}     -- field, value, ... of runs and of attempts
local gone, freed = {}, {}   -- fields of runs and of attempts
local delayed = {}           -- score, member, ...
local history = {}           -- key, entry, keep, ...
local HISTORY_SLACK = 10     -- a list is trimmed when it is longer by this; readers cut by `keep`

local function remember(key, keep, id, run)
  local n = #history
  history[n + 1], history[n + 2], history[n + 3] = key, pack('>I2', keep) .. id .. run, keep
end

local function write_history()
  for i = 1, #history, 3 do
    local key, keep = history[i], history[i + 2]
    if keep == 0 then
      redis.call('UNLINK', key)
    elseif redis.call('LPUSH', key, history[i + 1]) > keep + HISTORY_SLACK then
      redis.call('LTRIM', key, 0, keep - 1)
    end
  end
end

-- Under noeviction the first write decides: one that takes memory may be refused, and nothing was
-- written; after one that frees, all the others pass. Only what admits runs (`grows`) may be
-- refused; giving back and recording always goes through.
local function write_book(grows)
  if not grows then redis.call('HDEL', LANES, '') end
  if #put > 0 then redis.call('HSET', RUNS, unpack(put)) end
  if #held > 0 then redis.call('HSET', ATTEMPTS, unpack(held)) end
  if #gone > 0 then redis.call('HDEL', RUNS, unpack(gone)) end
  if #freed > 0 then redis.call('HDEL', ATTEMPTS, unpack(freed)) end
  if #delayed > 0 then add_instants(DELAYED, delayed) end
  write_history()
  push_ready()
end
