//! Jobs: adding, finding and listing them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::target::{Content, HttpTarget};
use bellwether_domain::trigger::{CronForm, CronSpec, Dialect, Fold, Gap, TriggerKind};
use bellwether_domain::{
    FirePoint, Job, JobKey, JobState, JobStatus, Misfire, Namespace, Payload, PolicySpec, Priority,
    Target,
};

use super::bed::{Bed, PARTITION, new_request};
use super::job::key;
use crate::{EventKind, InsertJob, Reply, Store, Write};

pub async fn a_job_is_read_as_it_was_stored(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let mut job = bed.job("j");
    let spec = &mut job.definition.spec;
    spec.description = "naïve ☂".into();
    spec.labels = BTreeMap::from([("team".into(), "ops".into())]);
    let cron = CronSpec {
        form: CronForm::Expression("0 9 * * MON".into()),
        timezone: "Europe/Berlin".into(),
        dialect: Dialect::Unix,
        gap: Gap::Skip,
        fold: Fold::Both,
    };
    spec.trigger = TriggerKind::Cron(cron).into();
    spec.target = Target::Http(HttpTarget {
        url: "https://example.org/hook".into(),
        method: "POST".into(),
        headers: BTreeMap::from([("x".into(), "y".into())]),
        body: Some(Payload {
            content: Content::Bytes((0..=255).cycle().take(256 * 1024).collect()),
            content_type: "application/octet-stream".into(),
        }),
        signing_secret: Some("whsec_x".into()),
    });
    spec.policy = PolicySpec {
        misfire: Some(Misfire::Grace(Duration::from_millis(1500))),
        priority: Some(Priority::High),
        ..PolicySpec::default()
    };

    let job = bed.given(job).await;

    let Job { definition, status } = bed.read(&job).await;
    assert_eq!(definition, job.definition);
    let updated = status.updated;
    assert!(updated >= bed.start, "{updated}");
    let expected = JobStatus {
        etag: job.etag,
        state: JobState::Active,
        last_fire: None,
        next_fire: Some(job.fire_time(0)),
        fires: 0,
        catching_up: false,
        paused_since: None,
        failures: 0,
        updated,
    };
    assert_eq!(status, expected);
    let kinds: Vec<_> = bed.events().await.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::JobCreated]);
}

pub async fn an_unknown_job_is_not_found(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.job("nobody");

    let view = bed.store.read_job(job.key(), Some(new_request())).await;

    let view = view.expect("the store answers");
    assert_eq!((view.job, view.reply), (None, None));
    assert!(view.now >= bed.start);
    let change = job.change(crate::Change::Resume);
    assert_eq!(bed.store.change_job(&change).await.expect("the store answers"), Write::Changed);
    let delete = bed.store.delete_job(&job.delete()).await;
    assert_eq!(delete.expect("the store answers"), Write::Changed);
    let admitted = bed.store.admit_run(&job.admit(None)).await;
    assert_eq!(admitted.expect("the store answers"), crate::Admitted::Changed);
    assert_eq!(bed.runs(job.uid()).await, []);
    assert_eq!(bed.run(&job, job.run_id(0)).await, None);
    assert_eq!(bed.events().await, []);
}

pub async fn a_name_is_given_once(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;

    let second = bed.job("j");
    assert_eq!(bed.insert(&second.insert()).await, Write::Changed);

    assert_eq!(bed.read(&job).await.definition, job.definition);
}

pub async fn a_first_point_lies_ahead_unless_it_may_be_past(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.job("j");

    let past = InsertJob { due_at_once: false, ..job.insert() };
    assert_eq!(bed.insert(&past).await, Write::Changed);
    assert_eq!(bed.find(job.key()).await, None);

    let ahead = InsertJob { next: job.far_point(), due_at_once: false, ..job.insert() };
    assert_eq!(bed.insert(&ahead).await, Write::Done);
    assert_eq!(bed.due().await, [""; 0]);
    let at_once = bed.job("at-once");
    assert_eq!(bed.insert(&at_once.insert()).await, Write::Done);
    assert_eq!(bed.due().await, ["at-once"]);
}

pub async fn the_same_id_in_two_namespaces_is_two_jobs(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let [a, b] = ["a", "b"].map(|namespace| bed.job("j").in_namespace(namespace));
    let (a, b) = (bed.given(a).await, bed.given(b).await);
    let mut leader = bed.leader().await;
    leader.start(&a, 0).await;

    assert_eq!(bed.read(&a).await.status.last_fire, Some(a.fire_time(0)));
    assert_eq!(bed.read(&b).await.status.last_fire, None);
    assert_eq!(bed.runs(b.uid()).await, []);
    bed.store.delete_job(&a.delete()).await.expect("the store answers");
    assert_eq!(bed.find(a.key()).await, None);
    assert_eq!(bed.read(&b).await.definition, b.definition);
    leader.start(&b, 0).await;
}

pub async fn an_id_may_have_256_characters(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let id = format!("{}/{}", "a._-Z9".repeat(42), "xyz");
    assert_eq!(id.len(), 256);
    let job = bed.given(bed.job(&id).in_namespace(&"n".repeat(256))).await;
    let mut leader = bed.leader().await;

    let leased = leader.start(&job, 0).await;
    leader.finish(job.success(&leased)).await;

    assert_eq!(leased.run.draft.job, *job.key());
    assert_eq!(bed.run_of(&job, 0).await.draft, job.draft(0));
    assert_eq!(bed.read(&job).await.definition, job.definition);
    let listed = list(&bed, None, None, 9).await;
    assert_eq!(listed, [job.key().clone()]);
    assert!(bed.events().await.iter().all(|event| event.job == *job.key()));
}

async fn list(
    bed: &Bed,
    namespace: Option<&Namespace>,
    after: Option<&JobKey>,
    limit: usize,
) -> Vec<JobKey> {
    let jobs = bed.store.list_jobs(PARTITION, namespace, after, limit).await;
    jobs.expect("the store answers").into_iter().map(|job| job.definition.key).collect()
}

pub async fn jobs_are_listed_in_the_order_of_their_names(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    // As texts: `-` and `.` come before the slash between namespace and id, digits after it.
    let keys = [("a-b", "x"), ("a.b", "x"), ("a", "9"), ("a", "B"), ("a", "a"), ("a0", "x")];
    for (namespace, id) in [5, 2, 0, 4, 1, 3].map(|at: usize| keys[at]) {
        bed.given(bed.job(id).in_namespace(namespace)).await;
    }
    let expected = keys.map(|(namespace, id)| key(namespace, id));

    assert_eq!(list(&bed, None, None, 99).await, expected);
    let mut paged: Vec<JobKey> = Vec::new();
    for _ in 0..keys.len() {
        let page = list(&bed, None, paged.last(), 4).await;
        assert!(page.len() <= 4);
        paged.extend(page);
    }
    assert_eq!(paged, expected, "page by page");
    let a = Namespace::new("a").expect("a valid namespace");
    assert_eq!(list(&bed, Some(&a), None, 99).await, expected[2..5]);
    assert_eq!(list(&bed, Some(&a), None, 2).await, expected[2..4]);
    assert_eq!(list(&bed, Some(&a), Some(&expected[3]), 9).await, expected[4..5]);
    assert_eq!(list(&bed, Some(&a), Some(&key("a", "9z")), 9).await, expected[3..5]);
    let nobody = Namespace::new("nobody").expect("a valid namespace");
    assert_eq!(list(&bed, Some(&nobody), None, 9).await, []);
}

pub async fn jobs_are_read_in_the_order_of_the_keys(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let a = bed.given(bed.job("a")).await;
    let b = bed.given(bed.job("b")).await;
    let keys = [b.key().clone(), key("default", "nobody"), a.key().clone()];

    let jobs = bed.store.read_jobs(PARTITION, &keys).await.expect("the store answers");

    let found: Vec<_> = jobs.iter().map(|job| job.as_ref().map(|j| j.definition.uid)).collect();
    assert_eq!(found, [Some(b.uid()), None, Some(a.uid())]);
    let none = bed.store.read_jobs(PARTITION, &[]).await.expect("the store answers");
    assert_eq!(none, []);
}

pub async fn a_repeated_request_gets_its_first_reply(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.job("j");
    let reply = Reply { request: new_request(), body: vec![0, 1, 255] };
    let insert = InsertJob { reply: Some(reply.clone()), ..job.insert() };
    assert_eq!(bed.insert(&insert).await, Write::Done);

    let other = Reply { body: vec![7], ..reply.clone() };
    let again = InsertJob { reply: Some(other.clone()), ..insert };
    assert_eq!(bed.insert(&again).await, Write::Repeated(reply.body.clone()));
    let view = bed.store.read_job(job.key(), Some(reply.request)).await;
    assert_eq!(view.expect("the store answers").reply, Some(reply.body.clone()));

    // It is the request that counts, whatever it asks for now.
    let delete = crate::DeleteJob { reply: Some(other), ..job.delete() };
    let write = bed.store.delete_job(&delete).await.expect("the store answers");
    assert_eq!(write, Write::Repeated(reply.body));
    assert_eq!(bed.read(&job).await.definition, job.definition, "nothing is deleted");
}

pub async fn a_refused_write_keeps_no_reply(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let reply = Reply { request: new_request(), body: vec![1] };
    let taken = InsertJob { reply: Some(reply.clone()), ..bed.job("j").insert() };

    assert_eq!(bed.insert(&taken).await, Write::Changed);

    let view = bed.store.read_job(job.key(), Some(reply.request)).await;
    assert_eq!(view.expect("the store answers").reply, None);
    let delete = crate::DeleteJob { reply: Some(reply.clone()), ..job.delete() };
    for expected in [Write::Done, Write::Repeated(reply.body)] {
        let write = bed.store.delete_job(&delete).await.expect("the store answers");
        assert_eq!(write, expected, "a delete keeps its reply though the job is gone");
    }
}

pub async fn a_delay_does_not_hide_a_job_from_its_list(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.job("j");
    let next = FirePoint { start_after: job.far_point().start_after, ..job.point(0) };
    bed.insert(&InsertJob { next, ..job.insert() }).await;

    assert_eq!(bed.due().await, [""; 0], "due by its start, not by its fire time");
    assert_eq!(bed.read(&job).await.status.next_fire, Some(job.fire_time(0)));
}

pub async fn jobs_are_counted_by_namespace(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let count = async |namespace: &str| {
        let namespace = Namespace::new(namespace).expect("a valid namespace");
        let count = bed.store.namespace_size(&[PARTITION], &namespace).await;
        count.expect("the store answers")
    };
    assert_eq!(count("a").await, 0);
    // Names that begin alike, and characters before and behind the slash.
    for namespace in ["a", "a-", "a.b", "a0", "aa", "b"] {
        bed.given(bed.job("j").in_namespace(namespace)).await;
    }
    let gone = bed.given(bed.job("a/b").in_namespace("a")).await;
    assert_eq!(count("a").await, 2);
    assert_eq!(count("a-").await, 1);

    bed.store.delete_job(&gone.delete()).await.expect("the store answers");

    assert_eq!(count("a").await, 1);
}
