-- Writes the book. Under noeviction the first write decides: one that takes memory may be refused,
-- and nothing was written; after one that frees, all the others pass. Only what admits runs
-- (`grows`) may be refused; giving back and recording always goes through.
local HISTORY_SLACK = 10  -- a list is trimmed when it is longer by this; readers cut by `keep`
if not grows and frees == 0 then call('HDEL', LANES, '') end
if grows and holds > 0 then call('HSET', ATTEMPTS, unpack(held)) end
if grows and #waits > 0 then call('HSET', WAITING, unpack(waits)) end
if frees > 0 then call('HDEL', ATTEMPTS, unpack(freed)) end
if not grows and #waits > 0 then call('HSET', WAITING, unpack(waits)) end
if #unwaits > 0 then call('HDEL', WAITING, unpack(unwaits)) end
if #delayed > 0 then add_instants(DELAYED, delayed) end
for i = 1, histories, 3 do
  local key, keep = history[i], history[i + 2]
  if keep == 0 then
    call('UNLINK', key)
  elseif call('LPUSH', key, history[i + 1]) > keep + HISTORY_SLACK then
    call('LTRIM', key, 0, keep - 1)
  end
end
for list, ids in pairs(front) do
  if call('LPUSH', KEYS[list], unpack(ids)) == #ids then wake(list) end
end
for list, ids in pairs(back) do
  if call('RPUSH', KEYS[list], unpack(ids)) == #ids then wake(list) end
end
if #woken_queues > 0 then call('SADD', QUEUES, unpack(woken_queues)) end
