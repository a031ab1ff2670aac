//! What is wrong with a configuration, collected, so that all of it is said at once.

use crate::failure::{Exit, Failure};

/// What is wrong with a configuration.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    invalid: Vec<String>,
    unbuilt: Vec<String>,
}

impl Problems {
    /// Notes what is not allowed.
    pub(crate) fn invalid(&mut self, message: String) {
        self.invalid.push(message);
    }

    /// Notes what is asked for and does not exist in this version.
    pub(crate) fn unbuilt(&mut self, message: String) {
        self.unbuilt.push(message);
    }

    /// Ends the collecting.
    ///
    /// # Errors
    /// What was noted: exit 2, or 1 where nothing but a missing feature stands in the way.
    pub(crate) fn result(self) -> Result<(), Failure> {
        let exit = match (self.invalid.is_empty(), self.unbuilt.is_empty()) {
            (true, true) => return Ok(()),
            (true, false) => Exit::Failed,
            (false, _) => Exit::Usage,
        };
        let messages: Vec<_> = self.invalid.into_iter().chain(self.unbuilt).collect();
        Err(Failure::new(exit, messages.join("\nerror: ")))
    }
}
