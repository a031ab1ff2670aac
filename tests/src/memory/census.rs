//! What the keys of a cluster take, by family: the name behind the hash tag, without what tells one
//! key of a family from another.

use std::collections::BTreeMap;

use redis::aio::MultiplexedConnection;

/// How many keys are looked at by one step of a scan, about.
const STEP: usize = 1_000;

/// What the keys of all clusters of a server take.
#[derive(Clone, Debug, Default)]
pub struct Census {
    /// By family, as in `history` or `events`.
    pub families: BTreeMap<String, Family>,
    /// What the server says that it uses in all, in bytes.
    pub used: u64,
}

/// The keys of one family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Family {
    /// How many there are.
    pub keys: u64,
    /// What is in them: elements of lists, fields of hashes and so on.
    pub entries: u64,
    /// The most that is in one of them.
    pub most: u64,
    /// What they take, in bytes.
    pub bytes: u64,
}

impl Census {
    /// Asks every key. It goes on while others write, so what is under way may be counted or not.
    ///
    /// # Panics
    /// When the server does not answer.
    pub async fn take(connection: &mut MultiplexedConnection) -> Self {
        let mut census = Self::default();
        let mut cursor = 0;
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(cursor).arg("MATCH").arg("{bw:*").arg("COUNT").arg(STEP);
            let (next, keys): (u64, Vec<String>) =
                scan.query_async(connection).await.expect("the server is up");
            census.add(connection, &keys).await;
            if next == 0 {
                break;
            }
            cursor = next;
        }
        let info: String = redis::cmd("INFO")
            .arg("memory")
            .query_async(connection)
            .await
            .expect("the server is up");
        let used = info.lines().find_map(|line| line.strip_prefix("used_memory:"));
        census.used = used.and_then(|used| used.trim().parse().ok()).expect("INFO says it");
        census
    }

    /// The family of this name; empty where there is none.
    #[must_use]
    pub fn family(&self, name: &str) -> Family {
        self.families.get(name).copied().unwrap_or_default()
    }

    /// What all families take, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.families.values().map(|family| family.bytes).sum()
    }

    async fn add(&mut self, connection: &mut MultiplexedConnection, keys: &[String]) {
        if keys.is_empty() {
            return;
        }
        let mut asked = redis::pipe();
        for key in keys {
            asked.cmd("TYPE").arg(key);
            asked.cmd("MEMORY").arg("USAGE").arg(key).arg("SAMPLES").arg(0);
        }
        let answers: Vec<redis::Value> =
            asked.query_async(connection).await.expect("the server is up");
        let mut lengths = redis::pipe();
        let mut found = Vec::with_capacity(keys.len());
        for (key, answer) in keys.iter().zip(answers.chunks_exact(2)) {
            let kind: String = redis::from_redis_value_ref(&answer[0]).expect("a type");
            let bytes: Option<u64> = redis::from_redis_value_ref(&answer[1]).expect("a size");
            // A list that is empty just now is no key, and may be one again at the next command.
            let Some(length) = length_of(&kind) else { continue };
            found.push((key, bytes.unwrap_or(0)));
            lengths.cmd(length).arg(key);
        }
        if found.is_empty() {
            return;
        }
        let lengths: Vec<redis::Value> =
            lengths.query_async(connection).await.expect("the server is up");
        for ((key, bytes), length) in found.into_iter().zip(lengths) {
            let entries = redis::from_redis_value::<u64>(length).unwrap_or(0);
            let family = self.families.entry(family_of(key)).or_default();
            family.keys += 1;
            family.entries += entries;
            family.most = family.most.max(entries);
            family.bytes += bytes;
        }
    }
}

/// The command that counts what is in a key of this type; `None` where there is no such key.
fn length_of(kind: &str) -> Option<&'static str> {
    match kind {
        "list" => Some("LLEN"),
        "hash" => Some("HLEN"),
        "zset" => Some("ZCARD"),
        "set" => Some("SCARD"),
        "stream" => Some("XLEN"),
        "string" => Some("STRLEN"),
        _ => None,
    }
}

fn family_of(key: &str) -> String {
    let name = key.split_once("}:").map_or(key, |(_, name)| name);
    name.split(':').next().unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redis_server::{Persistence, RedisServer};

    #[tokio::test]
    async fn every_key_is_counted_in_its_family() {
        let server = RedisServer::start(Persistence::None).await;
        let mut connection = server.connection().await;
        for command in [
            "RPUSH {bw:c:0}:history:1:ok a b c",
            "RPUSH {bw:c:1}:history:2:other a",
            "HSET {bw:c:0}:jobs x 1 y 2",
            "ZADD {bw:c:0}:due 1 x",
            "XADD {bw:c:0}:events * e 1",
            "SET {bw:c:0}:req:7 reply",
            "SET other 1",
        ] {
            let mut words = command.split(' ');
            let mut sent = redis::cmd(words.next().expect("a command"));
            let () = sent
                .arg(words.collect::<Vec<_>>())
                .exec_async(&mut connection)
                .await
                .expect(command);
        }
        let census = Census::take(&mut connection).await;
        let shown: Vec<_> = census
            .families
            .iter()
            .map(|(name, family)| (name.as_str(), family.keys, family.entries, family.most))
            .collect();
        let expected = [
            ("due", 1, 1, 1),
            ("events", 1, 1, 1),
            ("history", 2, 4, 3),
            ("jobs", 1, 2, 2),
            ("req", 1, 5, 5),
        ];
        assert_eq!(shown, expected);
        assert!(census.families.values().all(|family| family.bytes > 0));
        assert!(census.used > census.bytes());
    }
}
