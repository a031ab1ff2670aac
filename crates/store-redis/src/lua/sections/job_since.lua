-- What a client's write made of a job, behind the event itself: 15, uid c16, etag c8, reason of a
-- pause I2+text.
local function note_write(kind, job, uid, etag, reason)
  note_job(kind, job)
  logged = logged + 1
  log[logged] = '\15' .. uid .. etag .. pack('>I2', #reason) .. reason
end
