-- read_jobs: jobs by name, and the reply to a request, all of one instant. A script and no MULTI:
-- Redis refuses to queue even reads while its memory is used up.
-- KEYS: 1 jobs, 2 definitions, 3 the request (may be absent).
-- ARGV: the jobs' names.
-- Reply: now, what `jobs` and what `definitions` hold of each, the first reply or nil.
-- Cost: about 3 us and 0.5 us a job.
return {
  string.format('%.0f', now),
  redis.call('HMGET', KEYS[1], unpack(ARGV)),
  redis.call('HMGET', KEYS[2], unpack(ARGV)),
  KEYS[3] and redis.call('GET', KEYS[3]) or false,
}
