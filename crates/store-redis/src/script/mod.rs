//! The scripts: one typed function for each, in a file of its own.
//!
//! A script is composed when it is first used: sections, then the file that gives it its name, then
//! more sections where its work goes on. All share one block of locals, so a section sees what
//! stands before it. Sections instead of a library of functions, because Redis makes every function
//! of a script anew with each call, and because a script has to be one text.

pub(crate) mod admit_run;
pub(crate) mod attempts;
pub(crate) mod backfill;
pub(crate) mod cancel;
pub(crate) mod change;
pub(crate) mod count_jobs;
pub(crate) mod delete;
pub(crate) mod extend;
pub(crate) mod find_runs;
pub(crate) mod finish;
pub(crate) mod insert;
pub(crate) mod lease;
pub(crate) mod lists;
pub(crate) mod log;
pub(crate) mod member;
pub(crate) mod open;
pub(crate) mod pauses;
pub(crate) mod peek;
pub(crate) mod read;
pub(crate) mod reap;
pub(crate) mod register;
pub(crate) mod runs;
pub(crate) mod session;
pub(crate) mod sweep;
pub(crate) mod turn;
pub(crate) mod write;

use bellwether_domain::Partition;
use bellwether_store::StoreError;
use redis::{Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind, ToRedisArgs};

use crate::error::{Effect, store_error};
use crate::keys::{Keyspace, PartitionKeys};
use crate::link::Link;

/// What every script that writes to a partition begins with.
pub(crate) const WRITES: &[&str] = &[
    include_str!("../lua/sections/keys.lua"),
    include_str!("../lua/sections/clock.lua"),
    include_str!("../lua/sections/layout.lua"),
    include_str!("../lua/sections/events.lua"),
    include_str!("../lua/sections/ready.lua"),
    include_str!("../lua/sections/instants.lua"),
    include_str!("../lua/sections/active.lua"),
    include_str!("../lua/sections/book.lua"),
];

/// What scripts by which clients write begin with after that.
pub(crate) const ANSWERS: &[&str] = &[include_str!("../lua/sections/reply.lua")];

/// What scripts take up by which clients change jobs.
pub(crate) const CHANGES_JOBS: &[&str] = &[include_str!("../lua/sections/job_since.lua")];

/// What scripts take up that remove jobs.
pub(crate) const REMOVES_JOB: &[&str] = &[
    include_str!("../lua/sections/job_since.lua"),
    include_str!("../lua/sections/remove_job.lua"),
];

/// What scripts take up that admit runs, or record them.
pub(crate) const ADMITS: &[&str] =
    &[include_str!("../lua/sections/epoch.lua"), include_str!("../lua/sections/admit.lua")];

/// What scripts take up that cancel runs.
pub(crate) const CANCELS: &[&str] = &[include_str!("../lua/sections/cancels.lua")];

/// What scripts take up, behind [`ADMITS`] and [`CANCELS`], whose runs may replace others.
pub(crate) const REPLACES: &[&str] = &[include_str!("../lua/sections/replace.lua")];

/// What scripts end with that left something in the book and may have cancelled a run.
pub(crate) const WRITES_CANCELS: &[&str] =
    &[include_str!("../lua/sections/write_book.lua"), include_str!("../lua/sections/asked.lua")];

/// What scripts end with that wrote all by themselves.
pub(crate) const ENDS: &[&str] =
    &[include_str!("../lua/sections/log.lua"), include_str!("../lua/sections/outcome.lua")];

/// What scripts end with that left something in the book.
pub(crate) const WRITES_BOOK: &[&str] = &[include_str!("../lua/sections/write_book.lua")];

/// What scripts begin with that need no more than the time.
pub(crate) const TIMED: &[&str] = &[include_str!("../lua/sections/clock.lua")];

/// What scripts on the cluster's own keys take up that write to its log; needs the time.
pub(crate) const NOTES_CLUSTER: &[&str] = &[include_str!("../lua/sections/cluster_log.lua")];

/// What scripts begin with that read a partition.
pub(crate) const READS: &[&str] = &[
    include_str!("../lua/sections/keys.lua"),
    include_str!("../lua/sections/clock.lua"),
    include_str!("../lua/sections/layout.lua"),
];

/// A script as the server knows it.
pub(crate) struct Script {
    name: &'static str,
    text: String,
    hash: String,
}

impl Script {
    /// The script that these parts make, called `name` among the metrics.
    pub(crate) fn compose(name: &'static str, parts: &[&[&str]]) -> Self {
        let text = parts.concat().join("\n");
        let hash = redis::Script::new(&text).get_hash().to_owned();
        Self { name, text, hash }
    }

    /// A call of it on these keys.
    pub(crate) fn on<K: ToRedisArgs>(&self, keys: &[K]) -> Call<'_> {
        let mut command = redis::cmd("EVALSHA");
        command.arg(&self.hash).arg(keys.len());
        for key in keys {
            command.arg(key);
        }
        Call { script: self, command }
    }
}

/// A call of a script.
pub(crate) struct Call<'a> {
    script: &'a Script,
    command: Cmd,
}

impl Call<'_> {
    /// Adds an argument.
    pub(crate) fn arg(&mut self, argument: impl ToRedisArgs) -> &mut Self {
        self.command.arg(argument);
        self
    }

    /// Sends it. A server that does not know the script refuses it before it does anything; it is
    /// told the script then, and asked again.
    pub(crate) async fn send<T: FromRedisValue>(
        &self,
        link: &Link,
        effect: Effect,
    ) -> Result<T, StoreError> {
        let answer = match link.try_send(self.script.name, &self.command).await {
            Err(error) if is_unknown_script(&error) => {
                let mut load = redis::cmd("SCRIPT");
                load.arg("LOAD").arg(&self.script.text);
                // Nothing was carried out yet, whatever becomes of this.
                let () = link.send("load_script", &load, Effect::Reads).await?;
                link.try_send(self.script.name, &self.command).await
            }
            answer => answer,
        };
        answer.map_err(|error| store_error(error, effect))
    }
}

fn is_unknown_script(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
}

/// A partition as scripts are given it: its keys, and what its hints carry.
pub(crate) struct Place {
    /// The partition.
    pub(crate) partition: Partition,
    /// Its keys.
    pub(crate) keys: PartitionKeys,
    channel: String,
}

impl Place {
    /// The place of `partition` among the cluster's keys.
    pub(crate) fn new(keys: &Keyspace, partition: Partition) -> Self {
        Self { partition, keys: keys.partition(partition), channel: keys.channel() }
    }

    /// A call with the arguments that `sections/keys.lua` expects, on its keys and `more`.
    pub(crate) fn call<'a>(&self, script: &'a Script, more: &[String]) -> Call<'a> {
        let mut keys = self.keys.common().to_vec();
        keys.extend_from_slice(more);
        let mut call = script.on(&keys);
        call.arg(&self.channel).arg(self.partition.0);
        call
    }

    /// The channel of hints.
    pub(crate) fn channel(&self) -> &str {
        &self.channel
    }
}

/// A reply that is not what the script answers.
pub(crate) fn unexpected(script: &str, why: impl Into<String>) -> StoreError {
    StoreError::Corrupt { what: format!("reply of the script {script}"), why: why.into() }
}
