-- close_session: removes a worker's session, if it is still at this stream.
-- KEYS: 1 workers.
-- ARGV: 1 session c16, 2 stream I8.
-- Reply: nothing.
-- Cost: about 3 us. Its write frees.
local record = redis.call('HGET', KEYS[1], ARGV[1])
if record and string.sub(record, 18, 25) == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1]) end
