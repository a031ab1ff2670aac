//! `intend_pauses` and `apply_pauses`: pauses of scheduling.

use std::sync::LazyLock;

use bellwether_domain::pause::{Pauses, Scope};
use bellwether_domain::{RequestId, Timestamp};
use bellwether_store::record::{decode_pauses, encode_pauses};
use bellwether_store::{PausesView, Reply, StoreError, Write};

use super::{ANSWERS, Place, Script, TIMED, unexpected};
use crate::error::Effect;
use crate::keys::Keyspace;
use crate::link::Link;

/// What `sections/cluster_log.lua` calls the kinds of what happened.
const PAUSED: u8 = 3;
const RESUMED: u8 = 4;

static INTEND: LazyLock<Script> = LazyLock::new(|| {
    Script::compose(
        "intend_pauses",
        &[
            TIMED,
            &[
                include_str!("../lua/sections/call.lua"),
                include_str!("../lua/sections/cluster_log.lua"),
            ],
            ANSWERS,
            &[include_str!("../lua/intend_pauses.lua")],
        ],
    )
});
static APPLY: LazyLock<Script> = LazyLock::new(|| {
    Script::compose("apply_pauses", &[&[include_str!("../lua/apply_pauses.lua")]])
});

/// What is meant, with the store's time and the reply kept for `request`.
pub(crate) async fn read(
    link: &Link,
    keys: &Keyspace,
    request: Option<RequestId>,
) -> Result<PausesView, StoreError> {
    let mut commands = redis::pipe();
    commands.cmd("TIME").cmd("HGET").arg(keys.meta()).arg("pauses");
    if let Some(request) = request {
        commands.cmd("GET").arg(keys.request(request));
    }
    type Answers = ((i64, i64), Option<Vec<u8>>, Option<Vec<u8>>);
    let (time, record, reply): Answers = match request {
        Some(_) => link.read_all("pauses", &commands).await?,
        None => {
            let (time, record) = link.read_all("pauses", &commands).await?;
            (time, record, None)
        }
    };
    let (seconds, micros) = time;
    let now = Timestamp::from_millis(seconds.saturating_mul(1000).saturating_add(micros / 1000));
    Ok(PausesView { now, reply, pauses: decode_pauses(&record.unwrap_or_default())? })
}

/// Makes `pauses` what is meant.
pub(crate) async fn intend(
    link: &Link,
    keys: &Keyspace,
    pauses: &Pauses,
    changed: &Scope,
    reply: Option<&Reply>,
) -> Result<Write, StoreError> {
    let mut names = vec![keys.meta(), keys.log()];
    names.extend(reply.map(|reply| keys.request(reply.request)));
    let mut call = INTEND.on(&names);
    call.arg(pauses.version.saturating_sub(1)).arg(pauses.version).arg(encode_pauses(pauses));
    call.arg(reply.map_or(&[][..], |reply| &reply.body));
    let pause = pauses.of(changed);
    call.arg(if pause.is_some() { PAUSED } else { RESUMED }).arg(changed.as_str());
    call.arg(pause.map_or("", |pause| &pause.reason));
    let answer: Vec<u8> = call.send(link, Effect::Writes).await?;
    match answer.split_first() {
        Some((b'D', [])) => Ok(Write::Done),
        Some((b'C', [])) => Ok(Write::Changed),
        Some((b'R', body)) => Ok(Write::Repeated(body.to_vec())),
        _ => Err(unexpected("intend_pauses", format!("{} bytes", answer.len()))),
    }
}

/// Gives the partition a copy.
pub(crate) async fn apply(link: &Link, place: &Place, pauses: &Pauses) -> Result<(), StoreError> {
    let mut call = APPLY.on(&[place.keys.lease()]);
    call.arg(pauses.version).arg(encode_pauses(pauses)).arg(paused(pauses));
    call.arg(place.channel()).arg(place.partition.0);
    let _: u8 = call.send(link, Effect::Writes).await?;
    Ok(())
}

/// What the partition has.
pub(crate) async fn applied(link: &Link, place: &Place) -> Result<Pauses, StoreError> {
    let mut command = redis::cmd("HGET");
    command.arg(place.keys.lease()).arg("pauses");
    let record: Option<Vec<u8>> = link.send("applied_pauses", &command, Effect::Reads).await?;
    decode_pauses(&record.unwrap_or_default())
}

/// What is paused as `sections/paused.lua` reads it. The order is that of the names of the jobs:
/// `a-b/x` stands before `a/x`.
fn paused(pauses: &Pauses) -> String {
    let mut names: Vec<String> =
        pauses.pauses.iter().map(|pause| format!("{}/", pause.scope.as_str())).collect();
    if names.is_empty() {
        return String::new();
    }
    names.sort();
    let names: Vec<&str> = names.iter().map(|name| name.trim_end_matches('/')).collect();
    format!(" {} ", names.join(" "))
}

#[cfg(test)]
mod tests {
    use bellwether_domain::Namespace;

    use super::*;

    #[test]
    fn namespaces_stand_in_the_order_of_their_jobs() {
        let mut pauses = Pauses::default();
        assert_eq!(paused(&pauses), "");
        for name in ["a", "a-b", "B", "a.c"] {
            let scope = Scope::Namespace(Namespace::new(name).expect("a namespace"));
            pauses = pauses.pause(&scope, "", Timestamp::UNIX_EPOCH).expect("a change");
        }
        assert_eq!(paused(&pauses), " B a-b a.c a ");
    }
}
