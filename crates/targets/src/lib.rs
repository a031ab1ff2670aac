//! What a run does: one file for each kind of target.
