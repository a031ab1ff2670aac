-- Events of this call, gathered and appended to the log as one entry: now i8, then for each
-- kind B [attempt I4, run c16, fire_time i8 where kind >= 16] job I2+text.
--
-- The log is bounded by the memory it takes (LOG_BYTES), not by its length: entries differ by a
-- factor of a thousand. Measuring costs about 0.1 ms, so it is done once for every LOG_STRIDE
-- bytes written, on average: by chance weighted with the entry's size. The die is the clock's
-- microseconds, since a counter would be one more write.
local LOG_BYTES, LOG_STRIDE = 8388608, 262144
local log, logged = {}, 0
local EVENT_OF = { [3] = '\18', [4] = '\19', [5] = '\25', [6] = '\26', [7] = '\24', [8] = '\21',
  [9] = '\22' } -- by the state in which a run ends

local function append_events()
  if logged == 0 then return end
  local entry = at_now .. table.concat(log)
  call('XADD', EVENTS, '*', 'e', entry)
  if micros % LOG_STRIDE < #entry then
    local used = call('MEMORY', 'USAGE', EVENTS, 'SAMPLES', 0)
    if used > LOG_BYTES then
      local most = math.floor(call('XLEN', EVENTS) * LOG_BYTES / used)
      call('XTRIM', EVENTS, 'MAXLEN', '~', most)
    end
  end
end

local function note_job(kind, job)
  logged = logged + 1
  log[logged] = pack('>BI2', kind, #job) .. job
end

-- `where` is the run's fire_time and job, as they lie beside each other in its record.
local function note_run(kind, attempt, id, where)
  log[logged + 1] = kind
  log[logged + 2] = attempt
  log[logged + 3] = id
  log[logged + 4] = where
  logged = logged + 4
end
