-- The layouts of stored values as scripts splice them; codec/ is their twin. All big-endian.
--
-- job      1 etag c8 | 9 uid c16 | 25 next_fire i8 | 33 its start_after i8, or since when
--          it is paused or finished | 41 last_fire i8 | 49 fires I4 | 53 flags B | 54 updated i8 | 62 failures in a row I4
--          | 66 reason of a pause
-- run      1 attempt I4 | 5 lost I4 | 9 started i8 | 17 claimed i8 | 25 epoch I8 | 33 timeout_ms I8
--          | 41 fire_time i8 | 49 job I2+text | uid c16 | body
-- waiting  a run
-- attempt  1 owner c16 | 17 a run
-- history  1 keep I2 | 3 id c16 | 19 state B | 20 ended i8 | 28 a run without `job` and `uid`
-- cancels  1 \0 and the report for a run whose holder does not end it, or \1 and fire_time i8 and job
--          I2+text of one that the leader has ended (cancels.lua)
-- active   1 how many of them have been readied I2 | 3 run ids c16, in order of admission
--
-- Only what scripts read is here: of a string, Lua hashes every byte whenever one passes by. Hence
-- definitions have a hash of their own, however small they are.
--
-- An unfinished run is in `waiting` or in `attempts`, never in both: where it lies is its state.
-- Of a job's active runs, those readied are always the first: a place that becomes free goes to the
-- next in line.
local sub, char, byte, pack, unstruct =
  string.sub, string.char, string.byte, struct.pack, struct.unpack
local NONE = pack('>i8', -2 ^ 53)
local NEXT = pack('>i8', 1 - 2 ^ 53) -- where NONE may stand as `started`: it waits to replace (replace.lua)
local PAUSED, FINISHED, CATCHING_UP = 1, 2, 4
local PENDING, RUNNING, SUCCEEDED, CANCELLED, LOST, MISSED, SKIPPED = 1, 2, 3, 5, 7, 8, 9
local function has(flags, bit) return flags % (2 * bit) >= bit end
local at_now = pack('>i8', now)
