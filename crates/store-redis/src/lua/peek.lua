-- peek: what is due in a partition, and when to look again. Writes only where an entry of `due` is
-- not what its job says, which it puts right: nothing else would, and it would be found again and
-- again; and where scheduling is, or was, paused for a job that is due (unpark.lua).
-- KEYS: 1-9 keys.lua, 10-12 the nodes' ready lists, 13 parked.
-- ARGV: 1 channel, 2 partition, 3 how many, 4 after this start_after ('' from the start), 5 and job.
-- Reply: {now i8, version of what is paused I8, ready I8, next due i8, next delayed i8} as one text, the names of the due jobs,
--   the jobs (nil: it was put right), the members of `delayed` whose time has come.
-- Cost: about 10 us and 0.5 us for each due entry; 15 us more behind a cursor.
local most, after = tonumber(ARGV[3]), ARGV[5]

-- Not `<`: that goes by the server's locale, and the order of a ZSET is that of bytes.
local function precedes(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x < y end
  end
  return #a < #b
end
