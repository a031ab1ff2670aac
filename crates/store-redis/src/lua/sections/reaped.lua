-- Ends a reap: writes, and strikes the dead node off once it holds nothing here, so that one that
-- was only asleep must register again and learns what it lost.
write_book(false)
write_active(UIDS, was_active)
if DEAD ~= '' then
  local holds = false
  for _, attempt in ipairs(call('HVALS', ATTEMPTS)) do
    holds = holds or sub(attempt, 1, 16) == DEAD
  end
  if not holds then call('HDEL', LANES, DEAD, DEAD .. 'a') end
end
append_events()
hint()
return table.concat(answers)
