//! What workers say.

use std::time::Duration;

use bellwether_domain::{HandlerName, Namespace, Payload, QueueName, RunId, SessionId, WorkerId};

use super::Problems;
use super::ids::{namespace, run_id, uuid};
use super::payload::payload_from_proto;
use super::time::duration_from_proto;
use crate::v1;

const MAX_QUEUES: usize = 64;
const MAX_HANDLERS: usize = 1_000;
const MAX_CAPACITY: u32 = 10_000;
/// Results or extensions in one message.
const MAX_ITEMS: usize = 1_000;
/// What is kept of an output, in bytes: 64 KiB.
const MAX_OUTPUT: usize = 64 * 1024;
/// What is kept of a failure's message, in bytes: 4 KiB.
const MAX_MESSAGE: usize = 4 * 1024;

/// A worker's hello, valid.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkerHello {
    /// What it is called.
    pub worker: WorkerId,
    /// The namespace whose queues it works on.
    pub namespace: Namespace,
    /// The session to resume; `None`: a new one.
    pub session: Option<SessionId>,
    /// The queues to take runs from, at least one.
    pub queues: Vec<QueueName>,
    /// The handlers that it knows; empty: every one.
    pub handlers: Vec<HandlerName>,
    /// How many runs it takes at once.
    pub capacity: u32,
    /// The attempts that it holds.
    pub held: Vec<(RunId, u32)>,
}

/// A result, valid.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkerResult {
    /// The run.
    pub run: RunId,
    /// The attempt.
    pub attempt: u32,
    /// How it ended.
    pub outcome: WorkerOutcome,
}

/// How an attempt at a worker ended.
#[derive(Clone, Debug, PartialEq)]
pub enum WorkerOutcome {
    /// It did what it should.
    Succeeded {
        /// What it returned, cut to the limit.
        output: Option<Payload>,
        /// Whether it was cut.
        truncated: bool,
    },
    /// It did not.
    Failed {
        /// What went wrong, cut to the limit.
        message: String,
        /// Whether another attempt may help.
        retryable: bool,
    },
}

/// Reads a hello, whose message stands in `field`. `None` where something is noted.
pub fn worker_hello(
    value: v1::WorkerHello,
    field: &str,
    problems: &mut Problems,
) -> Option<WorkerHello> {
    let path = |name: &str| format!("{field}.{name}");
    let worker = problems.take(&path("worker_id"), WorkerId::new(&value.worker_id));
    let namespace = namespace(&value.namespace, &path("namespace"), problems);
    let session = match value.session_id.as_str() {
        "" => None,
        id => uuid(id, &path("session_id"), problems),
    };
    if value.queues.is_empty() {
        problems.invalid(path("queues"), "is empty; 1 to 64 queues are required");
    }
    let queues = named(&value.queues, &path("queues"), MAX_QUEUES, QueueName::new, problems);
    let handlers =
        named(&value.handlers, &path("handlers"), MAX_HANDLERS, HandlerName::new, problems);
    let capacity = worker_capacity(value.capacity, &path("capacity"), problems);
    let most = usize::try_from(MAX_CAPACITY).unwrap_or(usize::MAX);
    check_count(value.held.len(), most, &path("held"), problems);
    let mut held = Vec::new();
    for (place, one) in value.held.iter().enumerate().take(most) {
        let at = format!("{}[{place}]", path("held"));
        held.extend(attempt_of(&one.run_id, one.attempt, &at, problems));
    }
    Some(WorkerHello {
        worker: worker?,
        namespace: namespace?,
        session,
        queues,
        handlers,
        capacity: capacity?,
        held,
    })
}

/// Reads how many runs a worker takes at once.
pub fn worker_capacity(n: i32, field: &str, problems: &mut Problems) -> Option<u32> {
    match u32::try_from(n) {
        Ok(n) if n <= MAX_CAPACITY => Some(n),
        _ => {
            problems.invalid(field, format!("{n} is not allowed; 0 to {MAX_CAPACITY} are"));
            None
        }
    }
}

/// Reads results. Those with a problem are left out, and it is noted.
pub fn worker_results(
    value: v1::WorkerResults,
    field: &str,
    problems: &mut Problems,
) -> Vec<WorkerResult> {
    let field = format!("{field}.results");
    check_count(value.results.len(), MAX_ITEMS, &field, problems);
    let mut results = Vec::with_capacity(value.results.len().min(MAX_ITEMS));
    for (place, one) in value.results.into_iter().enumerate().take(MAX_ITEMS) {
        let at = format!("{field}[{place}]");
        let named = attempt_of(&one.run_id, one.attempt, &at, problems);
        let outcome = match one.outcome {
            Some(outcome) => Some(read_outcome(outcome, &at, problems)),
            None => {
                problems.invalid(&at, "has no outcome; one of succeeded and failed must be set");
                None
            }
        };
        if let (Some((run, attempt)), Some(outcome)) = (named, outcome) {
            results.push(WorkerResult { run, attempt, outcome });
        }
    }
    results
}

/// Reads by how much longer attempts may take. Those with a problem are left out, and it is noted.
pub fn worker_extensions(
    value: v1::WorkerExtensions,
    field: &str,
    problems: &mut Problems,
) -> Vec<(RunId, u32, Duration)> {
    let field = format!("{field}.extensions");
    check_count(value.extensions.len(), MAX_ITEMS, &field, problems);
    let mut extensions = Vec::new();
    for (place, one) in value.extensions.iter().enumerate().take(MAX_ITEMS) {
        let at = format!("{field}[{place}]");
        let by = format!("{at}.by");
        let named = attempt_of(&one.run_id, one.attempt, &at, problems);
        let span = match one.by {
            Some(span) => duration_from_proto(Some(span), &by, problems),
            None => {
                problems.invalid(&by, "is not set; a duration above 0 is required");
                None
            }
        };
        if span.is_some_and(|span| span.is_zero()) {
            problems.invalid(&by, "is 0; a duration above 0 is required");
        } else if let (Some((run, attempt)), Some(span)) = (named, span) {
            extensions.push((run, attempt, span));
        }
    }
    extensions
}

fn named<T>(
    texts: &[String],
    field: &str,
    most: usize,
    read: impl Fn(&str) -> Result<T, bellwether_domain::IdError>,
    problems: &mut Problems,
) -> Vec<T> {
    check_count(texts.len(), most, field, problems);
    let one =
        |(place, text): (usize, &String)| problems.take(&format!("{field}[{place}]"), read(text));
    texts.iter().enumerate().take(most).filter_map(one).collect()
}

fn check_count(count: usize, most: usize, field: &str, problems: &mut Problems) {
    if count > most {
        problems.invalid(field, format!("has {count} items; at most {most} are allowed"));
    }
}

fn attempt_of(
    run: &str,
    attempt: i32,
    field: &str,
    problems: &mut Problems,
) -> Option<(RunId, u32)> {
    let run = run_id(run, &format!("{field}.run_id"), problems);
    let number = u32::try_from(attempt).ok().filter(|attempt| *attempt > 0);
    if number.is_none() {
        let message = format!("{attempt} is not the number of an attempt; they are counted from 1");
        problems.invalid(format!("{field}.attempt"), message);
    }
    Some((run?, number?))
}

fn read_outcome(
    outcome: v1::run_result::Outcome,
    field: &str,
    problems: &mut Problems,
) -> WorkerOutcome {
    match outcome {
        v1::run_result::Outcome::Succeeded(v1::RunSucceeded { output }) => {
            let (output, truncated) = match output {
                Some(output) => {
                    let (output, truncated) = cut_output(output);
                    let field = format!("{field}.succeeded.output");
                    (Some(payload_from_proto(output, &field, problems)), truncated)
                }
                None => (None, false),
            };
            WorkerOutcome::Succeeded { output, truncated }
        }
        v1::run_result::Outcome::Failed(v1::RunFailed { mut message, retryable }) => {
            message.truncate(message.floor_char_boundary(MAX_MESSAGE));
            WorkerOutcome::Failed { message, retryable }
        }
    }
}

/// The first of an output, as much as is kept, and whether that is not all.
fn cut_output(mut output: v1::Payload) -> (v1::Payload, bool) {
    use v1::payload::Content as Wire;
    let before = match &output.content {
        Some(Wire::Text(text)) => text.len(),
        Some(Wire::Data(bytes)) => bytes.len(),
        None => 0,
    };
    match &mut output.content {
        Some(Wire::Text(text)) => text.truncate(text.floor_char_boundary(MAX_OUTPUT)),
        Some(Wire::Data(bytes)) => bytes.truncate(MAX_OUTPUT),
        None => {}
    }
    (output, before > MAX_OUTPUT)
}

#[cfg(test)]
mod tests {
    use bellwether_domain::Content;

    use super::*;

    const RUN: &str = "3-018f3c1e-7a2b-7c4d-8e5f-6a7b8c9d0e1f";

    fn hello() -> v1::WorkerHello {
        v1::WorkerHello {
            worker_id: "web-3/worker".into(),
            queues: vec!["mail".into()],
            capacity: 5,
            ..<_>::default()
        }
    }

    fn refused(change: impl FnOnce(&mut v1::WorkerHello)) -> String {
        let mut value = hello();
        change(&mut value);
        let mut problems = Problems::default();
        let _ = worker_hello(value, "hello", &mut problems);
        problems.finish().map_err(|rejection| rejection.to_string()).expect_err("it is refused")
    }

    #[test]
    fn a_hello_names_what_is_wrong_with_it() {
        let mut problems = Problems::default();
        let read = worker_hello(hello(), "hello", &mut problems).expect("it is valid");
        assert!(problems.is_empty());
        assert_eq!((read.capacity, read.session, read.namespace), (5, None, Namespace::default()));
        let held = |run_id: &str, attempt| v1::HeldRun { run_id: run_id.into(), attempt };
        let cases = [
            (refused(|h| h.worker_id.clear()), "hello.worker_id: must not be empty"),
            (refused(|h| h.namespace = "a/b".into()), "hello.namespace: "),
            (refused(|h| h.session_id = "nine".into()), "hello.session_id: \"nine\" is not a UUID"),
            (refused(|h| h.queues.clear()), "hello.queues: is empty"),
            (refused(|h| h.queues = vec!["q".into(); 65]), "hello.queues: has 65 items"),
            (refused(|h| h.queues.push("a b".into())), "hello.queues[1]: "),
            (refused(|h| h.handlers = vec![String::new()]), "hello.handlers[0]: "),
            (refused(|h| h.capacity = -1), "hello.capacity: -1 is not allowed; 0 to 10000 are"),
            (refused(|h| h.capacity = 10_001), "hello.capacity: 10001 is not allowed"),
            (refused(|h| h.held = vec![held("x", 1)]), "hello.held[0].run_id: "),
            (refused(|h| h.held = vec![held(RUN, 0)]), "hello.held[0].attempt: 0 is not"),
        ];
        for (error, expected) in cases {
            assert!(error.starts_with(expected), "{expected}: {error}");
        }
    }

    fn result(outcome: Option<v1::run_result::Outcome>) -> v1::WorkerResults {
        let result = v1::RunResult { run_id: RUN.into(), attempt: 2, outcome };
        v1::WorkerResults { results: vec![result] }
    }

    #[test]
    fn outputs_and_messages_are_cut_on_a_character() {
        use v1::run_result::Outcome;
        let text = "ä".repeat(MAX_OUTPUT);
        let output = Some(v1::Payload {
            content: Some(v1::payload::Content::Text(text)),
            content_type: "text/plain".into(),
        });
        let mut problems = Problems::default();
        let succeeded = result(Some(Outcome::Succeeded(v1::RunSucceeded { output })));
        let read = worker_results(succeeded, "results", &mut problems).remove(0);
        let WorkerOutcome::Succeeded { output: Some(output), truncated: true } = read.outcome
        else {
            panic!("{:?}", read.outcome);
        };
        assert_eq!(output.content, Content::Text("ä".repeat(MAX_OUTPUT / 2)));
        let message = "ß".repeat(MAX_MESSAGE);
        let failed = result(Some(Outcome::Failed(v1::RunFailed { message, retryable: true })));
        let read = worker_results(failed, "results", &mut problems).remove(0);
        let message = "ß".repeat(MAX_MESSAGE / 2);
        assert_eq!(read.outcome, WorkerOutcome::Failed { message, retryable: true });
        assert!(problems.is_empty());
    }

    #[test]
    fn a_result_has_an_outcome_and_an_extension_a_span() {
        let mut problems = Problems::default();
        assert_eq!(worker_results(result(None), "results", &mut problems), []);
        let span = |seconds| Some(prost_types::Duration { seconds, nanos: 0 });
        let extension = |by| v1::RunExtension { run_id: RUN.into(), attempt: 1, by };
        let extensions = [None, span(0), span(-1), span(5)].map(extension).into();
        let value = v1::WorkerExtensions { extensions };
        let read = worker_extensions(value, "extend", &mut problems);
        assert_eq!(read.len(), 1);
        let error = problems.finish().expect_err("four are wrong").to_string();
        for expected in [
            "results.results[0]: has no outcome",
            "extend.extensions[0].by: is not set",
            "extend.extensions[1].by: is 0",
            "extend.extensions[2].by: ",
        ] {
            assert!(error.contains(expected), "{expected}: {error}");
        }
    }
}
