-- sweep: removes a job that has been finished for long, as the partition's leader.
-- KEYS: 1-9 keys.lua, 10 definitions, 11 names, 12 and 13 the histories.
-- ARGV: 1 channel, 2 partition, 3 epoch, 4 owner c16, 5 job, 6 expected etag c8 and uid c16, 7 how
--   long in ms.
-- Reply: R removed, K kept (changed meanwhile, or a run goes on), L (the lease is another's).
-- Cost: about 12 us. Its first write frees memory.
local lease = call('HMGET', LEASE, 'epoch', 'owner')
if lease[1] ~= ARGV[3] or lease[2] ~= ARGV[4] then return 'L' end
local name = ARGV[5]
local job = call('HGET', JOBS, name)
if not job or sub(job, 1, 24) ~= ARGV[6] or not is_finished_for(job, ARGV[7]) then return 'K' end
local uid = sub(job, 9, 24)
active[uid] = call('HGET', ACTIVE, uid)
local _, ids = split_active(uid)
for p = 1, #ids, 16 do
  local id = sub(ids, p, p + 15)
  if call('HEXISTS', WAITING, id) + call('HEXISTS', ATTEMPTS, id) > 0 then return 'K' end
end
remove_job(name, job)
-- What is left were places of runs that are gone.
call('HDEL', ACTIVE, uid)
local outcome = 'R'
