-- Moves delayed runs whose time has come to their ready lists: a section of turn.
-- Reads: `promotes`, their number; `leads`; ARGV in pairs of columns from PROMOTES on: member of
--   `delayed`, list (of KEYS); runs as stored, behind those of finishes and fires.
-- Leaves: what is to be written in the book and in not_delayed.
local not_delayed = {}
if leads and promotes > 0 then
  local scores = redis.call('ZMSCORE', DELAYED, unpack(ARGV, PROMOTES + 1, PROMOTES + promotes))
  for i = 1, promotes do
    if scores[i] and tonumber(scores[i]) <= now then
      local id, run = ARGV[IDS + finishes + fires + i], runs[finishes + fires + i]
      if fresh[id] ~= nil then run = fresh[id] end
      not_delayed[#not_delayed + 1] = ARGV[PROMOTES + i]
      -- One that is not pending was cancelled meanwhile.
      if run and sub(run, 1, 1) == char(PENDING) then
        ready(tonumber(ARGV[PROMOTES + promotes + i]), id, back)
      end
    end
  end
end
