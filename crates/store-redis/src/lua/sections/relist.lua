-- Moves the runs of a job that may start, or wait for a retry, to another ready list: a section of
-- change. What stays of them on the old list is a hint; who takes it there gives it back to the new.
-- Reads: `job`; ARGV 21 the new list (of KEYS; '' none), 22 and 23 what follows an id in `delayed`, for
--   the old list and for the new.
-- Leaves: what is to be written in the book.
if ARGV[21] ~= '' then
  local uid = sub(job, 9, 24)
  active[uid] = call('HGET', ACTIVE, uid)
  local readied, ids = split_active(uid)
  for p = 1, readied do
    local id = sub(ids, p * 16 - 15, p * 16)
    local at = call('ZSCORE', DELAYED, id .. ARGV[22])
    if at then
      call('ZREM', DELAYED, id .. ARGV[22])
      delayed[#delayed + 1] = at
      delayed[#delayed + 1] = id .. ARGV[23]
    elseif call('HEXISTS', WAITING, id) == 1 then
      ready(tonumber(ARGV[21]), id, back)
    end
  end
end
