-- What this call is going to write, gathered while it decides. Nothing is written before all is
-- decided, so that neither a refusal nor a record that cannot be read tears a call in two.
local waits, held, holds = {}, {}, 0  -- field, value, ... of `waiting` and of `attempts`
local freed, frees = {}, 0            -- fields of `attempts`
local unwaits, gone = {}, {}          -- fields of `waiting`, and whether one is among them
local delayed = {}                    -- score, member, ...
local history, histories = {}, 0      -- key, entry, keep, ...

local function remember(key, keep, entry)
  history[histories + 1] = key
  history[histories + 2] = entry
  history[histories + 3] = keep
  histories = histories + 3
end
