-- Whether scheduling is paused for a job. `paused` is what the lease says of it: nothing, or between
-- blanks `-` for the cluster and the names of namespaces, in the order of the names of their jobs.
local function is_paused(paused, name)
  if not paused then return false end
  return string.find(paused, ' - ', 1, true)
    or string.find(paused, ' ' .. string.match(name, '^[^/]*') .. ' ', 1, true)
end
