//! The job store in Redis: keys, codec and one typed function for each Lua script.
