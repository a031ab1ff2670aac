//! Pauses of scheduling: what a partition has of them, and what they hold back.

use std::sync::Arc;

use bellwether_domain::pause::{Pauses, Scope};
use bellwether_domain::{Namespace, RunState};

use super::bed::{Bed, LONG, PARTITION, eventually, new_request};
use super::job::TestJob;
use crate::{Admitted, ClaimReply, Happened, Log, LogPage, RecordReply, Reply, Store, Write};

fn of(namespace: &str) -> Scope {
    Scope::Namespace(Namespace::new(namespace).expect("a namespace"))
}

async fn apply(bed: &Bed, pauses: &Pauses) {
    bed.store.apply_pauses(PARTITION, pauses).await.expect("the store answers");
}

/// Pauses `scope` in the partition, after all that is paused already.
async fn pause(bed: &Bed, scope: &Scope) -> Pauses {
    let applied = bed.store.applied_pauses(PARTITION).await.expect("the store answers");
    let pauses = applied.pause(scope, "night", bed.start).expect("a change");
    apply(bed, &pauses).await;
    pauses
}

async fn resume(bed: &Bed, scope: &Scope) -> Pauses {
    let applied = bed.store.applied_pauses(PARTITION).await.expect("the store answers");
    let now = bed.store.now().await.expect("the store answers");
    let pauses = applied.resume(scope, false, now).expect("a change");
    apply(bed, &pauses).await;
    pauses
}

/// Looks page by page, two jobs at a time, until nothing that is due is left to be seen, as a
/// leader does.
async fn seen(bed: &Bed) -> Vec<String> {
    let mut seen = Vec::new();
    let mut after = None;
    for _ in 0..100 {
        let peek = bed.store.peek(PARTITION, after.as_ref(), 2).await.expect("the store answers");
        seen.extend(peek.due.iter().map(|entry| entry.key.to_string()));
        if let Some(last) = peek.due.last() {
            let (start_after, key) = (last.next.start_after, last.key.clone());
            after = Some(crate::DueCursor { start_after, key });
        }
        if peek.head.due.is_none_or(|due| peek.now < due) {
            return seen;
        }
    }
    panic!("there is always more to look at; seen: {seen:?}");
}

pub async fn a_paused_scope_is_not_claimed(store: Arc<dyn Store>) {
    for scope in [Scope::Cluster, of("a")] {
        let bed = Bed::new(Arc::clone(&store)).await;
        let id = scope.as_str().replace('-', "all");
        let job = bed.given(bed.job(&id).in_namespace("a")).await;
        let mut leader = bed.leader().await;
        pause(&bed, &scope).await;

        assert_eq!(leader.claim(1, &[job.claim(0)]).await.claims, [ClaimReply::Changed]);
        assert_eq!(bed.read(&job).await.status.last_fire, None);
        assert_eq!(seen(&bed).await, [""; 0]);

        resume(&bed, &scope).await;
        let reply = leader.claim(1, &[job.claim(0)]).await;
        assert_eq!(reply.claims, [ClaimReply::Done(vec![RecordReply::Leased])]);
        assert_eq!(seen(&bed).await, [job.key().to_string()], "its next fire time is due");
        bed.store.delete_job(&job.delete()).await.expect("the store answers");
        leader.be_deposed().await;
    }
}

pub async fn namespaces_beside_a_paused_one_go_on(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let mut jobs = Vec::new();
    // Each of them stands for the others' prefix in some order of their names.
    for namespace in ["a", "a-b", "a.b", "aa", "b"] {
        jobs.push(bed.given(bed.job("j").in_namespace(namespace)).await);
    }
    let mut leader = bed.leader().await;
    pause(&bed, &of("a")).await;
    pause(&bed, &of("a.b")).await;

    let claims: Vec<_> = jobs.iter().map(|job| job.claim(0)).collect();
    let replies = leader.claim(9, &claims).await.claims;

    let done = ClaimReply::Done(vec![RecordReply::Leased]);
    let held = ClaimReply::Changed;
    assert_eq!(replies, [held.clone(), done.clone(), held, done.clone(), done]);
    let mut others = seen(&bed).await;
    others.sort();
    assert_eq!(others, ["a-b/j", "aa/j", "b/j"]);
    resume(&bed, &of("a")).await;
    let mut others = seen(&bed).await;
    others.sort();
    assert_eq!(others, ["a-b/j", "a/j", "aa/j", "b/j"], "the other stays held back");
}

pub async fn jobs_held_back_hide_none_and_wake_nobody(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    for n in 0..7 {
        bed.given(bed.job(&format!("j{n}")).in_namespace("a")).await;
    }
    let far = bed.job("far").in_namespace("a");
    bed.insert(&crate::InsertJob { next: far.far_point(), ..far.insert() }).await;
    bed.given(bed.job("z").in_namespace("b")).await;
    pause(&bed, &of("a")).await;

    assert_eq!(seen(&bed).await, ["b/z"]);
    let head = bed.store.heads(&[PARTITION]).await.expect("the store answers")[0];
    assert_eq!(head.due, Some(bed.job("z").point(0).start_after), "and the far one behind it");

    resume(&bed, &of("a")).await;
    let back = eventually("all are due again", async || {
        let due = bed.due().await;
        (due.len() == 8).then_some(due)
    });
    back.await;
}

pub async fn what_is_held_back_can_be_changed_and_deleted(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = |id: &str| bed.job(id).in_namespace("a");
    let [gone, paused, changed] =
        [bed.given(job("gone")).await, bed.given(job("paused")).await, bed.given(job("new")).await];
    pause(&bed, &of("a")).await;
    assert_eq!(seen(&bed).await, [""; 0]);

    bed.store.delete_job(&gone.delete()).await.expect("the store answers");
    let mut change =
        paused.change(crate::Change::Pause { reason: String::new(), since: bed.start });
    (change.next, change.dropped) = (crate::NextPoint::Unset, Some(paused.dropped(0, "paused")));
    assert_eq!(bed.store.change_job(&change).await.expect("the store answers"), Write::Done);
    let define = crate::Change::Define(Box::new(changed.definition.clone()));
    let mut change = changed.change(define);
    let point = changed.point(5);
    change.next = crate::NextPoint::At { point, due_at_once: true };
    change.dropped = Some(changed.dropped(4, "trigger changed"));
    assert_eq!(bed.store.change_job(&change).await.expect("the store answers"), Write::Done);
    let late: TestJob = bed.given(job("late")).await;
    assert_eq!(seen(&bed).await, [""; 0], "what comes during the pause is held back as well");

    resume(&bed, &of("a")).await;

    let mut due = bed.due().await;
    due.sort();
    assert_eq!(due, ["late", "new"]);
    let peek = bed.store.peek(PARTITION, None, 9).await.expect("the store answers");
    let points: Vec<_> = peek.due.iter().map(|entry| entry.next).collect();
    assert_eq!(points, [late.point(0), point]);
}

pub async fn an_earlier_copy_takes_no_later_ones_place(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let first = pause(&bed, &of("a")).await;
    let second = pause(&bed, &Scope::Cluster).await;

    apply(&bed, &first).await;

    let applied = bed.store.applied_pauses(PARTITION).await.expect("the store answers");
    assert_eq!(applied, second);
    let peek = bed.store.peek(PARTITION, None, 9).await.expect("the store answers");
    assert_eq!(peek.pauses, second.version);
}

pub async fn a_pause_outlives_its_leader(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let leader = bed.leader().await;
    let pauses = pause(&bed, &Scope::Cluster).await;
    leader.be_deposed().await;

    let mut next = bed.node().await;
    next.lead().await;

    assert_eq!(next.claim(1, &[job.claim(0)]).await.claims, [ClaimReply::Changed]);
    let applied = bed.store.applied_pauses(PARTITION).await.expect("the store answers");
    assert_eq!(applied, pauses);
    let token = next.lease.expect("it leads");
    assert!(bed.store.renew(token, LONG).await.expect("the store answers"), "it is no lease of it");
}

pub async fn a_run_on_request_is_not_held_back(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let running = leader.start(&job, 0).await;
    pause(&bed, &Scope::Cluster).await;

    leader.finish(job.success(&running)).await;
    let admitted = bed.store.admit_run(&job.admit(None)).await.expect("the store answers");

    let Admitted::Run(run) = admitted else { panic!("a run: {admitted:?}") };
    assert_eq!(run.state, RunState::PENDING);
    assert_eq!(leader.take(&job.ready, 1).await.len(), 1);
}

pub async fn what_is_meant_is_numbered(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let view = bed.store.pauses(None).await.expect("the store answers");
    assert_eq!((view.pauses.clone(), view.reply), (Pauses::default(), None));
    let first = view.pauses.pause(&of("a"), "night", view.now).expect("a change");
    let second = first.pause(&Scope::Cluster, "☂", view.now).expect("a change");
    let scopes = [of("a"), Scope::Cluster];
    let intend = async |pauses: &Pauses, reply| {
        let changed = &scopes[usize::from(pauses.version == 2)];
        bed.store.intend_pauses(pauses, changed, reply).await.expect("the store answers")
    };

    assert_eq!(intend(&second, None).await, Write::Changed, "it comes after one that is not there");
    let reply = Reply { request: new_request(), body: vec![1, 2] };
    assert_eq!(intend(&first, Some(&reply)).await, Write::Done);
    assert_eq!(intend(&first, None).await, Write::Changed);
    assert_eq!(intend(&second, None).await, Write::Done);

    let again = Reply { body: vec![3], ..reply.clone() };
    assert_eq!(intend(&second, Some(&again)).await, Write::Repeated(reply.body.clone()));
    let view = bed.store.pauses(Some(reply.request)).await.expect("the store answers");
    assert_eq!((view.pauses, view.reply), (second, Some(reply.body)));
    let applied = bed.store.applied_pauses(PARTITION).await.expect("the store answers");
    assert_eq!(applied, Pauses::default(), "a copy is another write");
}

pub async fn the_log_of_the_cluster_tells_of_pauses(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let start = bed.store.ends(&[Log::Cluster]).await.expect("the store answers").remove(0);
    let paused = Pauses::default().pause(&of("a"), "night", bed.start).expect("a change");
    let both = paused.pause(&Scope::Cluster, "", bed.start).expect("a change");
    let one = both.resume(&of("a"), true, bed.start).expect("a change");
    for (pauses, changed) in [(&paused, of("a")), (&both, Scope::Cluster), (&one, of("a"))] {
        let write = bed.store.intend_pauses(pauses, &changed, None).await;
        assert_eq!(write.expect("the store answers"), Write::Done);
    }
    let stale = bed.store.intend_pauses(&one, &of("a"), None).await.expect("the store answers");
    assert_eq!(stale, Write::Changed, "and it is no event");

    let page = bed.store.read_log(Log::Cluster, &start, 9).await.expect("the store answers");

    let LogPage::Entries(entries) = page else { panic!("nothing was dropped: {page:?}") };
    let told: Vec<_> = entries.into_iter().map(|entry| entry.happened).collect();
    let namespace = Some(Namespace::new("a").expect("a namespace"));
    let expected = [
        Happened::SchedulingPaused { namespace: namespace.clone(), reason: "night".to_owned() },
        Happened::SchedulingPaused { namespace: None, reason: String::new() },
        Happened::SchedulingResumed { namespace },
    ];
    assert_eq!(told, expected);
}
