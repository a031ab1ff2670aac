//! `reap`: ends attempts of others, as the partition's leader.

use std::sync::LazyLock;

use bellwether_domain::BootId;
use bellwether_store::{Finish, FinishReply, LeaseToken, StoreError};

use super::lists::Lists;
use super::{Place, Script, WRITES, finish};
use crate::error::Effect;
use crate::link::Link;

static REAP: LazyLock<Script> = LazyLock::new(|| {
    Script::compose(
        "reap",
        &[
            WRITES,
            &[
                include_str!("../lua/reap.lua"),
                include_str!("../lua/sections/columns.lua"),
                include_str!("../lua/sections/failures.lua"),
                include_str!("../lua/sections/finish.lua"),
                include_str!("../lua/sections/write_book.lua"),
                include_str!("../lua/sections/write_active.lua"),
                include_str!("../lua/sections/write_jobs.lua"),
                include_str!("../lua/sections/reaped.lua"),
                include_str!("../lua/sections/log.lua"),
                include_str!("../lua/sections/outcome.lua"),
            ],
        ],
    )
});

/// Ends attempts; `None` where the lease is another's.
pub(crate) async fn reap(
    link: &Link,
    place: &Place,
    token: LeaseToken,
    dead: Option<BootId>,
    finishes: &[Finish],
) -> Result<Option<Vec<FinishReply>>, StoreError> {
    let lists = Lists::of(finishes.iter().map(|finish| &finish.ready));
    let mut keys = lists.keys(&place.keys);
    keys.extend(finishes.iter().map(|finish| finish::history(&place.keys, finish)));
    keys.push(place.keys.cancels());
    let mut call = place.call(&REAP, &keys);
    call.arg(token.epoch.0).arg(token.owner.0.as_bytes());
    match dead {
        Some(dead) => call.arg(dead.0.as_bytes()),
        None => call.arg(""),
    };
    call.arg(&finish::numbers(finishes, &lists));
    finish::add_all_columns(&mut call, finishes, &lists);
    let reply: Option<Vec<u8>> = call.send(link, Effect::Writes).await?;
    reply.map(|codes| finish::read_answers("reap", &codes)).transpose()
}
