-- append: adds an entry to a stream of the operator's, once for a run however often it is asked.
-- KEYS: 1 the stream, 2 the marker of the run, in the same slot.
-- ARGV: 1 for how long the marker is kept, in ms; then fields and values of the entry.
-- Reply: the id of the entry: of the first one, where the run has one already.
-- Cost: about 5 us, and what Redis takes to store the entry.
local known = redis.call('GET', KEYS[2])
if known then
  redis.call('PEXPIRE', KEYS[2], ARGV[1])
  return known
end
-- The entry first: where memory is short, or the key is no stream, it fails and nothing is marked.
local id = redis.call('XADD', KEYS[1], '*', unpack(ARGV, 2))
redis.call('SET', KEYS[2], id, 'PX', ARGV[1])
return id
