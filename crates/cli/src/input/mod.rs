//! What a user hands over: files, and the small languages of flags.

pub(crate) mod definition;
pub(crate) mod documents;
pub(crate) mod text;
