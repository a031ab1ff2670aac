-- The unfinished runs of jobs: `active[uid]` is the stored value, or false where there are none.
-- Changed here, written by `write_active`, which is given the uids and what was read of them.
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
  local value = active[uid]
  if value == '\0\1' .. id then -- alone, as most are
    active[uid] = false
    return false
  end
  local readied, ids = split_active(uid)
  local at = find_id(ids, id)
  if not at then return false end
  if (at - 1) / 16 < readied then readied = readied - 1 end
  settle(uid, readied, sub(ids, 1, at - 1) .. sub(ids, at + 16), most, list)
  return #ids == CATCH_UP * 16
end

local function write_active(from, was)
  local set, sets, unset, unsets = {}, 0, {}, 0
  for i = 1, #was do
    local uid = ARGV[from + i]
    local value = active[uid]
    if value ~= was[i] then
      if value then
        set[sets + 1] = uid
        set[sets + 2] = value
        sets = sets + 2
      else
        unsets = unsets + 1
        unset[unsets] = uid
      end
    end
  end
  if sets > 0 then call('HSET', ACTIVE, unpack(set)) end
  if unsets > 0 then call('HDEL', ACTIVE, unpack(unset)) end
end
