-- roster: reads the records of all nodes.
-- KEYS: 1 nodes.
-- ARGV: nothing.
-- Reply: the name of this run of the server, and the records.
-- Cost: about 3 us and 0.1 us a node, and what the server takes to tell its name.
return { server_run(), redis.call('HVALS', KEYS[1]) }
