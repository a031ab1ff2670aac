-- The log of the cluster, for scripts on its own keys: what happened to nodes and to scheduling as a
-- whole. An entry: now i8, kind B, then of a node (1 joined, 2 left) boot c16 and its name I2+text,
-- of scheduling (3 paused, 4 resumed) namespace I2+text ('-' the whole cluster) and reason I2+text.
-- It grows slowly and is bounded by its length. To be called behind a write that frees.
local function note_cluster(log, kind, about, text)
  local entry = struct.pack('>i8B', now, kind) .. about .. struct.pack('>I2', #text) .. text
  redis.call('XADD', log, 'MAXLEN', '~', 10000, '*', 'e', entry)
end
