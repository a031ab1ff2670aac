//! ExportJobs and ImportJobs.

use bellwether_proto::v1;
use bellwether_proto::v1::job_service_client::JobServiceClient;
use prost::Message as _;
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::fixture::*;

type Jobs = JobServiceClient<Channel>;

async fn export(jobs: &mut Jobs, request: v1::ExportJobsRequest) -> Vec<v1::ExportJobsResponse> {
    let mut parts = jobs.export_jobs(request).await.expect("an export").into_inner();
    let mut seen = Vec::new();
    while let Some(part) = parts.message().await.expect("a part") {
        seen.push(part);
    }
    seen
}

async fn exported(jobs: &mut Jobs, namespace: &str, selector: &str) -> Vec<v1::Job> {
    let (namespace, label_selector) = (namespace.to_owned(), selector.to_owned());
    let parts = export(jobs, v1::ExportJobsRequest { namespace, label_selector }).await;
    parts.into_iter().flat_map(|part| part.jobs).collect()
}

/// Sends the parts one after another, and returns an answer for each.
async fn import(
    jobs: &mut Jobs,
    parts: Vec<v1::ImportJobsRequest>,
) -> Result<Vec<v1::ImportJobsResponse>, Status> {
    let mut replies = jobs.import_jobs(tokio_stream::iter(parts)).await?.into_inner();
    let mut seen = Vec::new();
    while let Some(reply) = replies.message().await? {
        seen.push(reply);
    }
    Ok(seen)
}

fn part(jobs: Vec<v1::Job>, on_conflict: v1::OnConflict) -> v1::ImportJobsRequest {
    v1::ImportJobsRequest { jobs, on_conflict: on_conflict as i32, ..<_>::default() }
}

fn counts(reply: &v1::ImportJobsResponse) -> (i32, i32, i32, usize) {
    (reply.created_count, reply.replaced_count, reply.unchanged_count, reply.failures.len())
}

/// Three jobs of two namespaces, one of them with everything that a client may set.
async fn given(jobs: &mut Jobs) {
    let policy = v1::Policy { max_instances: Some(3), ..<_>::default() };
    let body = v1::Payload {
        content: Some(v1::payload::Content::Text("☂".to_owned())),
        content_type: "text/plain".to_owned(),
    };
    let target = v1::HttpTarget {
        body: Some(body),
        signing_secret: Some("whsec_c2VjcmV0".to_owned()),
        ..http("http://127.0.0.1:9/")
    };
    let whole = v1::Job {
        description: "all of it".to_owned(),
        labels: [("app".to_owned(), "web".to_owned())].into(),
        target: Some(to_http(target)),
        policy: Some(policy),
        ..job("whole")
    };
    let elsewhere = v1::Job { namespace: "elsewhere".to_owned(), ..job("tick") };
    for job in [whole, job("tick"), elsewhere] {
        jobs.create_job(create(job)).await.expect("valid");
    }
}

#[tokio::test]
async fn an_export_holds_definitions_and_nothing_else() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    given(&mut jobs).await;
    let all = exported(&mut jobs, "-", "").await;
    let names: Vec<_> = all.iter().map(|job| format!("{}/{}", job.namespace, job.id)).collect();
    assert_eq!(names, ["default/tick", "default/whole", "elsewhere/tick"]);
    let mut stored = jobs.get_job(get("whole")).await.expect("it is there").into_inner();
    let stored = stored.job.take().expect("a job");
    let whole = &all[1];
    let defined = v1::Job {
        namespace: stored.namespace,
        id: stored.id,
        description: stored.description,
        labels: stored.labels,
        trigger: stored.trigger,
        target: stored.target,
        policy: stored.policy,
        ..<_>::default()
    };
    assert_eq!(*whole, defined, "no output field");
    let bytes = whole.encode_to_vec();
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("all of it") && holds("☂"), "the payload is whole");
    assert!(!holds("whsec") && !holds("c2VjcmV0"), "the secret is left out");

    assert_eq!(exported(&mut jobs, "", "app=web").await, std::slice::from_ref(whole));
    assert_eq!(exported(&mut jobs, "elsewhere", "").await, [all[2].clone()]);
    assert_eq!(exported(&mut jobs, "nobodys", "").await, []);
    let bad = v1::ExportJobsRequest { label_selector: "a b".to_owned(), ..<_>::default() };
    let answer = jobs.export_jobs(bad).await.expect_err("no selector");
    assert_eq!(said(&answer).2, "label_selector");
}

#[tokio::test]
async fn a_large_export_comes_in_parts_that_a_client_accepts() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    for n in 0..40 {
        let content = Some(v1::payload::Content::Data(vec![7; 200 * 1024]));
        let body = v1::Payload { content, content_type: String::new() };
        let target = v1::HttpTarget { body: Some(body), ..http("http://127.0.0.1:9/") };
        let big = v1::Job { target: Some(to_http(target)), ..job(&format!("big-{n:02}")) };
        jobs.create_job(create(big)).await.expect("valid");
    }
    let parts = export(&mut jobs, v1::ExportJobsRequest::default()).await;
    assert!(parts.len() > 1);
    assert!(parts.iter().all(|part| part.encoded_len() < 3_670_016));
    let ids: Vec<_> = parts.iter().flat_map(|part| &part.jobs).map(|job| &job.id).collect();
    assert_eq!(
        ids,
        (0..40).map(|n| format!("big-{n:02}")).collect::<Vec<_>>().iter().collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn what_was_exported_is_imported_and_once_more_changes_nothing() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    given(&mut jobs).await;
    let all = exported(&mut jobs, "-", "").await;
    let before = node.written().await;
    let replace = v1::OnConflict::Replace;

    let again = import(&mut jobs, vec![part(all.clone(), replace)]).await.expect("imported");
    assert_eq!(again.iter().map(counts).collect::<Vec<_>>(), [(0, 0, 3, 0)]);
    assert_eq!(node.written().await, before, "nothing is written");

    let other = Node::start().await;
    let mut others = other.jobs().await;
    let parts = all.iter().map(|job| part(vec![job.clone()], replace)).collect();
    let first = import(&mut others, parts).await.expect("imported");
    assert_eq!(first.iter().map(counts).collect::<Vec<_>>(), [(1, 0, 0, 0); 3]);
    assert_eq!(exported(&mut others, "-", "").await, all);
}

#[tokio::test]
async fn an_import_counts_what_became_of_each_and_names_what_failed() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    given(&mut jobs).await;
    let changed = v1::Job { trigger: Some(every(5)), ..job("tick") };
    let bad = v1::Job { trigger: None, ..job("bad") };
    let items = || vec![changed.clone(), bad.clone(), job("new")];
    let cases = [
        (v1::OnConflict::Fail, true, (1, 0, 0, 2)),
        (v1::OnConflict::Replace, true, (1, 1, 0, 1)),
        (v1::OnConflict::Keep, false, (1, 0, 1, 1)),
        (v1::OnConflict::Replace, false, (0, 1, 1, 1)),
    ];
    for (on_conflict, validate_only, expected) in cases {
        let part = v1::ImportJobsRequest { validate_only, ..part(items(), on_conflict) };
        let replies = import(&mut jobs, vec![part]).await.expect("imported");
        let reply = &replies[0];
        assert_eq!(counts(reply), expected, "{on_conflict:?}, only validated: {validate_only}");
        let failed = reply.failures.last().expect("the bad one");
        assert_eq!((failed.namespace.as_str(), failed.job_id.as_str()), ("default", "bad"));
    }
}

#[tokio::test]
async fn a_repeated_part_is_counted_as_it_was_the_first_time() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    jobs.create_job(create(job("old"))).await.expect("valid");
    let changed = v1::Job { trigger: Some(every(5)), ..job("old") };
    let part = v1::ImportJobsRequest {
        request_id: request_id(),
        ..part(vec![job("new"), changed], v1::OnConflict::Replace)
    };
    let replies = import(&mut jobs, vec![part.clone(), part]).await.expect("imported");
    assert_eq!(replies.iter().map(counts).collect::<Vec<_>>(), [(1, 1, 0, 0); 2]);
}

#[tokio::test]
async fn a_part_that_makes_no_sense_ends_the_stream_and_what_was_answered_stays() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let fail = v1::OnConflict::Fail;
    let parts = vec![
        part(vec![job("a")], fail),
        part(vec![job("b"), job("b")], fail),
        part(vec![job("c")], fail),
    ];
    let mut replies =
        jobs.import_jobs(tokio_stream::iter(parts)).await.expect("a stream").into_inner();
    let first = replies.message().await.expect("the first part is good").expect("an answer");
    assert_eq!(counts(&first), (1, 0, 0, 0));
    let answer = replies.message().await.expect_err("a name stands twice");
    assert_eq!((said(&answer).0, said(&answer).2.as_str()), (Code::InvalidArgument, "jobs[1]"));
    let ids: Vec<_> =
        node.written().await.0.iter().map(|job| job.definition.key.id.to_string()).collect();
    assert_eq!(ids, ["a"]);
}

#[tokio::test]
async fn a_node_that_ends_says_so_to_those_in_the_midst_of_a_stream() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let (sender, parts) = tokio::sync::mpsc::channel(1);
    sender.send(part(vec![job("a")], v1::OnConflict::Fail)).await.expect("there is room");
    let parts = tokio_stream::wrappers::ReceiverStream::new(parts);
    let mut replies = jobs.import_jobs(parts).await.expect("a stream").into_inner();
    replies.message().await.expect("the first part is good").expect("an answer");

    let stopped = tokio::spawn(node.stop());
    let answer = replies.message().await.expect_err("the node ends");
    assert_eq!((said(&answer).0, said(&answer).1.as_str()), (Code::Unavailable, "NODE_LEAVING"));
    drop((sender, replies, jobs));
    stopped.await.expect("it stops").expect("it served well");
}
