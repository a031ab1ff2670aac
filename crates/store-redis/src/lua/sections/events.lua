-- Events of this call, gathered for the log (log.lua). Of a job: kind B, job I2+text. Of a run:
-- kind B (16 and above), attempt I4, run c16, fire_time i8, job I2+text. Others' entries: acquire.lua,
-- job_since.lua.
local log, logged = {}, 0
local EVENT_OF = { [3] = '\18', [4] = '\19', [5] = '\25', [6] = '\26', [7] = '\24', [8] = '\21',
  [9] = '\22' } -- by the state in which a run ends

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
