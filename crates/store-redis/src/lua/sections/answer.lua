-- Ends a turn: the answer, which the lane keeps.
local answer = 'T' .. at_now .. table.concat(answers) .. table.concat(verdicts)
  .. pack('>I2', taken_count) .. table.concat(taken)
call('HSET', LANES, BOOT, SEQ, BOOT .. 'a', answer)
return answer
