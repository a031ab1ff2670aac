-- Names this run of the server: another after a restart or a failover. A server that does not tell
-- has always the same name.
local function server_run()
  return string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or ''
end
