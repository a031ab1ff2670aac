-- The end of a call that writes: its events as one entry of the log, now i8 before them, and its
-- hints.
--
-- The log is bounded by the memory it takes (LOG_BYTES), not by its length: entries differ by a
-- factor of a thousand. Measuring costs about 0.1 ms, so it is done once for every LOG_STRIDE
-- bytes written, on average: by chance weighted with the entry's size. The die is the clock's
-- microseconds, since a counter would be one more write.
local LOG_BYTES, LOG_STRIDE = 8388608, 262144
if logged > 0 then
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
-- Lists that this call itself took empty again wake nobody.
if #woken > 0 and call('EXISTS', unpack(woken)) > 0 then
  call('PUBLISH', CHANNEL, 'ready ' .. PARTITION)
end
if #woken_queues > 0 and call('EXISTS', unpack(woken_queues)) > 0 then
  call('PUBLISH', CHANNEL, 'queue ' .. PARTITION)
end
if wake_leader then call('PUBLISH', CHANNEL, 'due ' .. PARTITION) end
