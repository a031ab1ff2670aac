-- Writes what became of `active` for the uids of ARGV from UIDS on, of which `was_active` was read.
local set, sets, unset, unsets = {}, 0, {}, 0
for i = 1, #was_active do
  local uid = ARGV[UIDS + i]
  local value = active[uid]
  if value ~= was_active[i] then
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
