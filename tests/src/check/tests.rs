//! The checker is tried on evidence that is sound, and on the same evidence with one thing wrong.

use std::collections::BTreeMap;

use bellwether_client::v1;
use bellwether_domain::{Covers, JobUid};
use bellwether_proto::convert::{duration_to_proto, timestamp_to_proto};
use uuid::Uuid;

use super::*;
use crate::oracle::{Bracket, Expectation, key_of};
use crate::record::EndKind;

const FIRES: i64 = 10;

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(second * 1_000)
}

fn ms(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

/// Two jobs, created at second 0, that fire every second and whose handlers take 100 ms.
fn sound() -> Evidence {
    let mut evidence = Evidence {
        horizon: Some(at(FIRES)),
        grace: Duration::from_secs(2),
        faults: vec![Fault { what: "kill".to_owned(), at: at(3), healed: at(3) }],
        ..Evidence::default()
    };
    for (number, name) in [(1, "a"), (2, "b")] {
        let job = job(number, name);
        let bracket = Bracket { sent: at(0), answered: at(0) };
        evidence.oracle.told(&job, bracket);
        for second in 1..=FIRES {
            let (run, row) = fire(&job, second);
            evidence.runs.push(run);
            evidence.rows.push(row);
        }
    }
    let led = |epoch, process: &str| LedTerm {
        partition: Partition(0),
        epoch: Epoch(epoch),
        process: process.to_owned(),
    };
    evidence.terms = vec![led(5, "n1"), led(6, "n2")];
    evidence
}

fn job(number: u128, id: &str) -> v1::Job {
    let interval = v1::IntervalTrigger {
        every: Some(duration_to_proto(Duration::from_secs(1))),
        ..v1::IntervalTrigger::default()
    };
    let trigger =
        v1::Trigger { kind: Some(v1::trigger::Kind::Interval(interval)), ..v1::Trigger::default() };
    let http = v1::target::Kind::Http(v1::HttpTarget::default());
    v1::Job {
        namespace: "default".to_owned(),
        id: id.to_owned(),
        uid: Uuid::from_u128(number).to_string(),
        trigger: Some(trigger),
        target: Some(v1::Target { kind: Some(http) }),
        effective_policy: Some(v1::Policy { max_instances: Some(1), ..v1::Policy::default() }),
        state: v1::JobState::Active as i32,
        create_time: Some(timestamp_to_proto(at(0))),
        next_fire_time: Some(timestamp_to_proto(at(1))),
        ..v1::Job::default()
    }
}

fn fire(job: &v1::Job, second: i64) -> (RunRecord, Row) {
    let (key, fire_time) = (key_of(job), at(second));
    let uid: JobUid = job.uid.parse().expect("a uid");
    let id = RunId::scheduled(Partition(0), uid, fire_time);
    let run = RunRecord {
        id,
        job: key.clone(),
        uid,
        fire_time,
        cause: v1::RunCause::Schedule,
        state: v1::RunState::Succeeded,
        reason: String::new(),
        attempt: 1,
        lost: 0,
        epoch: Epoch(5),
        covers: Covers::only(fire_time),
        claimed: fire_time,
        start_after: fire_time,
        started: Some(fire_time),
        ended: Some(ms(second * 1_000 + 120)),
        node: "n1".to_owned(),
    };
    let row = Row {
        run: id,
        job: key,
        fire_time,
        attempt: 1,
        epoch: Epoch(5),
        start: ms(second * 1_000 + 10),
        end: Some(ms(second * 1_000 + 110)),
        status: Some(200),
        headers: BTreeMap::new(),
    };
    (run, row)
}

/// The verdict on sound evidence after `spoil`, in the words of its findings.
fn after(spoil: impl FnOnce(&mut Evidence)) -> (Vec<String>, Summary) {
    let mut evidence = sound();
    spoil(&mut evidence);
    let verdict = check(&evidence);
    (verdict.findings.iter().map(ToString::to_string).collect(), verdict.summary)
}

/// Holds that spoiling the evidence so is found, by exactly one finding with these words.
fn found(words: &str, spoil: impl FnOnce(&mut Evidence)) -> Summary {
    let (findings, summary) = after(spoil);
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert!(findings[0].contains(words), "{findings:#?}");
    summary
}

#[test]
fn sound_evidence_holds() {
    let (findings, summary) = after(|_| {});
    assert_eq!(findings, [""; 0]);
    assert_eq!((summary.expected, summary.delivered, summary.faults), (20, 20, 1));
    assert_eq!(summary.worst_lateness, Duration::from_millis(10));
}

#[test]
#[should_panic(expected = "nothing was expected")]
fn a_scenario_without_a_fire_time_proves_nothing() {
    let evidence = Evidence { faults: sound().faults, ..Evidence::default() };
    check(&evidence).assert_holds("test");
}

#[test]
fn a_removed_row_is_a_loss() {
    let summary = found("never arrived", |evidence| drop(evidence.rows.remove(3)));
    assert_eq!((summary.lost, summary.duplicate), (1, 0));
}

#[test]
fn a_removed_row_and_record_are_a_loss() {
    let summary = found("lost: no run or record of default/a covers", |evidence| {
        evidence.rows.remove(3);
        evidence.runs.remove(3);
    });
    assert_eq!((summary.lost, summary.duplicate), (1, 0));
}

#[test]
fn a_doubled_row_is_a_duplicate() {
    let summary = found("arrived 2 times", |evidence| {
        let mut again = evidence.rows[3].clone();
        (again.start, again.end) = (ms(4_200), Some(ms(4_300)));
        evidence.rows.push(again);
    });
    assert_eq!((summary.lost, summary.duplicate), (0, 1));
}

#[test]
fn two_runs_of_one_fire_time_are_a_duplicate() {
    let (findings, summary) = after(|evidence| {
        let mut again = evidence.runs[3].clone();
        again.id.uuid = Uuid::from_u128(99);
        let mut row = evidence.rows[3].clone();
        (row.run, row.start, row.end) = (again.id, ms(4_200), Some(ms(4_300)));
        evidence.runs.push(again);
        evidence.rows.push(row);
    });
    assert!(findings.iter().any(|finding| finding.contains("2 runs of default/a")), "{findings:?}");
    assert_eq!(summary.duplicate, 1);
}

#[test]
fn what_a_run_covers_is_neither_lost_nor_to_be_run_again() {
    let merged = |evidence: &mut Evidence| {
        for second in 3..6 {
            evidence.rows.remove(2);
            evidence.runs.remove(2);
            assert_eq!(evidence.runs[2].fire_time, at(second + 1));
        }
        evidence.runs[2].covers = Covers { first: at(3), last: at(6), others: 3 };
        evidence.runs[2].claimed = at(6);
    };
    let (findings, _) = after(|evidence| {
        merged(evidence);
        evidence.faults[0].healed = at(5);
    });
    assert_eq!(findings, [""; 0]);
    found("was claimed 1s later", merged);
    found("duplicate: 2 runs", |evidence| {
        evidence.runs[4].covers.first = evidence.runs[3].fire_time;
    });
}

#[test]
fn a_fire_time_that_the_trigger_does_not_have_is_outside_the_oracle() {
    let (findings, _) = after(|evidence| {
        let (run, row) = (&mut evidence.runs[3], &mut evidence.rows[3]);
        let stray = ms(4_500);
        (run.fire_time, run.covers) = (stray, Covers::only(stray));
        (run.start_after, run.claimed, run.started) = (stray, stray, Some(stray));
        run.id = RunId::scheduled(Partition(0), run.uid, stray);
        (row.run, row.fire_time) = (run.id, stray);
        (row.start, row.end) = (stray, Some(stray));
    });
    let outside = |finding: &&String| finding.contains("outside the oracle: default/a");
    assert_eq!(findings.iter().filter(outside).count(), 1, "{findings:#?}");
    assert!(findings.iter().any(|finding| finding.contains("covers its fire time")));
}

#[test]
fn a_delivery_that_the_store_does_not_know_is_found() {
    found("the store has no record", |evidence| {
        evidence.horizon = Some(at(FIRES - 1));
        evidence.runs.retain(|run| run.job.id.as_str() != "a" || run.fire_time < at(FIRES));
    });
    found("outside the oracle", |evidence| {
        let mut row = evidence.rows[3].clone();
        row.run.uuid = Uuid::from_u128(98);
        (row.start, row.end) = (ms(4_200), Some(ms(4_300)));
        evidence.rows.push(row);
    });
    found("what is no delivery", |evidence| evidence.strangers.push("no webhook-id".to_owned()));
    found("the delivery says", |evidence| evidence.rows[3].epoch = Epoch(4));
}

#[test]
fn one_too_many_running_is_found() {
    // The third fire's handler is still at it when the fourth's begins.
    let late = |evidence: &mut Evidence| {
        evidence.rows[2].end = Some(ms(4_050));
        evidence.runs[2].ended = Some(ms(4_060));
    };
    found("default/a had 2 attempts running", late);
    let (findings, _) = after(|evidence| {
        late(evidence);
        let wider = |job: &mut Expectation| job.max_instances = 2;
        evidence.oracle.jobs.iter_mut().for_each(wider);
    });
    assert_eq!(findings, [""; 0]);
}

/// The third fire's first attempt is cut at 3.2 s and its second one runs until 3.6 s, while the
/// first handler goes on until 3.5 s.
fn cut(evidence: &mut Evidence) {
    let (run, row) = (&mut evidence.runs[2], &mut evidence.rows[2]);
    (run.attempt, run.lost, run.ended) = (2, 1, Some(ms(3_610)));
    let mut second = row.clone();
    (second.attempt, second.start, second.end) = (2, ms(3_200), Some(ms(3_600)));
    row.end = Some(ms(3_500));
    evidence.rows.push(second);
}

fn lost_at(evidence: &mut Evidence, at: Timestamp) {
    let run = evidence.runs[2].id;
    evidence.ends.push(AttemptEnd { run, attempt: 1, how: EndKind::Lost, at });
}

#[test]
fn attempts_overlap_only_where_the_store_gave_the_first_one_up() {
    let (findings, summary) = after(|evidence| {
        cut(evidence);
        lost_at(evidence, ms(3_190));
    });
    assert_eq!(findings, [""; 0]);
    assert_eq!(summary.lost_attempts, 1);

    let (findings, _) = after(cut);
    assert!(findings.iter().any(|finding| finding.contains("attempts 1 and 2")), "{findings:#?}");
    assert!(findings.iter().any(|finding| finding.contains("nothing says why")));
    // Given up only after the second attempt had begun.
    let (findings, _) = after(|evidence| {
        cut(evidence);
        lost_at(evidence, ms(3_300));
    });
    assert!(findings.iter().any(|finding| finding.contains("attempts 1 and 2")), "{findings:#?}");
}

#[test]
fn a_result_taken_for_that_of_a_later_attempt_is_found() {
    found("before the handler of its attempt 2 was done", |evidence| {
        cut(evidence);
        lost_at(evidence, ms(3_190));
        // When the first attempt's handler was done.
        evidence.runs[2].ended = Some(ms(3_500));
    });
}

#[test]
fn an_epoch_with_two_owners_is_found() {
    found("epoch 6 of partition 0 had several owners: [\"n2\", \"n3\"]", |evidence| {
        let owner = LedTerm { process: "n3".to_owned(), ..evidence.terms[1].clone() };
        evidence.terms.push(owner);
    });
}

#[test]
fn a_claim_under_an_outlived_epoch_is_found() {
    found("after a claim under 6", |evidence| {
        for (run, row) in evidence.runs.iter_mut().zip(&mut evidence.rows) {
            if run.fire_time >= at(3) {
                (run.epoch, row.epoch) = (Epoch(6), Epoch(6));
            }
        }
        let (run, row) = (&mut evidence.runs[FIRES as usize - 1], &mut evidence.rows[9]);
        (run.epoch, row.epoch) = (Epoch(5), Epoch(5));
    });
}

#[test]
fn what_goes_on_at_the_end_is_found() {
    found("has not ended: RUN_STATE_RUNNING", |evidence| {
        evidence.runs[9].state = v1::RunState::Running;
    });
    found("the handler of attempt 1 goes on", |evidence| {
        evidence.rows[9].end = None;
        evidence.runs[9].state = v1::RunState::Lost;
    });
}

#[test]
fn what_is_early_is_found() {
    found("early: the claim", |evidence| evidence.runs[3].claimed = ms(3_999));
    found("early: an attempt", |evidence| evidence.runs[3].started = Some(ms(3_999)));
    found("early: a delivery", |evidence| evidence.rows[3].start = ms(3_999));
}

#[test]
fn what_was_not_run_needs_a_reason() {
    let skip = |reason: &'static str| {
        move |evidence: &mut Evidence| {
            evidence.rows.remove(3);
            evidence.runs[3].state = v1::RunState::Skipped;
            evidence.runs[3].reason = reason.to_owned();
        }
    };
    found("gives no reason", skip(""));
    assert_eq!(after(skip("max_instances reached")).0, [""; 0]);
}

#[test]
fn claims_that_stop_are_found() {
    found("was claimed 500ms later", |evidence| {
        let (run, row) = (&mut evidence.runs[9], &mut evidence.rows[9]);
        run.claimed = ms(12_500);
        (row.start, row.end) = (ms(12_510), Some(ms(12_600)));
        run.ended = Some(ms(12_610));
    });
    found("arrived 500ms later after its claim", |evidence| {
        let (run, row) = (&mut evidence.runs[9], &mut evidence.rows[9]);
        (row.start, row.end) = (ms(12_500), Some(ms(12_600)));
        run.ended = Some(ms(12_610));
    });
}
