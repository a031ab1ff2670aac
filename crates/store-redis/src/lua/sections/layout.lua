-- The layouts of stored values as scripts splice them; codec/ is their twin. All big-endian.
--
-- job      1 etag c8 | 9 uid c16 | 25 next_fire i8 | 33 last_fire i8 | 41 fires I4 | 45 flags B
--          | 46 updated i8 | 54 reason I2+text | definition, unless it has a key of its own
-- run      1 state B | 2 ended i8 | 10 attempt I4 | 14 lost I4 | 18 started i8 | 26 claimed i8
--          | 34 epoch I8 | 42 timeout_ms I8 | 50 fire_time i8 | 58 job I2+text | uid c16 | body
-- history  1 keep I2 | 3 id c16 | a run without `job` and `uid`
-- attempt  1 owner c16 | 17 attempt I4 | 21 leased i8 | 29 deadline i8
-- active   1 how many of them have been readied I2 | 3 run ids c16, in order of admission
--
-- Those readied are always the first ones: a place that becomes free goes to the next in line.
local sub, char, pack, unstruct = string.sub, string.char, struct.pack, struct.unpack
local NONE = pack('>i8', -2 ^ 53)
local PAUSED, FINISHED, CATCHING_UP, OUTSIDE = 1, 2, 4, 8
local PENDING, RUNNING, CANCELLED, LOST, MISSED, SKIPPED = 1, 2, 5, 7, 8, 9
local function has(flags, bit) return flags % (2 * bit) >= bit end
local at_now = pack('>i8', now)
