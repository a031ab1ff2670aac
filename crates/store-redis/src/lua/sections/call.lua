-- What scripts need that touch no partition.
local call = redis.call
