//! The end of finished jobs.

use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::{JobKey, JobState};

use super::bed::{Bed, LONG, Node, PARTITION, eventually, new_etag};
use super::job::TestJob;
use crate::{
    Change, ChangeJob, ClaimItem, ClaimReply, EventKind, FinishReply, FinishedJob, FinishedPage,
    NextPoint, Store, Swept, Write,
};

const AT_ONCE: Duration = Duration::ZERO;

/// The claim of a fire behind which there is none.
fn last(job: &TestJob, fire: u32) -> ClaimItem {
    let mut item = job.claim(fire);
    item.claim.next = None;
    item
}

/// Finishes a job by its last fire, whose run succeeds.
async fn finish(leader: &mut Node, job: &TestJob) {
    let reply = leader.claim(1, &[last(job, 0)]).await;
    assert!(matches!(reply.claims[..], [ClaimReply::Done(_)]), "{:?}", reply.claims);
    assert_eq!(leader.finish(job.success(&reply.leased[0])).await, FinishReply::Recorded);
}

async fn page(bed: &Bed, after: Option<&JobKey>, limit: usize, ttl: Duration) -> FinishedPage {
    bed.store.finished_jobs(PARTITION, after, limit, ttl).await.expect("the store answers")
}

async fn found(bed: &Bed, ttl: Duration) -> Vec<FinishedJob> {
    page(bed, None, 99, ttl).await.jobs
}

fn as_found(job: &TestJob) -> FinishedJob {
    FinishedJob { key: job.key().clone(), etag: job.etag, uid: job.uid() }
}

async fn sweep(bed: &Bed, leader: &Node, job: &FinishedJob, ttl: Duration) -> Swept {
    let token = leader.lease.expect("it leads");
    bed.store.sweep_job(token, job, ttl).await.expect("the store answers")
}

pub async fn a_finished_job_is_swept_with_its_history(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    finish(&mut leader, &job).await;
    assert_eq!(bed.read(&job).await.status.state, JobState::Finished);
    assert_eq!(found(&bed, AT_ONCE).await, [as_found(&job)]);

    assert_eq!(sweep(&bed, &leader, &as_found(&job), AT_ONCE).await, Swept::Removed);

    assert_eq!(bed.find(job.key()).await, None);
    assert_eq!(bed.runs(job.uid()).await, [], "its history as well");
    assert_eq!(found(&bed, AT_ONCE).await, []);
    let deleted = bed.events().await.last().map(|event| (event.kind, event.job.clone()));
    assert_eq!(deleted, Some((EventKind::JobDeleted, job.key().clone())));
    assert_eq!(sweep(&bed, &leader, &as_found(&job), AT_ONCE).await, Swept::Kept, "it is gone");
    bed.given(bed.job("j")).await;
}

pub async fn a_finished_job_is_kept_for_its_time(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    finish(&mut leader, &job).await;

    // Its fire time lies minutes back; it is the finishing that counts.
    assert_eq!(found(&bed, LONG).await, []);
    assert_eq!(sweep(&bed, &leader, &as_found(&job), LONG).await, Swept::Kept);
    assert_eq!(bed.read(&job).await.definition, job.definition);

    let ttl = Duration::from_millis(30);
    eventually("the job has been finished for 30 ms", || async {
        (!found(&bed, ttl).await.is_empty()).then_some(())
    })
    .await;
    assert!(bed.store.now().await.expect("the time") >= bed.start.saturating_add(ttl));
    assert_eq!(sweep(&bed, &leader, &as_found(&job), ttl).await, Swept::Removed);
}

pub async fn a_job_that_was_there_for_long_is_kept_for_its_time(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let ttl = Duration::from_millis(150);
    let now = async || bed.store.now().await.expect("the store answers");
    eventually("the job is older than it is kept", || async {
        (now().await > bed.start.saturating_add(ttl)).then_some(())
    })
    .await;
    let before = now().await;

    finish(&mut leader, &job).await;

    eventually("its time has passed", || async {
        (!found(&bed, ttl).await.is_empty()).then_some(())
    })
    .await;
    assert!(now().await >= before.saturating_add(ttl), "counted from when it finished");
}

pub async fn a_change_of_a_finished_job_does_not_prolong_its_time(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let exhausted = ChangeJob {
        next: NextPoint::Exhausted,
        dropped: Some(job.dropped(0, "gone")),
        ..job.change(Change::Define(Box::new(job.definition.clone())))
    };
    let write = bed.store.change_job(&exhausted).await.expect("the store answers");
    assert_eq!(write, Write::Done);
    let ttl = Duration::from_millis(30);
    eventually("it has been finished for 30 ms", || async {
        (!found(&bed, ttl).await.is_empty()).then_some(())
    })
    .await;

    let again = ChangeJob {
        expected: exhausted.etag,
        expected_last: Some(job.fire_time(0)),
        expected_next: None,
        etag: new_etag(),
        next: NextPoint::Keep,
        dropped: None,
        ..exhausted.clone()
    };
    let write = bed.store.change_job(&again).await.expect("the store answers");
    assert_eq!(write, Write::Done);

    let expected = FinishedJob { etag: again.etag, ..as_found(&job) };
    assert_eq!(found(&bed, ttl).await, std::slice::from_ref(&expected));
    let leader = bed.leader().await;
    let before = FinishedJob { etag: exhausted.etag, ..expected.clone() };
    assert_eq!(sweep(&bed, &leader, &before, ttl).await, Swept::Kept, "another version");
    let another = FinishedJob { uid: bed.job("j").uid(), ..expected.clone() };
    assert_eq!(sweep(&bed, &leader, &another, ttl).await, Swept::Kept, "another incarnation");
    assert_eq!(sweep(&bed, &leader, &expected, ttl).await, Swept::Removed);
}

pub async fn a_job_that_is_active_again_is_not_swept(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    finish(&mut leader, &job).await;
    let seen = found(&bed, AT_ONCE).await.pop().expect("it is finished");
    let revived = ChangeJob {
        expected_last: Some(job.fire_time(0)),
        expected_next: None,
        next: NextPoint::At { point: job.far_point(), due_at_once: false },
        ..job.change(Change::Define(Box::new(job.definition.clone())))
    };
    let write = bed.store.change_job(&revived).await.expect("the store answers");
    assert_eq!(write, Write::Done);

    assert_eq!(sweep(&bed, &leader, &seen, AT_ONCE).await, Swept::Kept, "another version");
    let now = FinishedJob { etag: revived.etag, ..seen };
    assert_eq!(sweep(&bed, &leader, &now, AT_ONCE).await, Swept::Kept, "it is not finished");
    assert_eq!(found(&bed, AT_ONCE).await, []);
    assert_eq!(bed.read(&job).await.status.state, JobState::Active);
    assert_eq!(bed.runs(job.uid()).await.len(), 1);
}

pub async fn a_job_whose_run_goes_on_is_not_swept(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").queueing(1)).await;
    let mut leader = bed.leader().await;
    leader.claim(0, &[last(&job, 0)]).await;
    assert_eq!(sweep(&bed, &leader, &as_found(&job), AT_ONCE).await, Swept::Kept, "pending");
    let leased = leader.take(&job.ready, 1).await.remove(0);
    assert_eq!(sweep(&bed, &leader, &as_found(&job), AT_ONCE).await, Swept::Kept, "running");

    leader.finish(job.success(&leased)).await;

    assert_eq!(sweep(&bed, &leader, &as_found(&job), AT_ONCE).await, Swept::Removed);
}

pub async fn only_the_leader_sweeps(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut old = bed.leader().await;
    finish(&mut old, &job).await;
    old.be_deposed().await;
    assert_eq!(sweep(&bed, &old, &as_found(&job), AT_ONCE).await, Swept::NotLeading);
    let new = bed.leader().await;
    assert_eq!(sweep(&bed, &old, &as_found(&job), AT_ONCE).await, Swept::NotLeading);
    assert_eq!(bed.read(&job).await.definition, job.definition);

    assert_eq!(sweep(&bed, &new, &as_found(&job), AT_ONCE).await, Swept::Removed);
}

pub async fn finished_jobs_are_found_page_by_page(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let mut leader = bed.leader().await;
    let mut finished = Vec::new();
    for n in 0..5 {
        let job = bed.given(bed.job(&format!("j{n}"))).await;
        if n % 2 == 0 {
            finish(&mut leader, &job).await;
            finished.push(as_found(&job));
        }
    }

    let (mut found, mut pages, mut after) = (Vec::new(), 0, None);
    loop {
        let page = page(&bed, after.as_ref(), 2, AT_ONCE).await;
        found.extend(page.jobs);
        pages += 1;
        let Some(next) = page.next else { break };
        after = Some(next);
    }

    assert_eq!(found, finished);
    assert_eq!(pages, 3, "five jobs, two looked at each time");
    assert_eq!(page(&bed, None, 5, AT_ONCE).await.jobs, finished);
}
