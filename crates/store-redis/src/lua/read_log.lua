-- read_log: the entries of a log behind a cursor. What is dropped is always the oldest, so nothing
-- behind the cursor was as long as its own entry is there.
-- KEYS: 1 the log.
-- ARGV: 1 id of the cursor's entry, 2 how many.
-- Reply: nil where entries behind the cursor were dropped, else ids and fields.
-- Cost: about 3 us and 1 us an entry.
local after, most = ARGV[1], tonumber(ARGV[2])
local entries = redis.call('XRANGE', KEYS[1], after, '+', 'COUNT', most + 1)
if after ~= '0-0' then
  if not entries[1] or entries[1][1] ~= after then return false end
  table.remove(entries, 1)
  return entries
end
-- Before the first entry there is none to look for. The server counts what was ever added, from
-- Redis 7.0 on.
if #entries > 0 then
  local info, added = redis.call('XINFO', 'STREAM', KEYS[1]), nil
  for i = 1, #info, 2 do
    if info[i] == 'entries-added' then added = info[i + 1] end
  end
  if added and added > redis.call('XLEN', KEYS[1]) then return false end
end
entries[most + 1] = nil
return entries
