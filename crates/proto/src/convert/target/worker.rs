//! Runs for workers.

use bellwether_domain::{HandlerName, QueueName, WorkerTarget};

use super::super::payload::{payload_from_proto, payload_to_proto};
use super::super::{Problems, View};
use crate::v1;

/// Reads a target for workers. `None` where one of its names is no name; that is noted.
pub(super) fn from_proto(
    value: v1::WorkerTarget,
    field: &str,
    problems: &mut Problems,
) -> Option<WorkerTarget> {
    let path = |name: &str| format!("{field}.{name}");
    let queue = problems.take(&path("queue"), QueueName::new(&value.queue));
    let handler = problems.take(&path("handler"), HandlerName::new(&value.handler));
    let payload =
        value.payload.map(|payload| payload_from_proto(payload, &path("payload"), problems));
    Some(WorkerTarget { queue: queue?, handler: handler?, payload })
}

/// The message of a target for workers.
pub(super) fn to_proto(target: &WorkerTarget, view: View) -> v1::WorkerTarget {
    v1::WorkerTarget {
        queue: target.queue.to_string(),
        handler: target.handler.to_string(),
        payload: target.payload.as_ref().map(|payload| payload_to_proto(payload, view)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(queue: &str, handler: &str) -> Result<WorkerTarget, String> {
        let mut problems = Problems::default();
        let value = v1::WorkerTarget {
            queue: queue.to_owned(),
            handler: handler.to_owned(),
            payload: None,
        };
        let read = from_proto(value, "job.target.worker", &mut problems);
        problems.finish().map_err(|rejection| rejection.to_string())?;
        Ok(read.expect("what is refused is noted"))
    }

    #[test]
    fn names_that_are_allowed() {
        let long = "q".repeat(256);
        for (queue, handler) in [("mail", "send"), ("a.b_c-9", "mail/send.v2"), (&long, &long)] {
            let target = read(queue, handler).expect(queue);
            let message = to_proto(&target, View::Full);
            assert_eq!((message.queue.as_str(), message.handler.as_str()), (queue, handler));
        }
    }

    #[test]
    fn names_that_are_refused() {
        let long = "q".repeat(257);
        let cases = [
            ("", "h", "job.target.worker.queue: must not be empty"),
            ("q", "", "job.target.worker.handler: must not be empty"),
            ("a/b", "h", "job.target.worker.queue: \"a/b\" has the character '/'"),
            ("q", "sénd", "job.target.worker.handler: \"sénd\" has the character 'é'"),
            (&long, "h", "job.target.worker.queue: has 257 characters"),
        ];
        for (queue, handler, expected) in cases {
            let error = read(queue, handler).expect_err(expected);
            assert!(error.starts_with(expected), "{error}");
        }
        let both = read("", "").expect_err("two names are missing");
        assert!(both.contains("worker.queue") && both.contains("worker.handler"), "{both}");
    }
}
