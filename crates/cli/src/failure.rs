//! What a command ends with when it does not succeed: a message for people on stderr, and an exit
//! code for scripts.

use std::fmt;
use std::io;
use std::process::ExitCode;

use bellwether_client::v1::ItemError;
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
}

/// The exit codes. Numbers are part of the outside interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The reader of the output went away. That is its right, so nothing is said and 0 returned.
    Closed = 0,
    /// It did not work.
    Failed = 1,
    /// The input is wrong.
    Usage = 2,
    /// It does not exist.
    NotFound = 3,
    /// The server does not know the caller, or does not let it.
    Denied = 4,
    /// It exists already, or has changed meanwhile.
    Conflict = 5,
    /// No answer, or none in time.
    Unavailable = 6,
    /// The awaited run did not succeed.
    RunFailed = 7,
    /// Ctrl-C.
    Interrupted = 130,
}

impl Failure {
    /// It did not work.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, message)
    }

    /// The input is wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Ctrl-C.
    pub(crate) fn interrupted() -> Self {
        Self::new(Exit::Interrupted, "interrupted")
    }

    /// Ends with `exit`.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }

    /// The same failure, told to be about `what`.
    #[must_use]
    pub(crate) fn about(self, what: impl fmt::Display) -> Self {
        Self { message: format!("{what}: {}", self.message), ..self }
    }

    /// Says what is wrong on stderr and returns the code to end with.
    pub(crate) fn report(&self) -> ExitCode {
        if self.exit != Exit::Closed {
            eprintln!("error: {self}");
        }
        ExitCode::from(self.exit as u8)
    }
}

/// The failures of a command that is about several things.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    seen: Vec<Failure>,
}

impl Failures {
    /// Adds one.
    pub(crate) fn add(&mut self, failure: Failure) {
        self.seen.push(failure);
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// All of them as one, with the exit code of the first.
    pub(crate) fn result(self) -> Result<(), Failure> {
        let Some(first) = self.seen.first() else { return Ok(()) };
        let messages: Vec<_> = self.seen.iter().map(ToString::to_string).collect();
        Err(Failure::new(first.exit, messages.join("\nerror: ")))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Failure {
    /// That of one item of a request about several.
    pub(crate) fn of_item(error: &ItemError) -> Self {
        let code = Code::from_i32(error.code);
        let mut text = format!("{}: {}", name_of(code), visible(&error.message));
        for violation in &error.field_violations {
            let line = format!("{}: {}", violation.field, violation.description);
            if !error.message.contains(&line) {
                text.push_str("\n  ");
                text.push_str(&visible(&line));
            }
        }
        Self::new(exit_of(code), text)
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Self::new(exit_of(status.code()), text_of(&status))
    }
}

impl From<io::Error> for Failure {
    /// Of writing the output.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::new(Exit::Closed, ""),
            _ => Self::failed(format!("cannot write the output: {error}")),
        }
    }
}

fn exit_of(code: Code) -> Exit {
    match code {
        Code::InvalidArgument => Exit::Usage,
        Code::NotFound => Exit::NotFound,
        Code::Unauthenticated | Code::PermissionDenied => Exit::Denied,
        Code::AlreadyExists | Code::Aborted => Exit::Conflict,
        Code::Unavailable | Code::DeadlineExceeded => Exit::Unavailable,
        _ => Exit::Failed,
    }
}

/// The status in words: its code as gRPC writes it, its message, and below it each field that the
/// message does not name already.
fn text_of(status: &Status) -> String {
    let mut text = format!("{}: {}", name_of(status.code()), visible(status.message()));
    if let Some(request) = status.get_details_bad_request() {
        for violation in request.field_violations {
            let line = format!("{}: {}", violation.field, violation.description);
            if !status.message().contains(&line) {
                text.push_str("\n  ");
                text.push_str(&visible(&line));
            }
        }
    }
    text
}

/// The name of a code, as in the specification of gRPC.
fn name_of(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

/// `text` with control characters escaped: what comes from elsewhere must not steer the terminal.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic_types::ErrorDetails;

    #[test]
    fn each_code_has_its_exit() {
        let cases = [
            (Code::InvalidArgument, 2),
            (Code::NotFound, 3),
            (Code::Unauthenticated, 4),
            (Code::PermissionDenied, 4),
            (Code::AlreadyExists, 5),
            (Code::Aborted, 5),
            (Code::Unavailable, 6),
            (Code::DeadlineExceeded, 6),
            (Code::Unimplemented, 1),
            (Code::FailedPrecondition, 1),
            (Code::Internal, 1),
        ];
        for (code, exit) in cases {
            assert_eq!(exit_of(code) as u8, exit, "{code:?}");
        }
    }

    #[test]
    fn fields_are_named_once() {
        let details = |message: &str| {
            let mut details = ErrorDetails::new();
            details.add_bad_request_violation("job.id", "must not be empty");
            details.add_bad_request_violation("job.target", "must be set");
            Failure::from(Status::with_error_details(Code::InvalidArgument, message, details))
        };
        assert_eq!(
            details("two fields are wrong").to_string(),
            "INVALID_ARGUMENT: two fields are wrong\n  job.id: must not be empty\n  \
             job.target: must be set"
        );
        assert_eq!(
            details("job.id: must not be empty").to_string(),
            "INVALID_ARGUMENT: job.id: must not be empty\n  job.target: must be set"
        );
    }

    #[test]
    fn a_message_cannot_steer_the_terminal() {
        let failure = Failure::from(Status::not_found("job \u{1b}[2Jx\u{7}"));
        assert_eq!(failure.to_string(), "NOT_FOUND: job \\u{1b}[2Jx\\u{7}");
    }
}
