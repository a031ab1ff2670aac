//! UpdateJob: its mask and its etag.

use bellwether_proto::v1;
use tonic::Code;

use crate::fixture::*;

fn update(job: v1::Job, paths: &[&str]) -> v1::UpdateJobRequest {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    let update_mask = Some(prost_types::FieldMask { paths });
    v1::UpdateJobRequest { job: Some(job), update_mask, ..<_>::default() }
}

fn named(id: &str) -> v1::Job {
    v1::Job { id: id.to_owned(), ..<_>::default() }
}

#[tokio::test]
async fn a_mask_names_what_changes() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let policy = v1::Policy { max_instances: Some(4), max_lost: Some(7), ..<_>::default() };
    let full = v1::Job {
        description: "first".to_owned(),
        labels: [("team".to_owned(), "a".to_owned())].into(),
        policy: Some(policy),
        ..job("tick")
    };
    jobs.create_job(create(full)).await.expect("valid");

    let policy = v1::Policy { max_instances: Some(2), max_lost: Some(1), ..<_>::default() };
    let sent = v1::Job { description: "sent".to_owned(), policy: Some(policy), ..named("tick") };
    let updated = jobs.update_job(update(sent, &["policy.max_instances"])).await.expect("valid");
    let updated = updated.into_inner().job.expect("the job");
    let policy = updated.policy.as_ref().expect("a policy");
    assert_eq!((policy.max_instances, policy.max_lost), (Some(2), Some(7)));
    assert_eq!((updated.description.as_str(), updated.labels.len()), ("first", 1));

    let updated = jobs.update_job(update(named("tick"), &["labels", "policy"])).await;
    let updated = updated.expect("valid").into_inner().job.expect("the job");
    assert_eq!((updated.labels.len(), updated.policy), (0, None));

    // Without a mask: what is set.
    let sent = v1::Job { trigger: Some(every(30)), ..named("tick") };
    let updated = jobs.update_job(update(sent, &[])).await.expect("valid").into_inner().job;
    let updated = updated.expect("the job");
    assert_eq!(updated.next_fire_time, Some(at(START + 30)));
    assert_eq!(updated.description, "first");
}

#[tokio::test]
async fn paths_that_cannot_be_updated_are_refused() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    jobs.create_job(create(job("tick"))).await.expect("valid");
    let before = node.written().await;
    for path in ["trigger.interval.every", "target.http", "etag", "nonsense"] {
        let answer = jobs.update_job(update(job("tick"), &[path])).await.expect_err(path);
        let (code, _, field) = said(&answer);
        assert_eq!((code, field.as_str()), (Code::InvalidArgument, "update_mask.paths[0]"));
        assert!(answer.message().contains(path), "{}", answer.message());
    }
    assert_eq!(node.written().await, before);
}

#[tokio::test]
async fn an_etag_makes_a_change_conditional() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let created = jobs.create_job(create(job("tick"))).await.expect("valid").into_inner().job;
    let first = created.expect("the job").etag;
    let describe = |text: &str, etag: &str| v1::UpdateJobRequest {
        etag: etag.to_owned(),
        ..update(v1::Job { description: text.to_owned(), ..named("tick") }, &["description"])
    };
    let second = jobs.update_job(describe("a", &first)).await.expect("the etag is right");
    let second = second.into_inner().job.expect("the job").etag;
    assert_ne!(second, first);
    for etag in [first.as_str(), "nonsense"] {
        let answer = jobs.update_job(describe("b", etag)).await.expect_err("an old etag");
        assert_eq!(said(&answer).0, Code::Aborted);
        assert_eq!(said(&answer).1, "ETAG_MISMATCH");
    }
    // The etag of a job that was read counts as well.
    let mut stale = describe("b", "");
    stale.job.as_mut().expect("the job").etag = first;
    assert_eq!(jobs.update_job(stale).await.expect_err("an old etag").code(), Code::Aborted);
    let unchanged = jobs.update_job(describe("a", &second)).await.expect("valid").into_inner().job;
    assert_eq!(unchanged.expect("the job").etag, second, "an equal job is not written");
}

#[tokio::test]
async fn a_job_that_is_not_there_is_not_found() {
    let node = Node::start().await;
    let sent = v1::Job { description: "new".to_owned(), ..named("nobody") };
    let answer = node.jobs().await.update_job(update(sent, &[])).await.expect_err("no such job");
    assert_eq!(said(&answer).0, Code::NotFound);
    assert_eq!(said(&answer).1, "JOB_NOT_FOUND");
    assert!(answer.message().contains("default/nobody"), "{}", answer.message());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn updates_that_cross_each_other_undo_nothing() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    jobs.create_job(create(job("tick"))).await.expect("valid");
    let policy = |policy| v1::Job { policy: Some(policy), ..named("tick") };
    let none = v1::Policy::default;
    let changes = [
        v1::Job { description: "new".to_owned(), ..named("tick") },
        v1::Job { labels: [("a".to_owned(), "b".to_owned())].into(), ..named("tick") },
        v1::Job { trigger: Some(every(30)), ..named("tick") },
        policy(v1::Policy { max_lost: Some(9), ..none() }),
        policy(v1::Policy { max_instances: Some(8), ..none() }),
        policy(v1::Policy { queue_limit: Some(7), ..none() }),
    ];
    let mut sent = tokio::task::JoinSet::new();
    for change in changes {
        let mut jobs = node.jobs().await;
        sent.spawn(async move { jobs.update_job(update(change, &[])).await.expect("updated") });
    }
    sent.join_all().await;
    let job = jobs.get_job(get("tick")).await.expect("found").into_inner().job.expect("the job");
    let policy = job.policy.expect("a policy");
    assert_eq!((job.description.as_str(), job.labels.len()), ("new", 1));
    assert_eq!(job.next_fire_time, Some(at(START + 30)));
    let counts = (policy.max_lost, policy.max_instances, policy.queue_limit);
    assert_eq!(counts, (Some(9), Some(8), Some(7)));
}
