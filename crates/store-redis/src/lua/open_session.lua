-- open_session: opens a worker's session, or resumes it at another stream, whose number it gives.
-- Record: version B | 2 host c16 | 18 stream I8 | 26 beat I8 | 34 last seen i8 | 42 namespace I2+text,
--   worker I2+text.
-- KEYS: 1 workers.
-- ARGV: 1 session c16, 2 host c16, 3 namespace I2+text, 4 worker I2+text, 5 '1' where the session must
--   be there.
-- Reply: the stream's number, 0 where there is no such session in the namespace.
-- Cost: about 5 us.
local session, namespace = ARGV[1], ARGV[3]
local known, stream = redis.call('HGET', KEYS[1], session), 1
if known and string.sub(known, 42, 41 + #namespace) == namespace then
  stream = struct.unpack('>I8', known, 18) + 1
elseif ARGV[5] == '1' then
  return 0
end
local front = struct.pack('>Bc16I8I8i8', 1, ARGV[2], stream, 0, now)
redis.call('HSET', KEYS[1], session, front .. namespace .. ARGV[4])
return stream
