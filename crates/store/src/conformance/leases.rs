//! Who leads a partition, and what fences those who no longer do.

use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::{BootId, Epoch};
use uuid::Uuid;

use super::bed::{Bed, LONG, PARTITION, eventually};
use crate::{Acquired, LeaseToken, LeaseView, Store};

const SHORT: Duration = Duration::from_millis(30);

fn boot() -> BootId {
    BootId(Uuid::now_v7())
}

async fn acquire(bed: &Bed, owner: BootId, ttl: Duration, floor: Epoch) -> Acquired {
    bed.store.acquire(PARTITION, owner, ttl, floor).await.expect("the store answers")
}

async fn lead(bed: &Bed, owner: BootId, ttl: Duration) -> LeaseToken {
    match acquire(bed, owner, ttl, Epoch(0)).await {
        Acquired::Leader(token) => token,
        Acquired::Held(view) => panic!("{view:?}"),
    }
}

async fn view(bed: &Bed) -> LeaseView {
    bed.store.leases(&[PARTITION]).await.expect("the store answers")[0]
}

pub async fn a_free_lease_is_taken_once(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let before = view(&bed).await;
    assert_eq!((before.epoch, before.owner), (Epoch(0), None));
    let [a, b] = [boot(), boot()];

    let token = lead(&bed, a, LONG).await;

    assert_eq!((token.partition, token.owner), (PARTITION, a));
    let lowest = u64::try_from(bed.start.as_millis()).expect("after 1970");
    assert!(token.epoch.0 >= lowest, "at least the store's time: {}", token.epoch);
    let Acquired::Held(held) = acquire(&bed, b, LONG, Epoch(0)).await else {
        panic!("two lead at once");
    };
    assert_eq!((held.owner, held.epoch), (Some(a), token.epoch));
    assert_eq!(held.partition, PARTITION);
    assert!(held.now < held.expires && held.expires <= held.now.saturating_add(LONG));
    let seen = view(&bed).await;
    assert_eq!((seen.owner, seen.epoch, seen.expires), (held.owner, held.epoch, held.expires));
}

pub async fn epochs_never_repeat(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let owners = [boot(), boot()];
    let mut last = Epoch(0);
    for round in 0..20 {
        let token = lead(&bed, owners[round % 2], LONG).await;
        assert!(token.epoch > last, "{} after {last}", token.epoch);
        last = token.epoch;
        assert!(bed.store.release(token).await.expect("the store answers"));
    }
}

pub async fn an_owner_that_acquires_again_gets_a_new_epoch(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let owner = boot();
    let first = lead(&bed, owner, LONG).await;

    let second = lead(&bed, owner, LONG).await;

    assert!(second.epoch > first.epoch);
    assert!(!bed.store.renew(first, LONG).await.expect("the store answers"));
    assert!(bed.store.renew(second, LONG).await.expect("the store answers"));
}

pub async fn an_epoch_is_above_the_callers_floor(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let floor = Epoch(1 << 52);

    let Acquired::Leader(token) = acquire(&bed, boot(), LONG, floor).await else {
        panic!("the lease is free");
    };

    assert_eq!(token.epoch, Epoch(floor.0 + 1));
    bed.store.release(token).await.expect("the store answers");
    let next = lead(&bed, boot(), LONG).await;
    assert_eq!(next.epoch, Epoch(floor.0 + 2), "above what is stored, whatever the time");
}

pub async fn a_release_keeps_the_epoch(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let token = lead(&bed, boot(), LONG).await;

    assert!(bed.store.release(token).await.expect("the store answers"));

    let seen = view(&bed).await;
    assert_eq!((seen.epoch, seen.owner), (token.epoch, None));
    assert!(!bed.store.release(token).await.expect("the store answers"), "it is not held");
    assert!(!bed.store.renew(token, LONG).await.expect("the store answers"));
    let next = lead(&bed, boot(), LONG).await;
    assert!(next.epoch > token.epoch);
    assert!(!bed.store.release(token).await.expect("the store answers"));
    assert_eq!(view(&bed).await.owner, Some(next.owner), "a late release ends nobody's lease");
}

pub async fn a_renewal_extends_the_lease(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let token = lead(&bed, boot(), SHORT).await;

    assert!(bed.store.renew(token, LONG).await.expect("the store answers"));

    let seen = view(&bed).await;
    assert_eq!((seen.epoch, seen.owner), (token.epoch, Some(token.owner)));
    assert!(seen.expires > seen.now.saturating_add(LONG / 2));
    let stranger = LeaseToken { owner: boot(), ..token };
    let later = LeaseToken { epoch: Epoch(token.epoch.0 + 1), ..token };
    for token in [stranger, later] {
        assert!(!bed.store.renew(token, SHORT).await.expect("the store answers"));
        assert!(!bed.store.release(token).await.expect("the store answers"));
    }
    assert!(view(&bed).await.expires >= seen.expires);
}

pub async fn an_expired_lease_is_taken_by_another(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let old = lead(&bed, boot(), SHORT).await;
    let next = boot();

    let new = eventually("the lease expires", || async {
        match acquire(&bed, next, LONG, Epoch(0)).await {
            Acquired::Leader(token) => Some(token),
            Acquired::Held(held) => {
                assert!(held.now <= held.expires, "an expired lease is held: {held:?}");
                None
            }
        }
    })
    .await;

    assert!(new.epoch > old.epoch);
    assert!(!bed.store.renew(old, LONG).await.expect("the store answers"));
    assert_eq!(view(&bed).await.owner, Some(next));
}

pub async fn an_expired_lease_that_nobody_took_may_be_renewed(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let token = lead(&bed, boot(), Duration::from_millis(1)).await;
    eventually("the lease expires", || async {
        let seen = view(&bed).await;
        (seen.expires < seen.now).then_some(())
    })
    .await;

    assert!(bed.store.renew(token, LONG).await.expect("the store answers"));
    let other = acquire(&bed, boot(), LONG, Epoch(0)).await;
    assert!(matches!(other, Acquired::Held(_)), "{other:?}");
}

pub async fn a_lease_that_ends_too_far_ahead_counts_as_expired(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let old = lead(&bed, boot(), LONG).await;

    // Written with a ttl of 60 s, seen by one whose leases last 1 s: the clock was set back.
    let new = lead(&bed, boot(), Duration::from_secs(1)).await;

    assert!(new.epoch > old.epoch);
    assert!(!bed.store.renew(old, LONG).await.expect("the store answers"));
}

pub async fn partitions_have_leases_of_their_own(store: Arc<dyn Store>) {
    let count = bellwether_domain::PartitionCount::new(3).expect("a valid number");
    store.open(Some(count)).await.expect("an empty store opens");
    let all: Vec<_> = count.iter().collect();
    let owners = [boot(), boot()];
    for (partition, owner) in [(all[2], owners[0]), (all[0], owners[1])] {
        let acquired = store.acquire(partition, owner, LONG, Epoch(0)).await;
        assert!(matches!(acquired, Ok(Acquired::Leader(_))), "{acquired:?}");
    }

    let views = store.leases(&[all[2], all[1], all[0]]).await.expect("the store answers");

    let seen: Vec<_> = views.iter().map(|view| (view.partition, view.owner)).collect();
    let expected = [(all[2], Some(owners[0])), (all[1], None), (all[0], Some(owners[1]))];
    assert_eq!(seen, expected);
}

pub async fn who_wants_a_lease_is_known_until_it_changes_hands(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let [a, b] = [boot(), boot()];
    let token = lead(&bed, a, LONG).await;
    assert_eq!(view(&bed).await.want, None);

    bed.store.want(PARTITION, b).await.expect("the store answers");

    assert_eq!(view(&bed).await.want, Some(b));
    assert!(bed.store.renew(token, LONG).await.expect("the store answers"), "it changes nothing");
    assert_eq!(view(&bed).await.want, Some(b), "nor does a renewal");
    let Acquired::Held(held) = acquire(&bed, b, LONG, Epoch(0)).await else {
        panic!("wanting is not having");
    };
    assert_eq!(held.want, Some(b));
    bed.store.release(token).await.expect("the store answers");
    lead(&bed, b, LONG).await;
    assert_eq!(view(&bed).await.want, None);
}
