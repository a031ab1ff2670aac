//! Replacing in place: whoever registers the same jobs at each start does no harm.

use std::collections::BTreeSet;

use bellwether_proto::v1;

use crate::fixture::*;

const CLIENTS: usize = 8;
const ROUNDS: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_clients_that_register_the_same_job_make_one_and_write_once() {
    let node = Node::start().await;
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..CLIENTS {
        let mut jobs = node.jobs().await;
        clients.spawn(async move {
            let mut replies = Vec::new();
            for _ in 0..ROUNDS {
                let reply = jobs.create_job(replace(job("tick"))).await.expect("registered");
                replies.push(reply.into_inner());
            }
            replies
        });
    }
    let replies = clients.join_all().await.concat();
    assert_eq!(replies.len(), CLIENTS * ROUNDS);
    assert_eq!(replies.iter().filter(|reply| reply.created).count(), 1);
    let seen: BTreeSet<_> = replies
        .iter()
        .filter_map(|reply| reply.job.as_ref())
        .map(|job| (job.uid.clone(), job.etag.clone()))
        .collect();
    assert_eq!(seen.len(), 1, "one incarnation in one version: {seen:?}");
    assert_eq!(node.written().await.1, 1, "one event");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_clients_that_disagree_replace_each_other_in_place() {
    let node = Node::start().await;
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..CLIENTS {
        let mut jobs = node.jobs().await;
        clients.spawn(async move {
            let mut replies = Vec::new();
            for round in 0..ROUNDS {
                let description = format!("client {client}, round {round}");
                let wanted = v1::Job { description, ..job("tick") };
                let reply = jobs.create_job(replace(wanted.clone())).await.expect("replaced");
                let got = reply.into_inner();
                let shown = got.job.clone().expect("the job").description;
                assert_eq!(shown, wanted.description, "each reply shows its own write");
                replies.push(got);
            }
            replies
        });
    }
    let replies = clients.join_all().await.concat();
    assert_eq!(replies.iter().filter(|reply| reply.created).count(), 1);
    let jobs: Vec<_> = replies.iter().filter_map(|reply| reply.job.as_ref()).collect();
    let uids: BTreeSet<_> = jobs.iter().map(|job| &job.uid).collect();
    assert_eq!(uids.len(), 1);
    let etags: BTreeSet<_> = jobs.iter().map(|job| &job.etag).collect();
    assert_eq!(etags.len(), replies.len(), "every write is a version of its own");
    assert!(jobs.iter().all(|job| job.next_fire_time == Some(at(START + 60))));
    assert_eq!(node.written().await.1, replies.len(), "no write was lost");
}

#[tokio::test]
async fn what_a_job_did_stays() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let first = jobs.create_job(create(job("tick"))).await.expect("valid").into_inner().job;
    let first = first.expect("the job");
    node.clock.pass(90);
    node.claim("tick").await;

    let faster = v1::Job { trigger: Some(every(20)), ..job("tick") };
    let replaced = jobs.create_job(replace(faster)).await.expect("valid").into_inner().job;
    let replaced = replaced.expect("the job");
    assert_eq!((&replaced.uid, replaced.create_time), (&first.uid, first.create_time));
    assert_eq!(replaced.last_fire_time, Some(at(START + 60)));
    assert_eq!(replaced.fire_count, 1);
    // From the same anchor, strictly after now.
    assert_eq!(replaced.next_fire_time, Some(at(START + 100)));
    let got = jobs.get_job(get("tick")).await.expect("found").into_inner();
    assert_eq!(got.recent_runs.len(), 1);
}

#[tokio::test]
async fn an_equal_trigger_leaves_even_a_due_fire_time_alone() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    jobs.create_job(create(job("tick"))).await.expect("valid");
    node.clock.pass(150);
    let described = v1::Job { description: "new".to_owned(), ..job("tick") };
    let replaced = jobs.create_job(replace(described)).await.expect("valid").into_inner().job;
    assert_eq!(replaced.expect("the job").next_fire_time, Some(at(START + 60)));
    let got = jobs.get_job(get("tick")).await.expect("found").into_inner();
    assert!(got.recent_runs.is_empty(), "nothing was dropped");
}

#[tokio::test]
async fn what_was_due_under_the_old_trigger_becomes_one_skipped_record() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    jobs.create_job(create(job("tick"))).await.expect("valid");
    node.clock.pass(190);
    let slower = v1::Job { trigger: Some(every(600)), ..job("tick") };
    jobs.create_job(replace(slower)).await.expect("valid");
    let got = jobs.get_job(get("tick")).await.expect("found").into_inner();
    let [run] = &got.recent_runs[..] else { panic!("one record: {:?}", got.recent_runs) };
    assert_eq!(run.state(), v1::RunState::Skipped);
    assert_eq!((run.fire_time, run.reason.as_str()), (Some(at(START + 180)), "trigger changed"));
    let coalesced = run.coalesced.as_ref().expect("two others");
    assert_eq!((coalesced.count, coalesced.first_fire_time), (2, Some(at(START + 60))));
    let job = got.job.expect("the job");
    assert_eq!(job.last_fire_time, Some(at(START + 180)));
    assert_eq!(job.next_fire_time, Some(at(START + 600)));
}

#[tokio::test]
async fn a_finished_date_does_not_fire_again() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let once = |description: &str| v1::Job {
        trigger: Some(date(START + 10)),
        description: description.to_owned(),
        ..job("once")
    };
    jobs.create_job(create(once(""))).await.expect("valid");
    node.clock.pass(10);
    node.claim("once").await;
    for description in ["", "new"] {
        let replaced = jobs.create_job(replace(once(description))).await.expect("valid");
        let replaced = replaced.into_inner().job.expect("the job");
        assert_eq!(replaced.state(), v1::JobState::Finished);
        assert_eq!(replaced.next_fire_time, None);
    }
}
