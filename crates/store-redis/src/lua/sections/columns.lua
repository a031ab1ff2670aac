-- The columns of ARGV behind IDS, and what is stored of that which they name: a section of turn
-- and reap. Columns of one kind lie beside each other, so that each hash is read by one command.
local JOB_NAMES = IDS + finishes
local UIDS = JOB_NAMES + finishes + claims
local FINISH_TERMS = UIDS + finishes + claims
local REPORTS, EXPECTS = FINISH_TERMS + finishes, FINISH_TERMS + 2 * finishes
local NEXTS, ADVANCES, CLAIM_TERMS = EXPECTS + claims, EXPECTS + 2 * claims, EXPECTS + 3 * claims
local FIRES = EXPECTS + 4 * claims
local TAILS, PROMOTES = FIRES + fires, FIRES + 2 * fires
local TAKES = PROMOTES + 3 * promotes

local attempts, jobs, was_active = {}, {}, {}
if finishes > 0 then attempts = call('HMGET', ATTEMPTS, unpack(ARGV, IDS + 1, JOB_NAMES)) end
if UIDS > JOB_NAMES then
  jobs = call('HMGET', JOBS, unpack(ARGV, JOB_NAMES + 1, UIDS))
  was_active = call('HMGET', ACTIVE, unpack(ARGV, UIDS + 1, FINISH_TERMS))
  for i = 1, #was_active do active[ARGV[UIDS + i]] = was_active[i] end
end
if claims > 0 then
  direct = call('EXISTS', KEYS[NODE_FIRST], KEYS[NODE_FIRST + 1], KEYS[NODE_LAST]) == 0
end
