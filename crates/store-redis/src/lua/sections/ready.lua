-- Ready lists: runs that may start, as hints for takers. Lists are named by their place in KEYS;
-- those of the nodes' own lane are 10 to 12, 13 is the set of the workers' lists that are not empty,
-- which are named behind it. Pushes are gathered and made by write_book.lua; a list that was empty
-- before wakes the takers (log.lua).
local NODE_FIRST, NODE_LAST, QUEUES = 10, 12, KEYS[13]
local direct = false -- whether nothing waits in the nodes' lane, so a claim may lease at once
local back, front, woken, woken_queues = {}, {}, {}, {}

local function ready(list, id, lists)
  local ids = lists[list]
  if ids then ids[#ids + 1] = id else lists[list] = { id } end
  if list <= NODE_LAST then direct = false end
end

-- A list stopped being empty.
local function wake(list)
  local lists = list <= NODE_LAST and woken or woken_queues
  lists[#lists + 1] = KEYS[list]
end
