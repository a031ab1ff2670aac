-- What a run at the limit does under REPLACE: for claims, and for runs that clients ask for.
-- A run that has to wait for the one it replaces is marked (NEXT), so that the next one drops it
-- and not the runs of a catch-up, which wait as well.
local as_next = '\0\0\0\0\0\0\0\0' .. NEXT .. at_now .. epoch8

-- Drops the marked run, and cancels the oldest one where nobody else stands between it and the run
-- to come. Whether one was dropped.
local function replace(uid, job, instances, list, key, keep, grace, report)
  local readied, ids = split_active(uid)
  readied = settle(uid, readied, ids, instances, list)
  local dropped = false
  if #ids > readied * 16 then
    local last = sub(ids, -16)
    local _, run = unfinished(last)
    if run and sub(run, 9, 16) == NEXT then
      end_waiting(SKIPPED, last, run, job, key, keep, report)
      ids, dropped = sub(ids, 1, -17), true
    end
  end
  if #ids == readied * 16 and readied > 0 then
    local oldest = sub(ids, 1, 16)
    local where, run = unfinished(oldest)
    if where == 'W' and run then
      end_waiting(CANCELLED, oldest, run, job, key, keep, report)
      ids, readied = sub(ids, 17), readied - 1
    else
      ask(oldest, report, grace)
    end
  end
  active[uid] = #ids > 0 and pack('>I2', readied) .. ids
  return dropped
end
