//! The cluster as a whole.

use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::PartitionCount;
use futures::StreamExt as _;
use futures::stream::BoxStream;

use super::bed::{Bed, PARTITION};
use crate::{Hint, InsertJob, OpenError, Store};

fn count(partitions: u16) -> Option<PartitionCount> {
    Some(PartitionCount::new(partitions).expect("a valid number"))
}

pub async fn a_new_cluster_takes_what_is_wanted(store: Arc<dyn Store>) {
    let info = store.open(count(7)).await.expect("an empty store opens");
    assert_eq!(Some(info.partitions), count(7));

    let adopted = store.open(None).await.expect("the number is adopted");
    let agreed = store.open(count(7)).await.expect("the number is the same");
    let refused = store.open(count(8)).await;

    assert_eq!([adopted, agreed], [info; 2]);
    let Err(OpenError::Partitions { existing: 7, wanted: 8 }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(store.open(None).await.expect("it opens").partitions, info.partitions);
}

pub async fn a_new_cluster_has_16_partitions_unless_told(store: Arc<dyn Store>) {
    let info = store.open(None).await.expect("an empty store opens");
    assert_eq!(info.partitions, PartitionCount::DEFAULT);
    assert!(store.open(count(1)).await.is_err());
}

pub async fn the_stores_time_passes(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let later = super::bed::eventually("time passes", || async {
        let now = bed.store.now().await.expect("the store tells its time");
        (now > bed.start).then_some(now)
    })
    .await;
    assert!(later.since(bed.start) < Duration::from_secs(60));
}

pub async fn a_store_names_its_kind(store: Arc<dyn Store>) {
    assert!(!store.kind().is_empty());
}

/// Waits for `wanted` among whatever else is hinted.
pub(crate) async fn expect(hints: &mut BoxStream<'static, Hint>, wanted: Hint) {
    let found = tokio::time::timeout(Duration::from_secs(10), async {
        while let Some(hint) = hints.next().await {
            if hint == wanted {
                return;
            }
        }
        panic!("the stream of hints ended");
    });
    found.await.unwrap_or_else(|_| panic!("no {wanted:?} within 10 s"));
}

async fn listen(bed: &Bed) -> BoxStream<'static, Hint> {
    bed.store.hints().await.expect("the store answers")
}

pub async fn an_earlier_point_is_hinted(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let mut hints = listen(&bed).await;
    let far = bed.job("far");
    bed.insert(&InsertJob { next: far.far_point(), ..far.insert() }).await;
    expect(&mut hints, Hint::Due(PARTITION)).await;

    bed.given(bed.job("near")).await;

    expect(&mut hints, Hint::Due(PARTITION)).await;
}

pub async fn a_run_for_an_empty_ready_list_is_hinted(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let mut hints = listen(&bed).await;

    leader.claim_only(job.claim(0)).await;
    expect(&mut hints, Hint::Ready(PARTITION)).await;

    let leased = leader.take(&job.ready, 1).await.remove(0);
    leader.finish(job.success(&leased)).await;
    let admitted = bed.store.admit_run(&job.admit(None)).await.expect("the store answers");
    assert!(matches!(admitted, crate::Admitted::Run(_)));
    expect(&mut hints, Hint::Ready(PARTITION)).await;
}

pub async fn a_released_lease_is_hinted(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let leader = bed.leader().await;
    let [mut one, mut two] = [listen(&bed).await, listen(&bed).await];

    leader.be_deposed().await;

    expect(&mut one, Hint::Lease(PARTITION)).await;
    expect(&mut two, Hint::Lease(PARTITION)).await;
}

pub async fn a_catch_up_that_may_go_on_is_hinted(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let most = u32::try_from(bellwether_domain::plan::CATCH_UP).expect("a small number");
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let mut claim = job.claim_all(0..most);
    claim.claim.catching_up = true;
    let first = leader.claim(1, &[claim]).await.leased.remove(0);
    let mut hints = listen(&bed).await;

    leader.finish(job.success(&first)).await;

    expect(&mut hints, Hint::Due(PARTITION)).await;
}

pub async fn a_cancel_is_hinted(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").replacing(super::bed::LONG)).await;
    let mut leader = bed.leader().await;
    let first = leader.start(&job, 0).await;
    let mut hints = listen(&bed).await;

    bed.store.cancel_run(&job.cancel(&first.run)).await.expect("the store answers");
    expect(&mut hints, Hint::Cancel(PARTITION)).await;

    leader.finish(job.success(&first)).await;
    leader.start(&job, 1).await;
    leader.claim(1, &[job.claim(2)]).await;
    expect(&mut hints, Hint::Cancel(PARTITION)).await;
}
