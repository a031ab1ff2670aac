-- The unfinished runs of jobs: `active[uid]` is the stored value, or false where there are none.
local active = {}
local CATCH_UP = 100

local function split_active(uid)
  local value = active[uid]
  if not value then return 0, '' end
  return unstruct('>I2', value), sub(value, 3)
end

local function find_id(ids, id)
  local at = string.find(ids, id, 1, true)
  while at and at % 16 ~= 1 do at = string.find(ids, id, at + 1, true) end
  return at
end

-- Readies those that have moved within the first `most`, and keeps the rest in line.
local function settle(uid, readied, ids, most, list)
  local count = #ids / 16
  while readied < most and readied < count do
    ready(list, sub(ids, readied * 16 + 1, readied * 16 + 16), back)
    readied = readied + 1
  end
  active[uid] = count > 0 and pack('>I2', readied) .. ids
  return readied
end

-- Whether a catch-up that was put off has a place again.
local function leave(uid, id, most, list)
  local readied, ids = split_active(uid)
  local at = find_id(ids, id)
  if not at then return false end
  if (at - 1) / 16 < readied then readied = readied - 1 end
  settle(uid, readied, sub(ids, 1, at - 1) .. sub(ids, at + 16), most, list)
  return #ids == CATCH_UP * 16
end
