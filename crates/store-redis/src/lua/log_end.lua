-- log_end: where a log ends. A script, since the command alone would send the last entry along.
-- KEYS: 1 the log.
-- ARGV: none.
-- Reply: the id of its last entry; 0-0 while there is none.
-- Cost: about 2 us.
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
return last and last[1] or '0-0'
