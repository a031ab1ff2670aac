-- Admits runs, or records why there are none: for claims, and for runs that clients ask for.
-- Reads: `epoch8`, under which they are born. A tail is a run from timeout_ms on.
local NO_ATTEMPT = '\0\0\0\0'
local as_waiting = '\0\0\0\0\0\0\0\0' .. NONE .. at_now .. epoch8

-- The run of that id, if it is unfinished: 'W' or 'A' and its value.
local function unfinished(id)
  if gone[id] then return 'W', nil end
  for i = 1, #waits, 2 do
    if waits[i] == id then return 'W', waits[i + 1] end
  end
  for i = 1, holds, 2 do
    if held[i] == id then return 'A', held[i + 1] end
  end
  local run = call('HGET', WAITING, id)
  if run then return 'W', run end
  return 'A', call('HGET', ATTEMPTS, id)
end

-- Drops ids without a run from the front of the line, so that no ghost holds a place for ever.
-- Only as many as may run are looked at: behind them a ghost is met when it moves up.
local function heal(uid, instances, list)
  local readied, ids = split_active(uid)
  local looked = math.min(#ids / 16, math.max(instances, CATCH_UP))
  local kept, live = {}, 0
  for p = 1, looked do
    local id = sub(ids, p * 16 - 15, p * 16)
    local _, run = unfinished(id)
    if run then kept[#kept + 1] = id end
    if run and p <= readied then live = live + 1 end
  end
  if #kept == looked then return end
  if readied > looked then live = live + readied - looked end
  settle(uid, live, table.concat(kept) .. sub(ids, looked * 16 + 1), instances, list)
end

-- 'admit', 'skip' or 'defer': Admission::judge of the domain.
local function judge_once(uid, places, continues)
  local count = active[uid] and (#active[uid] - 2) / 16 or 0
  if continues then return count >= CATCH_UP and 'defer' or 'admit' end
  return count >= places and 'skip' or 'admit'
end

local function judge(uid, instances, places, continues, list)
  local judged = judge_once(uid, places, continues)
  if judged == 'admit' then return judged end
  heal(uid, instances, list)
  return judge_once(uid, places, continues)
end

local function record(state, id, tail, job, key, keep, report)
  remember(key, keep, pack('>I2', keep) .. id .. char(state) .. at_now .. as_waiting
    .. sub(tail, 1, 16) .. sub(tail, 35 + #job) .. report)
  note_run(EVENT_OF[state], NO_ATTEMPT, id, sub(tail, 9, 18 + #job))
end

-- Puts the run in line. Whether it may start now.
local function enter(uid, id, instances, list)
  if not active[uid] then
    active[uid] = '\0\1' .. id
    return true
  end
  local readied, ids = split_active(uid)
  readied = settle(uid, readied, ids, instances, list)
  local place = #ids / 16
  local starts = place == readied and place < instances
  active[uid] = pack('>I2', starts and readied + 1 or readied) .. ids .. id
  return starts
end
