-- Writes what became of jobs: their headers and their places in `due`.
if #new_jobs > 0 then call('HSET', JOBS, unpack(new_jobs)) end
if dues > 0 then call('ZADD', DUE, unpack(new_due)) end
if #not_due > 0 then call('ZREM', DUE, unpack(not_due)) end
