-- Cancels runs. Reads: CANCELS, the key.
-- An attempt under way is its holder's to end: `cancels` says that it should, and an entry of
-- `delayed`, the run's id and CANCEL_MARK, brings the leader when the holder's time is over.
-- Leaves: what is to be written in the book, and `asked`, which asked.lua writes.
local CANCEL_MARK = '\255' -- in place of a ready list's priority
local asked = {}            -- run id, report, the end of the grace, ...

-- Ends a run that waits; its place is the caller's to give away. Without a `key` nobody keeps it.
local function end_waiting(state, id, run, job, key, keep, report)
  unwaits[#unwaits + 1] = id
  gone[id] = true
  if key then
    remember(key, keep, pack('>I2', keep) .. id .. char(state) .. at_now .. sub(run, 1, 48)
      .. sub(run, 67 + #job) .. report)
  end
  note_run(EVENT_OF[state], sub(run, 1, 4), id, sub(run, 41, 50 + #job))
end

-- Asks the holder of a run's attempt to end it. The first request counts.
local function ask(id, report, grace)
  if call('HEXISTS', CANCELS, id) == 1 then return end
  asked[#asked + 1] = id
  asked[#asked + 1] = report
  asked[#asked + 1] = now + grace
end
