//! Claims: what they are compared with, and what they write.

use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::plan::Verdict;
use bellwether_domain::{Covers, EndState, Epoch, FirePoint, JobState, Owner, RunState};

use super::bed::{Bed, LONG, PARTITION, new_etag};
use crate::{ClaimItem, ClaimReply, LeaseToken, RecordReply, Store, Turn, reason};

/// What a refused claim must not have done.
async fn assert_untouched(bed: &Bed, job: &super::job::TestJob) {
    let status = bed.read(job).await.status;
    assert_eq!((status.last_fire, status.fires), (None, 0), "the job has not moved");
    assert_eq!(status.next_fire, Some(job.fire_time(0)));
    assert_eq!(bed.runs(job.uid()).await, [], "there is no run");
}

pub async fn a_due_fire_time_becomes_a_run(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;

    let reply = leader.claim(1, &[job.claim(0)]).await;

    assert_eq!(reply.claims, [ClaimReply::Done(vec![RecordReply::Leased])]);
    let [leased] = &reply.leased[..] else { panic!("{:?}", reply.leased) };
    assert_eq!(leased.run.draft, job.draft(0));
    assert_eq!((leased.run.state, leased.run.attempt), (RunState::RUNNING, 1));
    assert_eq!(leased.run.lost, 0);
    assert_eq!(Some(leased.run.epoch), leader.lease.map(|token| token.epoch));
    assert_eq!(leased.run.claimed, reply.now);
    assert_eq!((leased.run.started, leased.run.ended), (Some(reply.now), None));
    assert_eq!(leased.owner, Owner::from(leader.boot));
    assert_eq!(leased.etag, Some(job.etag));
    assert_eq!(bed.run_of(&job, 0).await, leased.run);
    let status = bed.read(&job).await.status;
    assert_eq!(status.last_fire, Some(job.fire_time(0)));
    assert_eq!(status.next_fire, Some(job.fire_time(1)));
    assert_eq!((status.fires, status.catching_up), (1, false));
    assert_eq!((status.etag, status.state), (job.etag, JobState::Active), "a claim keeps both");
    let [attempt] = bed.attempts().await[..] else { panic!("one attempt is leased") };
    assert_eq!((attempt.run, attempt.attempt), (job.run_id(0), 1));
    assert_eq!((attempt.owner, attempt.leased), (leased.owner, reply.now));
    assert_eq!(attempt.deadline, reply.now.saturating_add(job.timeout));
}

pub async fn a_claim_names_the_point_that_it_takes(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;

    let another_point = job.claim(1);
    let mut another_fire_time = job.claim(0);
    another_fire_time.claim.expected.fire_time = job.fire_time(1);
    let mut another_delay = job.claim(0);
    another_delay.claim.expected.start_after = job.fire_time(0);

    for mut claim in [another_point, another_fire_time, another_delay] {
        claim.claim.last_fire = job.fire_time(1);
        claim.claim.next = Some(job.point(2));
        assert_eq!(leader.claim(1, &[claim]).await.claims, [ClaimReply::Changed]);
        assert_untouched(&bed, &job).await;
    }
}

pub async fn a_claim_names_version_and_incarnation(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;

    let mut another_version = job.claim(0);
    another_version.claim.etag = new_etag();
    let mut another_incarnation = job.claim(0);
    another_incarnation.claim.uid = bed.job("j").uid();

    for claim in [another_version, another_incarnation] {
        assert_eq!(leader.claim(1, &[claim]).await.claims, [ClaimReply::Changed]);
        assert_untouched(&bed, &job).await;
    }
}

pub async fn a_claim_of_an_unknown_job_is_refused(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.job("nobody");
    let mut leader = bed.leader().await;

    let reply = leader.claim(1, &[job.claim(0)]).await;

    assert_eq!((reply.claims, reply.leased), (vec![ClaimReply::Changed], vec![]));
    assert_eq!(bed.runs(job.uid()).await, []);
    assert_eq!(bed.events().await, []);
}

pub async fn a_claim_sent_twice_is_applied_once(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(5)).await;
    let mut leader = bed.leader().await;
    let turn = Turn { claims: vec![job.claim(0)], free: 5, ..Turn::default() };

    let first = leader.turn(turn.clone()).await;
    let again = leader.same_turn(turn.clone()).await.expect("the number was answered");
    let anew = leader.turn(turn).await;

    assert_eq!(again, first, "the same number gets the same answer");
    assert_eq!(anew.claims, [ClaimReply::Changed], "a new number finds the point taken");
    assert_eq!(anew.leased, []);
    assert_eq!(bed.runs(job.uid()).await.len(), 1);
    assert_eq!(bed.read(&job).await.status.fires, 1);
}

pub async fn a_fire_time_is_not_claimed_before_it_is_due(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.job("j");
    let mut insert = job.insert();
    insert.next = job.far_point();
    bed.insert(&insert).await;
    let mut leader = bed.leader().await;
    let mut claim = job.claim(4_200);
    assert_eq!(claim.claim.expected, job.far_point());
    // Due by its nominal instant, but not by its delay.
    let mut delayed = job.clone();
    delayed.definition.key = super::job::key("default", "delayed");
    let late = FirePoint { start_after: job.far_point().start_after, ..job.point(0) };
    bed.insert(&crate::InsertJob { next: late, ..delayed.insert() }).await;
    let mut delayed_claim = delayed.claim(0);
    delayed_claim.claim.expected = late;
    claim.claim.next = None;

    let reply = leader.claim(2, &[claim, delayed_claim]).await;

    assert_eq!(reply.claims, [ClaimReply::Changed, ClaimReply::Changed]);
    assert_eq!(reply.leased, []);
}

pub async fn a_claim_moves_its_job_forward(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;

    let mut standing = job.claim(0);
    standing.claim.next = Some(job.point(0));
    let mut stepping_over = job.claim_all(0..3);
    stepping_over.claim.next = Some(job.point(2));

    for claim in [standing, stepping_over] {
        assert_eq!(leader.claim(1, &[claim]).await.claims, [ClaimReply::Changed]);
        assert_untouched(&bed, &job).await;
    }
}

pub async fn a_deposed_leader_claims_nothing_and_its_results_count(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(2)).await;
    let mut old = bed.leader().await;
    let leased = old.start(&job, 0).await;
    old.be_deposed().await;
    let mut new = bed.leader().await;

    let turn = Turn {
        finishes: vec![job.success(&leased)],
        claims: vec![job.claim(1)],
        free: 1,
        ..Turn::default()
    };
    let reply = old.turn(turn).await;

    assert_eq!(reply.claims, [ClaimReply::StaleEpoch]);
    assert_eq!(reply.leased, []);
    assert_eq!(reply.finishes, [crate::FinishReply::Recorded]);
    assert_eq!(bed.run_of(&job, 0).await.state, RunState::Ended(EndState::Succeeded));
    assert_eq!(bed.read(&job).await.status.last_fire, Some(job.fire_time(0)));
    let reply = new.claim(1, &[job.claim(1)]).await;
    assert_eq!(reply.claims, [ClaimReply::Done(vec![RecordReply::Leased])]);
}

pub async fn an_older_epoch_of_the_same_owner_claims_nothing(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let older = leader.lease;
    leader.lead().await;
    let current = leader.lease;

    leader.lease = older;
    assert_eq!(leader.claim(1, &[job.claim(0)]).await.claims, [ClaimReply::StaleEpoch]);
    assert_untouched(&bed, &job).await;

    leader.lease = current;
    let reply = leader.claim(1, &[job.claim(0)]).await;
    assert_eq!(reply.claims, [ClaimReply::Done(vec![RecordReply::Leased])]);
}

pub async fn a_token_counts_only_as_a_whole(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let leader = bed.leader().await;
    let token = leader.lease.expect("it leads");
    let mut other = bed.node().await;

    let not_mine = LeaseToken { owner: other.boot, ..token };
    let too_new = LeaseToken { epoch: Epoch(token.epoch.0 + 1), ..token };
    for lease in [Some(not_mine), Some(too_new), None] {
        other.lease = lease;
        let reply = other.claim(1, &[job.claim(0)]).await;
        assert_eq!(reply.claims, [ClaimReply::StaleEpoch], "{lease:?}");
        assert_untouched(&bed, &job).await;
    }
}

pub async fn an_expired_lease_that_nobody_took_still_counts(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let token = leader.lease.expect("it leads");
    bed.store.renew(token, Duration::from_millis(1)).await.expect("the store answers");
    super::bed::eventually("the lease expires", || async {
        let lease = bed.store.leases(&[PARTITION]).await.expect("the store answers")[0];
        (lease.expires < lease.now).then_some(())
    })
    .await;

    let reply = leader.claim(1, &[job.claim(0)]).await;

    assert_eq!(reply.claims, [ClaimReply::Done(vec![RecordReply::Leased])]);
    assert!(bed.store.renew(token, LONG).await.expect("the store answers"));
}

pub async fn claims_of_one_turn_are_judged_each_on_its_own(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let a = bed.given(bed.job("a")).await;
    let b = bed.given(bed.job("b")).await;
    let mut leader = bed.leader().await;

    let reply = leader.claim(9, &[a.claim(0), b.claim(7), a.claim(1), b.claim(0)]).await;

    let done = |record| ClaimReply::Done(vec![record]);
    let expected = [
        done(RecordReply::Leased),
        ClaimReply::Changed,
        done(RecordReply::Skipped),
        done(RecordReply::Leased),
    ];
    assert_eq!(reply.claims, expected);
    assert_eq!(super::bed::ids(&reply.leased), [a.run_id(0), b.run_id(0)]);
}

pub async fn a_job_without_a_next_point_is_finished(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let mut last = job.claim(0);
    last.claim.next = None;

    leader.claim(1, &[last]).await;

    let status = bed.read(&job).await.status;
    assert_eq!((status.state, status.next_fire), (JobState::Finished, None));
    assert_eq!(bed.due().await, [""; 0]);
    let events = bed.events().await;
    assert!(events.iter().any(|event| event.kind == crate::EventKind::JobFinished));
}

pub async fn max_fires_finishes_a_job(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(9)).await;
    let mut leader = bed.leader().await;
    let capped = |mut item: ClaimItem| {
        item.claim.max_fires = Some(3);
        item
    };

    leader.claim(9, &[capped(job.claim(0))]).await;
    let status = bed.read(&job).await.status;
    assert_eq!((status.state, status.fires), (JobState::Active, 1));
    let mut missed = capped(job.claim(1));
    missed.claim.fires[0].verdict = Verdict::Missed;
    leader.claim(9, &[missed]).await;
    assert_eq!(bed.read(&job).await.status.fires, 1, "a missed fire time is not a run");
    leader.claim(9, &[capped(job.claim_all(2..4))]).await;

    let status = bed.read(&job).await.status;
    assert_eq!((status.state, status.fires), (JobState::Finished, 3));
    assert_eq!((status.next_fire, status.last_fire), (None, Some(job.fire_time(3))));
    assert_eq!(bed.due().await, [""; 0]);
}

pub async fn a_missed_record_stands_for_what_it_covers(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let covers = Covers { first: job.fire_time(0), last: job.fire_time(6), others: 6 };
    let mut claim = job.claim(0);
    claim.claim.fires[0].draft = bellwether_domain::RunDraft { covers, ..job.draft(6) };
    claim.claim.fires[0].verdict = Verdict::Missed;
    claim.claim.last_fire = job.fire_time(6);
    claim.claim.next = Some(job.point(7));

    let reply = leader.claim(1, &[claim]).await;

    assert_eq!(reply.claims, [ClaimReply::Done(vec![RecordReply::Missed])]);
    assert_eq!(reply.leased, []);
    let run = bed.run_of(&job, 6).await;
    assert_eq!(run.state, RunState::Ended(EndState::Missed));
    assert_eq!((run.draft.covers, run.attempt), (covers, 0));
    assert_eq!((run.started, run.ended), (None, Some(reply.now)));
    assert_eq!(run.report.reason, reason::TOO_LATE);
    let status = bed.read(&job).await.status;
    assert_eq!((status.last_fire, status.fires), (Some(job.fire_time(6)), 0));
}

pub async fn a_catch_up_is_remembered_until_it_is_through(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(9)).await;
    let mut leader = bed.leader().await;

    for (fire, catching_up) in [(0, true), (1, false)] {
        let mut claim = job.claim(fire);
        claim.claim.catching_up = catching_up;
        leader.claim(1, &[claim]).await;

        assert_eq!(bed.read(&job).await.status.catching_up, catching_up);
        let peek = bed.store.peek(PARTITION, None, 9).await.expect("the store answers");
        assert_eq!(peek.due[0].catching_up, catching_up);
        assert_eq!(peek.due[0].fires, fire + 1);
    }
}
