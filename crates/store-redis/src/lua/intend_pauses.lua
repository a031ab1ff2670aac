-- intend_pauses: stores what is meant to be paused.
-- KEYS: 1 meta, 2 the cluster's log, 3 the request (may be absent).
-- ARGV: 1 the version that must be stored now, 2 the new one, 3 record, 4 the reply to keep; of the
--   entry of the log 5 kind, 6 namespace, 7 reason.
-- Reply: D done, C changed, R and the first reply.
-- Cost: about 6 us. Begins with a write that frees.
local first = first_reply(KEYS[3])
if first then return REPEATED .. first end
if (call('HGET', KEYS[1], 'pauses_version') or '0') ~= ARGV[1] then return CHANGED end
call('HDEL', KEYS[1], '')
call('HSET', KEYS[1], 'pauses_version', ARGV[2], 'pauses', ARGV[3])
keep_reply(KEYS[3], ARGV[4])
note_cluster(KEYS[2], tonumber(ARGV[5]), struct.pack('>I2', #ARGV[6]) .. ARGV[6], ARGV[7])
return DONE
