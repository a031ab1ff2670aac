-- Ready lists: runs that may start, as hints for takers. Lists are named by their place in KEYS;
-- those of the nodes' own lane are 10 to 12. Pushes are gathered and made by write_book.lua; a list
-- that was empty before wakes the takers (log.lua).
local NODE_FIRST, NODE_LAST = 10, 12
local direct = false -- whether nothing waits in the nodes' lane, so a claim may lease at once
local back, front, woken = {}, {}, {}

local function ready(list, id, lists)
  local ids = lists[list]
  if ids then ids[#ids + 1] = id else lists[list] = { id } end
  if list <= NODE_LAST then direct = false end
end
