//! PauseJob and ResumeJob.

use bellwether_proto::v1;
use tonic::Code;

use crate::fixture::*;

fn pause(id: &str, reason: &str) -> v1::PauseJobRequest {
    v1::PauseJobRequest { job_id: id.to_owned(), reason: reason.to_owned(), ..<_>::default() }
}

fn resume(id: &str) -> v1::ResumeJobRequest {
    v1::ResumeJobRequest { job_id: id.to_owned(), ..<_>::default() }
}

#[tokio::test]
async fn a_paused_job_has_no_fire_times_until_it_is_resumed() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    jobs.create_job(create(job("tick"))).await.expect("valid");
    let paused = jobs.pause_job(pause("tick", "night")).await.expect("paused").into_inner().job;
    let paused = paused.expect("the job");
    assert_eq!((paused.state(), paused.pause_reason.as_str()), (v1::JobState::Paused, "night"));
    assert_eq!(paused.next_fire_time, None);
    let got = jobs.get_job(get("tick")).await.expect("found").into_inner();
    assert!(got.next_fire_times.is_empty());

    node.clock.pass(200);
    let resumed = jobs.resume_job(resume("tick")).await.expect("resumed").into_inner().job;
    let resumed = resumed.expect("the job");
    assert_eq!((resumed.state(), resumed.pause_reason.as_str()), (v1::JobState::Active, ""));
    assert_eq!(resumed.next_fire_time, Some(at(START + 240)), "the pause is not made up for");
    let runs = jobs.get_job(get("tick")).await.expect("found").into_inner().recent_runs;
    assert!(runs.is_empty());
}

#[tokio::test]
async fn a_resume_with_a_catch_up_makes_the_fire_times_of_the_pause_due() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    jobs.create_job(create(job("tick"))).await.expect("valid");
    node.clock.pass(70);
    jobs.pause_job(pause("tick", "")).await.expect("paused");
    node.clock.pass(200);

    let catch_up = v1::ResumeJobRequest { catch_up: true, ..resume("tick") };
    let resumed = jobs.resume_job(catch_up).await.expect("resumed").into_inner().job;

    assert_eq!(resumed.expect("the job").next_fire_time, Some(at(START + 120)));
    node.claim("tick").await;
    let got = jobs.get_job(get("tick")).await.expect("found").into_inner();
    let [run, skipped] = &got.recent_runs[..] else { panic!("two: {:?}", got.recent_runs) };
    assert_eq!((run.state(), run.fire_time), (v1::RunState::Pending, Some(at(START + 240))));
    let coalesced = run.coalesced.as_ref().expect("it stands for the others of the pause");
    assert_eq!((coalesced.count, coalesced.first_fire_time), (2, Some(at(START + 120))));
    assert_eq!(skipped.state(), v1::RunState::Skipped, "what was due before the pause");
}

#[tokio::test]
async fn what_was_due_when_it_was_paused_is_recorded() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    jobs.create_job(create(job("tick"))).await.expect("valid");
    node.clock.pass(130);
    jobs.pause_job(pause("tick", "")).await.expect("paused");
    let got = jobs.get_job(get("tick")).await.expect("found").into_inner();
    let [run] = &got.recent_runs[..] else { panic!("one record: {:?}", got.recent_runs) };
    assert_eq!((run.state(), run.reason.as_str()), (v1::RunState::Skipped, "paused"));
    assert_eq!(run.coalesced.as_ref().map(|coalesced| coalesced.count), Some(1));
}

#[tokio::test]
async fn pausing_and_resuming_twice_is_harmless() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    jobs.create_job(create(job("tick"))).await.expect("valid");
    let etag = |job: Option<v1::Job>| job.expect("the job").etag;
    let first = etag(jobs.pause_job(pause("tick", "a")).await.expect("paused").into_inner().job);
    let same = etag(jobs.pause_job(pause("tick", "a")).await.expect("paused").into_inner().job);
    assert_eq!(first, same, "nothing to write");
    let other = jobs.pause_job(pause("tick", "b")).await.expect("paused").into_inner().job;
    assert_eq!(other.expect("the job").pause_reason, "b");
    let first = etag(jobs.resume_job(resume("tick")).await.expect("resumed").into_inner().job);
    let same = etag(jobs.resume_job(resume("tick")).await.expect("resumed").into_inner().job);
    assert_eq!(first, same);
}

#[tokio::test]
async fn a_finished_job_can_be_neither_paused_nor_resumed() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let once = v1::Job { trigger: Some(date(START)), ..job("once") };
    jobs.create_job(create(once)).await.expect("valid");
    node.claim("once").await;
    let answers = [
        jobs.pause_job(pause("once", "")).await.expect_err("finished"),
        jobs.resume_job(resume("once")).await.expect_err("finished"),
    ];
    for answer in answers {
        let (code, reason, _) = said(&answer);
        assert_eq!((code, reason.as_str()), (Code::FailedPrecondition, "JOB_FINISHED"));
    }
}

#[tokio::test]
async fn a_long_reason_is_refused() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    jobs.create_job(create(job("tick"))).await.expect("valid");
    let answer = jobs.pause_job(pause("tick", &"r".repeat(1_025))).await.expect_err("too long");
    assert_eq!(said(&answer).2, "reason");
}
