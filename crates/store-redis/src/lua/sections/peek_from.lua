-- Where the page of a peek begins: a section of peek.
-- Leaves: from.
--
-- The rank of the first entry behind the cursor, whose own may be gone or elsewhere by now.
local from = 0
if ARGV[4] ~= '' then
  from = call('ZCOUNT', DUE, '-inf', '(' .. ARGV[4])
  local to = call('ZCOUNT', DUE, '-inf', ARGV[4])
  while from < to do
    local middle = math.floor((from + to) / 2)
    if precedes(after, call('ZRANGE', DUE, middle, middle)[1]) then
      to = middle
    else
      from = middle + 1
    end
  end
end
