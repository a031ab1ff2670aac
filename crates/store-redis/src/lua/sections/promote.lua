-- Moves delayed runs whose time has come to their ready lists: a section of turn.
-- Reads: `promotes`, their number; `leads`; columns of ARGV from PROMOTES on: member of `delayed`,
--   run id, list (of KEYS).
-- Leaves: what is to be written in the book and in not_delayed.
local not_delayed = {}
if leads and promotes > 0 then
  local from = PROMOTES + promotes
  local scores = call('ZMSCORE', DELAYED, unpack(ARGV, PROMOTES + 1, from))
  local runs = call('HMGET', WAITING, unpack(ARGV, from + 1, from + promotes))
  for i = 1, promotes do
    if scores[i] and tonumber(scores[i]) <= now then
      not_delayed[#not_delayed + 1] = ARGV[PROMOTES + i]
      -- One that does not wait any more was cancelled meanwhile.
      if runs[i] then ready(tonumber(ARGV[from + promotes + i]), ARGV[from + i], back) end
    end
  end
end
