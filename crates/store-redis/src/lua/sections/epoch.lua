-- The epoch of runs that are born outside claims: the partition's present one.
local epoch8 = pack('>I8', tonumber(call('HGET', LEASE, 'epoch') or 0))
