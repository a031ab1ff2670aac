-- The store's time: `now` in ms, and the microseconds of its second as a cheap die.
local time = redis.call('TIME')
local micros = tonumber(time[2])
local now = time[1] * 1000 + math.floor(micros / 1000)
