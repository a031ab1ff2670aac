-- acquire: takes a partition's lease where it is free, expired, or expires further away than a
-- lease can last (a clock that jumped back).
-- KEYS: 1 lease, 2 events.
-- ARGV: 1 owner c16, 2 ttl in ms, 3 floor of the epoch.
-- Reply: 1 or 0 (another leads), epoch, owner c16 or '', expires, now, who wants it c16 or '';
--   numbers as text.
-- Cost: about 8 us. Begins with a write that frees, so that it passes when memory is short.
local owner, ttl = ARGV[1], tonumber(ARGV[2])
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner', 'expires_ms', 'want')
local epoch, expires = tonumber(lease[1] or 0), tonumber(lease[3] or 0)
local held = lease[2] and lease[2] ~= '' and lease[2] ~= owner
local function text(number) return string.format('%.0f', number) end
if held and expires > now and expires <= now + ttl then
  return { 0, text(epoch), lease[2], text(expires), text(now), lease[4] or '' }
end
epoch, expires = math.max(epoch + 1, now, tonumber(ARGV[3]) + 1), now + ttl
redis.call('HDEL', KEYS[1], 'want')
redis.call('HSET', KEYS[1], 'epoch', text(epoch), 'owner', owner, 'expires_ms', text(expires))
-- Other scripts bound the log by its bytes (log.lua); this is for one that holds nothing else.
redis.call('XADD', KEYS[2], 'MAXLEN', '~', 100000, '*', 'e',
  struct.pack('>i8B', now, 14) .. owner .. struct.pack('>I8', epoch))
return { 1, text(epoch), owner, text(expires), text(now), '' }
