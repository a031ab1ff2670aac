-- Decides what becomes of the run that cancel.lua found.
local run
if waiting then
  local job = call('HGET', JOBS, name)
  local alive = job and sub(job, 9, 24) == uid
  active[uid] = call('HGET', ACTIVE, uid)
  if leave(uid, id, tonumber(ARGV[7]), LIST) and alive and has(byte(job, 53), CATCHING_UP) then
    wake_leader = true
  end
  end_waiting(CANCELLED, id, waiting, name, alive and HISTORY, tonumber(ARGV[8]), report)
  run = char(CANCELLED) .. at_now .. waiting .. report
  call('ZREM', DELAYED, ARGV[11])
  if active[uid] then call('HSET', ACTIVE, uid, active[uid]) else call('HDEL', ACTIVE, uid) end
else
  ask(id, report, tonumber(ARGV[10]))
  run = char(RUNNING) .. NONE .. sub(attempt, 17)
end
keep_reply(REQUEST, ARGV[12] .. id .. run)
local grows, outcome = false, DONE .. id .. run
