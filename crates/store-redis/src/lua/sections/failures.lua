-- Failed runs in a row (pause_after_failures), counted by finish.lua in the job that it is about.
-- The rule behind its limit: etag c8 that the paused job gets, timeout_ms I8 of its runs, I2+body of
-- a run without `covers`, I2+report of a run that the pause skips.
local later_jobs, new_jobs, new_due, dues, not_due = {}, {}, {}, 0, {} -- of jobs, here and in claims
local IS_FAILURE = { [4] = true, [6] = true, [7] = true } -- failed, timed out, lost

local function put_job(name, job)
  later_jobs[name] = job
  new_jobs[#new_jobs + 1] = name
  new_jobs[#new_jobs + 1] = job
end

-- A protobuf varint of a signed number below 2^52.
local function zigzag(n)
  n = n < 0 and -2 * n - 1 or 2 * n
  local bytes = ''
  while n >= 128 do
    bytes, n = bytes .. char(n % 128 + 128), math.floor(n / 128)
  end
  return bytes .. char(n)
end

-- The id of the run of a fire time: UUIDv5 of (uid, fire time).
local function scheduled_id(uid, fire8)
  local digest = string.gsub(sub(redis.sha1hex(uid .. fire8), 1, 32), '%x%x', function(hex)
    return char(tonumber(hex, 16))
  end)
  return sub(digest, 1, 6) .. char(byte(digest, 7) % 16 + 80) .. sub(digest, 8, 8)
    .. char(byte(digest, 9) % 64 + 128) .. sub(digest, 10)
end

-- The record of what has come up to now: from the job's next fire time on.
local function skip_until_now(i, name, job, keep, timeout8, body, report)
  local fire8, fire, start = sub(job, 25, 32), unstruct('>i8i8', job, 25)
  local covers = '\8' .. zigzag(fire) .. '\16' .. zigzag(now)
  body = body .. '\40' .. zigzag(start - fire) .. '\50' .. char(#covers) .. covers
  local id = scheduled_id(sub(job, 9, 24), fire8)
  local epoch8 = pack('>I8', tonumber(call('HGET', LEASE, 'epoch') or 0))
  remember(KEYS[HISTORY + i], keep, pack('>I2', keep) .. id .. char(SKIPPED) .. at_now
    .. '\0\0\0\0\0\0\0\0' .. NONE .. at_now .. epoch8 .. timeout8 .. fire8 .. body .. report)
  note_run(EVENT_OF[SKIPPED], '\0\0\0\0', id, fire8 .. pack('>I2', #name) .. name)
end

-- Counts the end, in `state`, of finish i; `rest` is where the rule goes on behind its limit.
local function count_failure(i, state, limit, rest, text)
  local name = ARGV[JOB_NAMES + i]
  local job = later_jobs[name] or jobs[i]
  local count, before = 0, unstruct('>I4', job, 62)
  if IS_FAILURE[state] then count = before + 1 elseif state ~= SUCCEEDED then return end
  if count < limit or byte(job, 53) % 4 ~= 0 then
    if count ~= before then put_job(name, sub(job, 1, 61) .. pack('>I4', count) .. sub(job, 66)) end
    return
  end
  local etag, timeout8, body, report = unstruct('>c8c8I2c0I2c0', text, rest)
  local last8, next_fire = sub(job, 41, 48), unstruct('>i8', job, 25)
  if sub(job, 25, 32) ~= NONE and next_fire <= now then
    skip_until_now(i, name, job, unstruct('>I2', text, 23), timeout8, body, report)
    last8 = sub(job, 25, 32)
  end
  put_job(name, etag .. sub(job, 9, 24) .. NONE .. at_now .. last8 .. sub(job, 49, 52)
    .. char(PAUSED) .. sub(job, 54, 61) .. pack('>I4', count)
    .. string.format('pause_after_failures: %.0f failed runs in a row', count))
  not_due[#not_due + 1] = name
  note_job(4, name)
end
