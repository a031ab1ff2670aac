-- The key of what is being cancelled, where the scripts of clients declare it.
local CANCELS = KEYS[12]
