-- Writes what a turn decided, before it takes: a take may be of a run that this call readied.
write_book(#new_jobs > 0)
write_active(UIDS, was_active)
if #new_jobs > 0 then call('HSET', JOBS, unpack(new_jobs)) end
if dues > 0 then call('ZADD', DUE, unpack(new_due)) end
if #not_due > 0 then call('ZREM', DUE, unpack(not_due)) end
if #not_delayed > 0 then call('ZREM', DELAYED, unpack(not_delayed)) end
