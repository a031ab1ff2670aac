-- Writes what a turn decided, before it takes: a take may be of a run that this call readied.
write_book(#new_jobs > 0)
write_active(ARGV, UIDS, was_active)
if #new_jobs > 0 then redis.call('HSET', JOBS, unpack(new_jobs)) end
if #new_due > 0 then redis.call('ZADD', DUE, unpack(new_due)) end
if #not_due > 0 then redis.call('ZREM', DUE, unpack(not_due)) end
if #not_delayed > 0 then redis.call('ZREM', DELAYED, unpack(not_delayed)) end
