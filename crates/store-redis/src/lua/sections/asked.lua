-- Writes what cancels.lua left, and wakes the holders.
for i = 1, #asked, 3 do
  call('HSET', CANCELS, asked[i], '\0' .. asked[i + 1])
  add_instants(DELAYED, { asked[i + 2], asked[i] .. CANCEL_MARK })
end
if #asked > 0 then call('PUBLISH', CHANNEL, 'cancel ' .. PARTITION) end
