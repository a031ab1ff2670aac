//! What becomes of the attempts of nodes that are gone, and of those past their deadline.

use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::{EndState, Epoch, NextStep, RunState};

use super::bed::{Bed, Node, PARTITION, ids};
use super::job::TestJob;
use crate::{FinishReply, LeaseToken, Leased, Store, Turn, TurnError};

const LOST: NextStep = NextStep::Again { after: Duration::ZERO, lost: true };

/// A leader, and another node that executes fires 0 and 1 of the job.
async fn two_attempts_elsewhere(bed: &Bed, job: &TestJob) -> (Node, Node, [Leased; 2]) {
    let mut leader = bed.leader().await;
    let mut other = bed.node().await;
    leader.claim_only(job.claim_all(0..2)).await;
    let taken = other.take(&job.ready, 2).await;
    let taken = taken.try_into().expect("two runs were ready");
    (leader, other, taken)
}

async fn registered(bed: &Bed, node: &Node) -> bool {
    let all = bed.store.registered(PARTITION).await.expect("the store answers");
    all.contains(&node.boot)
}

pub async fn a_dead_nodes_registration_goes_with_its_last_attempt(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(2)).await;
    let (leader, mut dead, [a, b]) = two_attempts_elsewhere(&bed, &job).await;
    let token = leader.lease.expect("it leads");
    let reap = |leased| {
        let finish = job.finish(leased, LOST);
        let bed = &bed;
        async move {
            let reply = bed.store.reap(token, Some(dead_boot(leased)), &[finish]).await;
            reply.expect("the store answers")
        }
    };

    assert_eq!(reap(&a).await, Some(vec![FinishReply::Recorded]));
    assert!(registered(&bed, &dead).await, "it still owns an attempt");
    assert_eq!(reap(&b).await, Some(vec![FinishReply::Recorded]));
    assert!(!registered(&bed, &dead).await);

    let refused = dead.try_turn(Turn { finishes: vec![job.success(&a)], ..Turn::default() }).await;
    assert!(matches!(refused, Err(TurnError::Unregistered)), "{refused:?}");
    assert!(registered(&bed, &leader).await);
}

fn dead_boot(leased: &Leased) -> bellwether_domain::BootId {
    bellwether_domain::BootId(leased.owner.0)
}

pub async fn a_reaped_run_is_tried_again_by_another(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(2)).await;
    let (mut leader, mut asleep, [a, b]) = two_attempts_elsewhere(&bed, &job).await;
    let token = leader.lease.expect("it leads");
    let finishes = [job.finish(&a, LOST), job.finish(&b, LOST)];
    let reply = bed.store.reap(token, Some(asleep.boot), &finishes).await;
    assert_eq!(reply.expect("the store answers"), Some(vec![FinishReply::Recorded; 2]));

    let taken = leader.take(&job.ready, 9).await;

    assert_eq!(ids(&taken), [job.run_id(0), job.run_id(1)]);
    assert!(taken.iter().all(|leased| leased.run.attempt == 2 && leased.run.lost == 1));
    // The node was only asleep: it registers above what it sent and learns what it lost.
    bed.store.register(PARTITION, asleep.boot, asleep.seq).await.expect("the store answers");
    assert_eq!(asleep.finish(job.success(&a)).await, FinishReply::Superseded);
    assert_eq!(leader.finish(job.success(&taken[0])).await, FinishReply::Recorded);
}

pub async fn only_the_leader_reaps(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(2)).await;
    let (leader, other, [a, _]) = two_attempts_elsewhere(&bed, &job).await;
    let token = leader.lease.expect("it leads");
    let before = bed.attempts().await;

    let older = LeaseToken { epoch: Epoch(token.epoch.0 - 1), ..token };
    let stranger = LeaseToken { owner: other.boot, ..token };
    for token in [older, stranger] {
        let reply = bed.store.reap(token, Some(leader.boot), &[job.finish(&a, LOST)]).await;
        assert_eq!(reply.expect("the store answers"), None);
        assert_eq!(bed.attempts().await, before, "nothing is written");
        assert!(registered(&bed, &leader).await);
    }
}

pub async fn a_reaper_ends_only_the_attempts_that_it_names(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(2)).await;
    let (mut leader, _other, [a, b]) = two_attempts_elsewhere(&bed, &job).await;
    let token = leader.lease.expect("it leads");
    let mut of_another = job.finish(&a, LOST);
    of_another.owner = leader.boot.into();
    let timed_out = job.finish(&b, NextStep::End(EndState::TimedOut));

    let reply = bed.store.reap(token, None, &[of_another, timed_out]).await;

    let expected = vec![FinishReply::Superseded, FinishReply::Recorded];
    assert_eq!(reply.expect("the store answers"), Some(expected));
    assert_eq!(bed.run_of(&job, 0).await.state, RunState::RUNNING);
    assert_eq!(bed.run_of(&job, 1).await.state, RunState::Ended(EndState::TimedOut));
    assert_eq!(leader.take(&job.ready, 9).await, []);
}

pub async fn a_dead_node_without_attempts_is_forgotten(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let leader = bed.leader().await;
    let dead = bed.node().await;
    let token = leader.lease.expect("it leads");

    let reply = bed.store.reap(token, Some(dead.boot), &[]).await.expect("the store answers");

    assert_eq!(reply, Some(vec![]));
    assert!(!registered(&bed, &dead).await);
    let again = bed.store.reap(token, Some(dead.boot), &[]).await.expect("the store answers");
    assert_eq!(again, Some(vec![]), "and may be forgotten twice");
}
