//! `open_session`, `beat_sessions` and `close_session`: the sessions of workers.

use std::sync::LazyLock;

use bellwether_domain::{BootId, SessionId};
use bellwether_store::{OpenSession, SessionBeat, StoreError, StreamNumber};

use super::{Script, TIMED};
use crate::codec::bytes::Append as _;
use crate::error::Effect;
use crate::keys::Keyspace;
use crate::link::Link;

static OPEN: LazyLock<Script> = LazyLock::new(|| {
    Script::compose("open_session", &[TIMED, &[include_str!("../lua/open_session.lua")]])
});
static BEAT: LazyLock<Script> = LazyLock::new(|| {
    Script::compose("beat_sessions", &[TIMED, &[include_str!("../lua/beat_sessions.lua")]])
});
static CLOSE: LazyLock<Script> = LazyLock::new(|| {
    Script::compose("close_session", &[&[include_str!("../lua/close_session.lua")]])
});

/// Opens or resumes a session; `None` where there is none to be resumed.
pub(crate) async fn open(
    link: &Link,
    keys: &Keyspace,
    open: &OpenSession,
) -> Result<Option<StreamNumber>, StoreError> {
    let text = |text: &str| {
        let mut bytes = Vec::with_capacity(2 + text.len());
        bytes.short(text.as_bytes());
        bytes
    };
    let mut call = OPEN.on(&[keys.workers()]);
    call.arg(open.session.0.as_bytes())
        .arg(open.host.0.as_bytes())
        .arg(text(open.namespace.as_str()))
        .arg(text(open.worker.as_str()))
        .arg(u8::from(open.resume));
    let stream: u64 = call.send(link, Effect::Writes).await?;
    Ok((stream > 0).then_some(StreamNumber(stream)))
}

/// The sessions that `host` hosts no longer, and session and record of all, in turn.
pub(crate) async fn beat(
    link: &Link,
    keys: &Keyspace,
    host: BootId,
    beats: &[SessionBeat],
) -> Result<(Vec<Vec<u8>>, Vec<Vec<u8>>), StoreError> {
    let mut call = BEAT.on(&[keys.workers()]);
    call.arg(host.0.as_bytes());
    for SessionBeat { session, stream, beat } in beats {
        let mut row = session.0.as_bytes().to_vec();
        row.extend_from_slice(&stream.0.to_be_bytes());
        row.extend_from_slice(&beat.to_be_bytes());
        call.arg(row);
    }
    call.send(link, Effect::Writes).await
}

/// Removes a session that is still at `stream`.
pub(crate) async fn close(
    link: &Link,
    keys: &Keyspace,
    session: SessionId,
    stream: StreamNumber,
) -> Result<(), StoreError> {
    let mut call = CLOSE.on(&[keys.workers()]);
    call.arg(session.0.as_bytes()).arg(&stream.0.to_be_bytes());
    call.send(link, Effect::Writes).await
}
