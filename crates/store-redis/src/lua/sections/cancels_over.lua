-- Sees to the cancelling of runs whose time has come: the end of end_cancelled.
-- Reads: `finishes` and what finish.lua left; run ids of ARGV behind EXPECTS.
local LATE_RESULTS_MS, ANOTHER_LOOK_MS = 600000, 1000
local ended_now = {}
for i = 1, finishes do
  local job_length = #ARGV[JOB_NAMES + i]
  if answers[i] == RECORDED then
    ended_now[ARGV[IDS + i]] = sub(attempts[i], 57, 66 + job_length)
  end
end
for i = EXPECTS + 1, #ARGV do
  local id = ARGV[i]
  if call('HEXISTS', CANCELS, id) == 0 then
    call('ZREM', DELAYED, id .. CANCEL_MARK)
  elseif call('HEXISTS', ATTEMPTS, id) == 1 then
    add_instants(DELAYED, { now + ANOTHER_LOOK_MS, id .. CANCEL_MARK })
  elseif ended_now[id] then
    call('HSET', CANCELS, id, '\1' .. ended_now[id])
    add_instants(DELAYED, { now + LATE_RESULTS_MS, id .. CANCEL_MARK })
  else
    call('HDEL', CANCELS, id)
    call('ZREM', DELAYED, id .. CANCEL_MARK)
  end
end
local outcome = table.concat(answers)
