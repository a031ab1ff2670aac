-- Removes a job and all that is kept of it, its unfinished runs excepted: a section of delete and
-- sweep, whose KEYS 10 to 13 are the definitions, the names and the job's histories.
local function remove_job(name, job)
  call('HDEL', JOBS, name)
  call('ZREM', DUE, name)
  call('HDEL', KEYS[10], name)
  call('ZREM', KEYS[11], name)
  call('UNLINK', KEYS[12], KEYS[13])
  note_write(3, name, sub(job, 9, 24), sub(job, 1, 8), '')
end
