//! Values that are cut short or hold what means nothing: an error that says so, never a panic.

use std::time::Duration;

use bellwether_domain::{
    BootId, Covers, Epoch, Etag, HandlerName, JobUid, LiveState, Namespace, Owner, Partition,
    Priority, QueueName, Run, RunCause, RunDraft, RunId, RunState, Timestamp,
};
use bellwether_store::{
    EventKind, Happened, JobSince, Lane, LogEntry, NodeRecord, Promote, ReadyKey, StoreError,
};
use uuid::Uuid;

use super::bytes::{NONE, instant};
use super::{attempt, event, job, node, ready, run};

const P: Partition = Partition(7);

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

fn draft() -> RunDraft {
    RunDraft {
        id: RunId { partition: P, uuid: Uuid::from_u128(1) },
        job: "ns/a-job".parse().expect("a good name"),
        uid: JobUid(Uuid::from_u128(2)),
        fire_time: at(1_000),
        cause: RunCause::Schedule,
        covers: Covers::only(at(1_000)),
        start_after: at(1_005),
        timeout: Duration::from_millis(60_000),
        payload: None,
    }
}

/// A run of the second attempt, as scripts write it.
fn stored_run() -> Vec<u8> {
    let mut value = [2_u32.to_be_bytes(), 1_u32.to_be_bytes()].concat();
    value.extend_from_slice(&instant(Some(at(3_000))));
    value.extend_from_slice(&instant(Some(at(2_000))));
    value.extend_from_slice(&9_u64.to_be_bytes());
    value.extend_from_slice(&run::tail(&draft(), "ns/a-job"));
    value
}

/// Every value that `whole` may be cut to is refused, down to `least` bytes that say enough.
fn holds_when_cut<T: std::fmt::Debug>(
    whole: &[u8],
    least: usize,
    decode: impl Fn(&[u8]) -> Result<T, StoreError>,
) {
    decode(whole).expect("the whole of it can be read");
    for length in 0..least {
        let cut = decode(&whole[..length]);
        assert!(matches!(cut, Err(StoreError::Corrupt { .. })), "{length} bytes: {cut:?}");
    }
}

#[test]
fn a_run_is_read_as_scripts_write_it() {
    let id = draft().id;
    let value = stored_run();
    let expected = Run {
        draft: draft(),
        state: RunState::Live(LiveState::Running),
        attempt: 2,
        lost: 1,
        epoch: Epoch(9),
        claimed: at(2_000),
        started: Some(at(3_000)),
        ended: None,
        report: Default::default(),
    };
    assert_eq!(run::decode_running(id, &value).expect("it is whole"), expected);
    let behind_owner = [Uuid::nil().as_bytes(), &value[..]].concat();
    let found = run::decode_unfinished(id, (None, Some(behind_owner))).expect("it is whole");
    assert_eq!(found, Some(expected));
    let waits = run::decode_unfinished(id, (Some(value.clone()), None)).expect("it is whole");
    assert_eq!(waits.map(|run| run.state), Some(RunState::PENDING));
    holds_when_cut(&value, 82, |bytes| run::decode_running(id, bytes));
}

#[test]
fn a_history_is_cut_to_what_its_latest_entry_keeps() {
    let run = stored_run();
    // Without the job's name and uid, behind state and end.
    let body = [&run[..48], &run[48 + 2 + 8 + 16..]].concat();
    let entry = |keep: u16, state: u8| {
        let mut entry = keep.to_be_bytes().to_vec();
        entry.extend_from_slice(draft().id.uuid.as_bytes());
        entry.push(state);
        entry.extend_from_slice(&instant(Some(at(4_000))));
        entry.extend_from_slice(&body);
        entry
    };
    let entries = [entry(2, 3), entry(9, 4), entry(9, 4)];
    assert_eq!(run::decode_history(P, &entries).expect("they are whole").len(), 2);
    assert_eq!(run::decode_history(P, &[]).expect("there is nothing"), []);
    let unknown = run::decode_history(P, &[entry(1, 99)]);
    assert!(matches!(unknown, Err(StoreError::Corrupt { .. })), "{unknown:?}");
    let whole = entry(1, 3);
    holds_when_cut(&whole[2..], 72, |bytes| {
        run::decode_history(P, &[[&1_u16.to_be_bytes(), bytes].concat()])
    });
}

#[test]
fn an_attempt_ends_its_timeout_after_it_was_leased() {
    let owner = Uuid::from_u128(5);
    let run = stored_run();
    let told = [draft().id.uuid.as_bytes(), owner.as_bytes(), &run[..48]].concat();
    let record = attempt::decode(P, &told).expect("it is whole");
    assert_eq!((record.run, record.owner, record.attempt), (draft().id, Owner(owner), 2));
    assert_eq!((record.leased, record.deadline), (at(3_000), at(63_000)));
    holds_when_cut(&told, 72, |bytes| attempt::decode(P, bytes));
}

#[test]
fn a_job_of_one_half_is_refused() {
    let key = "ns/a-job".parse().expect("a good name");
    let mut value = [0; 24].to_vec();
    for _ in 0..3 {
        value.extend_from_slice(&NONE.to_be_bytes());
    }
    value.extend_from_slice(&[0; 4 + 1 + 8 + 4]);
    for length in 0..=value.len() {
        let read = job::decode(&key, &value[..length], b"no definition");
        assert!(matches!(read, Err(StoreError::Corrupt { .. })), "{length} bytes: {read:?}");
    }
}

#[test]
fn delayed_runs_name_their_list() {
    let queue = |queue: &str, handler: &str| Lane::Queue {
        namespace: Namespace::new("ns").expect("a good name"),
        queue: QueueName::new(queue).expect("a good name"),
        handler: HandlerName::new(handler).expect("a good name"),
    };
    for lane in [Lane::Node, queue("q", "h"), queue("a.b", "c/d/e"), queue("-", "/")] {
        for priority in Priority::ALL {
            let ready = ReadyKey { lane: lane.clone(), priority };
            let promote = Promote { run: draft().id, ready };
            let member = ready::member(&promote);
            let read = ready::decode_member(P, &member).expect("it is whole");
            assert_eq!(read, ready::Delayed::Run(promote));
            holds_when_cut(&member, 17, |bytes| ready::decode_member(P, bytes));
        }
    }
    let unknown = [draft().id.uuid.as_bytes(), &[3][..]].concat();
    assert!(ready::decode_member(P, &unknown).is_err());
}

#[test]
fn one_entry_of_the_log_may_hold_many_events() {
    let name = b"ns/a-job";
    let about_run = |kind: u8, attempt: u32| {
        let mut event = vec![kind];
        event.extend_from_slice(&attempt.to_be_bytes());
        event.extend_from_slice(draft().id.uuid.as_bytes());
        event.extend_from_slice(&instant(Some(at(1_000))));
        event.extend_from_slice(&[0, 8]);
        event.extend_from_slice(name);
        event
    };
    let about_job = [&[1, 0, 8][..], name].concat();
    let entry = [&instant(Some(at(5)))[..], &about_job, &about_run(128, 1), &about_run(18, 1)];
    let entry = entry.concat();
    let entries = event::decode(P, "1-2", &entry).expect("it is whole");
    let events: Vec<_> = entries.into_iter().filter_map(LogEntry::into_event).collect();
    let kinds: Vec<_> =
        events.iter().map(|event| (event.kind, event.run.map(|run| run.attempt))).collect();
    let expected = [
        (EventKind::JobCreated, None),
        (EventKind::RunPending, Some(0)),
        (EventKind::RunStarted, Some(1)),
        (EventKind::RunSucceeded, Some(1)),
    ];
    assert_eq!(kinds, expected);
    assert_eq!(event::entry_id(&events[0].cursor).expect("it is one of ours"), "1-2");
    for length in 9..entry.len() {
        // Cut between two events it is whole as well.
        let whole = length == 8 + about_job.len() || length == 8 + about_job.len() + 39;
        assert_eq!(event::decode(P, "1-2", &entry[..length]).is_ok(), whole, "{length} bytes");
    }
}

#[test]
fn a_node_is_read_as_it_was_written() {
    let record = NodeRecord {
        boot: BootId(Uuid::from_u128(3)),
        name: "n1".to_owned(),
        beat: u64::MAX,
        grpc_address: "[::1]:7400".to_owned(),
        http_address: String::new(),
        version: "0.1.0".to_owned(),
        capacity: 64,
        inflight: 3,
        draining: true,
        seen: None,
    };
    let value = node::encode(&record);
    assert_eq!(node::decode(&value).expect("it is whole"), record);
    let stamped = [&value[..], &1_800_000_000_000_i64.to_be_bytes()].concat();
    let seen = Some(Timestamp::from_millis(1_800_000_000_000));
    assert_eq!(node::decode(&stamped).expect("it is whole"), NodeRecord { seen, ..record });
    holds_when_cut(&value, value.len(), node::decode);
    let later = [&[2], &value[1..]].concat();
    assert!(node::decode(&later).is_err(), "a version that is not known");
}

#[test]
fn what_a_write_made_of_a_job_belongs_to_the_event_before_it() {
    let uid = JobUid(Uuid::from_u128(7));
    let about_job = |kind: u8| [&[kind, 0, 4][..], b"ns/a"].concat();
    let since = [&[15][..], uid.0.as_bytes(), &[9; 8], &[0, 5], b"night"].concat();
    let entry = [&instant(Some(at(5)))[..], &about_job(4), &since, &about_job(6)].concat();

    let entries = event::decode(P, "1-2", &entry).expect("it is whole");

    let since = JobSince { uid, etag: Etag([9; 8]), reason: "night".to_owned() };
    let expected = [(EventKind::JobPaused, Some(since)), (EventKind::JobFinished, None)];
    let found = entries.into_iter().map(|entry| match entry.happened {
        Happened::Job { kind, since, .. } => (kind, since),
        other => panic!("{other:?}"),
    });
    assert_eq!(found.collect::<Vec<_>>(), expected);
}
