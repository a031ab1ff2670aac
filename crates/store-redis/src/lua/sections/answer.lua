-- Ends a turn: the log, the hints, and the answer, which the lane keeps.
append_events()
hint()
local answer = 'T' .. at_now .. table.concat(answers) .. table.concat(verdicts)
  .. pack('>I2', taken_count) .. table.concat(taken)
call('HSET', LANES, BOOT, SEQ, BOOT .. 'a', answer)
return answer
