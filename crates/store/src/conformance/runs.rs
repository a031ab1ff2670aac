//! Runs that clients ask for, and how runs are read.

use std::sync::Arc;

use bellwether_domain::target::Content;
use bellwether_domain::{EndState, JobUid, NextStep, Payload, Run, RunCause, RunId, RunState};

use super::bed::{Bed, PARTITION, ids, new_etag, new_run_request};
use crate::{AdmitRun, Admitted, EventKind, RunRequest, Store, Write, reason};

async fn admit(bed: &Bed, admit: &AdmitRun) -> Run {
    match bed.store.admit_run(admit).await.expect("the store answers") {
        Admitted::Run(run) => *run,
        other => panic!("the job is as it was read: {other:?}"),
    }
}

pub async fn a_requested_run_waits_on_its_ready_list(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let payload =
        Payload { content: Content::Text("☂".into()), content_type: "text/plain".into() };
    let wanted = job.admit(Some(payload));

    let run = admit(&bed, &wanted).await;

    assert_eq!(run.draft, wanted.draft);
    assert_eq!((run.state, run.attempt), (RunState::PENDING, 0));
    assert_eq!((run.started, run.ended), (None, None));
    assert_eq!(Some(run.epoch), leader.lease.map(|token| token.epoch), "the present epoch");
    assert_eq!(bed.run(&job, run.draft.id).await, Some(run.clone()));
    let status = bed.read(&job).await.status;
    assert_eq!((status.fires, status.last_fire), (0, None), "it is no fire time of the trigger");
    let leased = leader.take(&job.ready, 1).await.remove(0);
    assert_eq!((leased.run.draft, leased.run.attempt), (wanted.draft, 1));
    let kinds: Vec<_> = bed.events().await.iter().map(|event| event.kind).collect();
    assert!(kinds.contains(&EventKind::RunPending), "{kinds:?}");
}

pub async fn a_requested_run_at_the_limit_is_recorded_as_skipped(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let leased = leader.start(&job, 0).await;

    let run = admit(&bed, &job.admit(None)).await;

    assert_eq!(run.state, RunState::Ended(EndState::Skipped));
    assert_eq!(run.report.reason, reason::NO_PLACE);
    assert!(run.ended.is_some());
    assert_eq!(bed.runs(job.uid()).await, [leased.run, run], "it stands in the history");
    assert_eq!(leader.take(&job.ready, 9).await, []);
}

pub async fn a_requested_run_waits_behind_those_before_it(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").queueing(2)).await;
    let mut leader = bed.leader().await;
    let running = leader.start(&job, 0).await;

    let first = admit(&bed, &job.admit(None)).await;
    let second = admit(&bed, &job.admit(None)).await;
    let third = admit(&bed, &job.admit(None)).await;

    assert_eq!([&first, &second].map(|run| run.state), [RunState::PENDING; 2]);
    assert_eq!(third.state, RunState::Ended(EndState::Skipped));
    assert_eq!(leader.take(&job.ready, 9).await, []);
    leader.finish(job.success(&running)).await;
    assert_eq!(ids(&leader.take(&job.ready, 9).await), [first.draft.id]);
}

pub async fn a_run_is_requested_of_the_version_that_was_read(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut another_version = job.admit(None);
    another_version.expected = new_etag();
    let mut another_incarnation = job.admit(None);
    another_incarnation.draft.uid = bed.job("j").uid();

    for wanted in [another_version, another_incarnation] {
        let admitted = bed.store.admit_run(&wanted).await.expect("the store answers");
        assert_eq!(admitted, Admitted::Changed);
    }
    assert_eq!(bed.runs(job.uid()).await, []);
}

pub async fn a_repeated_request_gets_its_run_again(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").queueing(1)).await;
    let mut wanted = job.admit(None);
    wanted.request = Some(new_run_request());
    let first = admit(&bed, &wanted).await;

    let again = admit(&bed, &wanted).await;
    // Who asks again decides anew, at another instant: it is another draft by then.
    let mut anew = job.admit(None);
    anew.draft.fire_time = job.fire_time(9);
    anew.request = wanted.request;
    let decided_anew = admit(&bed, &anew).await;

    assert_eq!([again, decided_anew], [first.clone(), first.clone()]);
    assert_eq!(bed.runs(job.uid()).await, [first]);
    let mut skipped = job.admit(None);
    skipped.request = Some(new_run_request());
    skipped.admission.places = 0;
    let first = admit(&bed, &skipped).await;
    assert_eq!(first.state, RunState::Ended(EndState::Skipped));
    assert_eq!(admit(&bed, &skipped).await, first, "a skipped one as well");
    assert_eq!(bed.runs(job.uid()).await.len(), 2);
}

pub async fn a_repeated_request_gets_its_run_whatever_became_of_the_job(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let request = new_run_request();
    let ask = async |request| {
        let known = bed.store.requested_run(PARTITION, request).await;
        known.expect("the store answers")
    };
    assert_eq!(ask(request).await, None);
    let wanted = AdmitRun { request: Some(request), ..job.admit(None) };
    let first = admit(&bed, &wanted).await;

    let changed = AdmitRun { expected: new_etag(), ..wanted.clone() };
    assert_eq!(admit(&bed, &changed).await, first);
    let write = bed.store.delete_job(&job.delete()).await.expect("the store answers");
    assert_eq!(write, Write::Done);
    assert_eq!(admit(&bed, &wanted).await, first);
    assert_eq!(ask(request).await, Some(Admitted::Run(Box::new(first))));
}

pub async fn a_request_named_as_another_is_refused(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").queueing(9)).await;
    let request = new_run_request();
    let first = admit(&bed, &AdmitRun { request: Some(request), ..job.admit(None) }).await;

    let other = RunRequest { fingerprint: [8; 8], ..request };
    let wanted = AdmitRun { request: Some(other), ..job.admit(None) };
    let admitted = bed.store.admit_run(&wanted).await.expect("the store answers");

    assert_eq!(admitted, Admitted::Reused);
    let known = bed.store.requested_run(PARTITION, other).await.expect("the store answers");
    assert_eq!(known, Some(Admitted::Reused));
    assert_eq!(bed.runs(job.uid()).await, [first]);
}

pub async fn a_paused_job_may_be_run_on_request(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut change = job.change(crate::Change::Pause { reason: String::new(), since: bed.start });
    change.next = crate::NextPoint::Unset;
    change.dropped = Some(job.dropped(0, "paused"));
    let write = bed.store.change_job(&change).await.expect("the store answers");
    assert_eq!(write, crate::Write::Done);

    let run = admit(&bed, &AdmitRun { expected: change.etag, ..job.admit(None) }).await;

    assert_eq!((run.state, run.draft.cause), (RunState::PENDING, RunCause::Manual));
}

pub async fn runs_are_listed_unfinished_first_then_the_latest(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(9)).await;
    let mut leader = bed.leader().await;
    let mut leased = Vec::new();
    for fire in 0..4 {
        leased.push(leader.start(&job, fire).await);
    }
    leader.finish(job.success(&leased[2])).await;
    let failed = bellwether_domain::NextStep::End(EndState::Failed);
    leader.finish(job.finish(&leased[1], failed)).await;

    let listed = bed.runs(job.uid()).await;

    let listed_ids: Vec<_> = listed.iter().map(|run| run.draft.id).collect();
    assert_eq!(listed_ids[..2], [job.run_id(0), job.run_id(3)]);
    let latest_first = |pair: &[Run]| {
        let of = |run: &Run| (run.ended, run.draft.fire_time);
        of(&pair[0]) >= of(&pair[1])
    };
    assert!(listed[2..].windows(2).all(latest_first), "{listed:?}");
    assert_eq!(listed.len(), 4);
    for run in listed {
        assert_eq!(bed.run(&job, run.draft.id).await, Some(run));
    }
}

pub async fn a_run_is_read_of_its_own_job(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let [a, b] = [bed.given(bed.job("a")).await, bed.given(bed.job("b")).await];
    let mut leader = bed.leader().await;
    let live = leader.start(&a, 0).await.run;
    let ended = leader.start(&b, 0).await;
    leader.finish(b.success(&ended)).await;

    assert_eq!(bed.run(&b, a.run_id(0)).await, None, "not one of this incarnation");
    assert_eq!(bed.run(&a, b.run_id(0)).await, None);
    let elsewhere = RunId { partition: bellwether_domain::Partition(9), ..a.run_id(0) };
    assert_eq!(bed.run(&a, elsewhere).await, None);
    let wanted = [b.run_id(0), a.run_id(0), a.run_id(7)];
    let runs = bed.store.read_live_runs(PARTITION, &wanted).await.expect("the store answers");
    assert_eq!(runs, [None, Some(live), None], "in their order; what ended is not live");
}

async fn find(bed: &Bed, wanted: &[(JobUid, RunId)]) -> Vec<Option<Run>> {
    bed.store.find_runs(PARTITION, wanted).await.expect("the store answers")
}

pub async fn runs_are_found_wherever_they_are(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(4)).await;
    let gone = bed.given(bed.job("gone")).await;
    let mut leader = bed.leader().await;
    let [good, bad, running] =
        [leader.start(&job, 0).await, leader.start(&job, 1).await, leader.start(&job, 2).await];
    leader.finish(job.success(&good)).await;
    leader.finish(job.finish(&bad, NextStep::End(EndState::Failed))).await;
    let orphan = leader.start(&gone, 0).await;
    leader.claim_only(job.claim(3)).await;
    bed.store.delete_job(&gone.delete()).await.expect("the store answers");

    let nobody = JobUid(uuid::Uuid::nil());
    let wanted = [
        (job.uid(), job.run_id(3)),
        (job.uid(), job.run_id(1)),
        (job.uid(), job.run_id(9)),
        (nobody, gone.run_id(0)),
        (job.uid(), job.run_id(0)),
        (nobody, job.run_id(2)),
        (nobody, job.run_id(0)),
    ];
    let found = find(&bed, &wanted).await;

    assert_eq!(found[0].as_ref().map(|run| run.state), Some(RunState::PENDING));
    let ended = |place: usize| found[place].as_ref().map(|run| run.state);
    assert_eq!(ended(1), Some(RunState::Ended(EndState::Failed)));
    assert_eq!(found[2], None, "no such run");
    assert_eq!(found[3].as_ref(), Some(&orphan.run), "unfinished, though its job is gone");
    assert_eq!(ended(4), Some(RunState::Ended(EndState::Succeeded)));
    assert_eq!(found[5].as_ref(), Some(&running.run));
    assert_eq!(found[6], None, "a history is that of an incarnation");
    assert_eq!(find(&bed, &[]).await, []);
}

pub async fn an_older_run_is_found_while_it_is_kept(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").keeping(40, 0)).await;
    let mut leader = bed.leader().await;
    for fire in 0..45 {
        let leased = leader.start(&job, fire).await;
        leader.finish(job.success(&leased)).await;
    }
    let all: Vec<_> = (0..45).map(|fire| (job.uid(), job.run_id(fire))).collect();

    let found = find(&bed, &all).await;

    let ids: Vec<_> = found.iter().map(|run| run.as_ref().map(|run| run.draft.id)).collect();
    assert_eq!(ids[..5], [None; 5], "those are beyond what is kept");
    let kept: Vec<_> = (5..45).map(|fire| Some(job.run_id(fire))).collect();
    assert_eq!(ids[5..], kept);
    for (fire, run) in (5..45).zip(&found[5..]) {
        assert_eq!(&bed.run(&job, job.run_id(fire)).await, run);
    }
}

pub async fn jobs_that_failed_since_are_told(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let [bad, lost, late, good, none] =
        ["bad", "lost", "late", "good", "none"].map(|id| bed.job(id));
    let mut leader = bed.leader().await;
    let ends = [
        (&bad, EndState::Failed),
        (&lost, EndState::Lost),
        (&late, EndState::TimedOut),
        (&good, EndState::Cancelled),
    ];
    for (job, end) in ends {
        bed.given(job.clone()).await;
        let leased = leader.start(job, 0).await;
        leader.finish(job.finish(&leased, NextStep::End(end))).await;
    }
    let leased = leader.start(&good, 1).await;
    leader.finish(good.success(&leased)).await;
    // What came later is not taken for a failure, and does not hide one.
    for fire in 1..10 {
        let mut missed = bad.claim(fire);
        missed.claim.fires[0].verdict = bellwether_domain::plan::Verdict::Missed;
        leader.claim_only(missed).await;
    }
    let ended = bed.run_of(&bad, 0).await.ended.expect("it failed");
    let uids = [&bad, &none, &lost, &late, &good].map(super::job::TestJob::uid);
    let failed_since = async |since| {
        bed.store.failed_since(PARTITION, &uids, since).await.expect("the store answers")
    };

    assert_eq!(failed_since(bed.start).await, [true, false, true, true, false]);
    assert!(failed_since(ended).await[0], "at this very instant");
    let after = ended.saturating_add(std::time::Duration::from_millis(1));
    assert!(!failed_since(after).await[0]);
    assert_eq!(bed.store.failed_since(PARTITION, &[], after).await.expect("it answers"), []);
}
