-- Writes what a turn promoted.
if #not_delayed > 0 then call('ZREM', DELAYED, unpack(not_delayed)) end
