-- The columns of ARGV behind IDS, and what is stored of that which they name: a section of turn
-- and reap. Columns of one kind lie beside each other, so that each hash is read by one command.
local JOB_NAMES = IDS + finishes + fires + promotes
local UIDS = JOB_NAMES + finishes + claims
local HOLDERS = UIDS + finishes + claims
local FINISH_TERMS, REPORTS = HOLDERS + finishes, HOLDERS + 2 * finishes
local EXPECTS = REPORTS + finishes
local STARTS, NEXTS, ADVANCES = EXPECTS + claims, EXPECTS + 2 * claims, EXPECTS + 3 * claims
local CLAIM_TERMS, TAILS = EXPECTS + 4 * claims, EXPECTS + 5 * claims
local PROMOTES = TAILS + fires
local TAKES = PROMOTES + 2 * promotes

local runs, attempts, jobs, scores, was_active = {}, {}, {}, {}, {}
if JOB_NAMES > IDS then runs = redis.call('HMGET', RUNS, unpack(ARGV, IDS + 1, JOB_NAMES)) end
if finishes > 0 then
  attempts = redis.call('HMGET', ATTEMPTS, unpack(ARGV, IDS + 1, IDS + finishes))
end
if UIDS > JOB_NAMES then
  jobs = redis.call('HMGET', JOBS, unpack(ARGV, JOB_NAMES + 1, UIDS))
  was_active = redis.call('HMGET', ACTIVE, unpack(ARGV, UIDS + 1, HOLDERS))
  for i = 1, #was_active do active[ARGV[UIDS + i]] = was_active[i] end
end
if claims > 0 then
  scores = redis.call('ZMSCORE', DUE, unpack(ARGV, JOB_NAMES + finishes + 1, UIDS))
  direct = redis.call('EXISTS', KEYS[NODE_FIRST], KEYS[NODE_FIRST + 1], KEYS[NODE_LAST]) == 0
end
