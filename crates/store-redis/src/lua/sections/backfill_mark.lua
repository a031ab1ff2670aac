-- What stands behind the name of a backfill in `delayed`, where behind a run stands its priority.
local BACKFILL_MARK = '\254'
