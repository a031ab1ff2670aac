//! Several nodes, each a process, on a Redis of their own. They may be killed, to see what happens.

use std::collections::HashSet;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use bellwether_client::Client;
use bellwether_client::v1::{GetClusterRequest, RunState};
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::guard::Guard;
use super::member::{self, Member};
use super::redis::Redis;
use super::roster::Roster;
use super::runs::Runs;
use super::{demo, line};
use crate::failure::Failure;
use crate::node::signals::Signals;

/// How often it is looked what has changed.
const PERIOD: Duration = Duration::from_millis(250);

/// How long the nodes may take until they lead everything.
const START: Duration = Duration::from_secs(60);

/// How long a node that was asked to leave may take: a little longer than it gives its runs.
const LEAVE: Duration = Duration::from_secs(30);

/// Runs `nodes` nodes until Ctrl-C.
pub(super) async fn run(
    nodes: u16,
    redis: Option<&Path>,
    log: Option<&str>,
) -> Result<(), Failure> {
    let mut signals = Signals::listen()?;
    let mut cluster = Several::start(nodes, redis, log)?;
    eprintln!("{}", cluster.greeting());
    let ended = tokio::select! {
        result = cluster.show() => result,
        _ = signals.next() => Ok(()),
    };
    eprintln!("\nleaving");
    tokio::select! {
        () = cluster.leave() => ended,
        _ = signals.next() => Err(Failure::interrupted()),
    }
}

/// The processes. Whichever way the value goes, they end: first the nodes, then their store, and
/// the guard last.
struct Several {
    members: Vec<Member>,
    redis: Redis,
    guard: Guard,
    client: Client,
    /// Where the first node listens, or listened.
    address: SocketAddr,
    roster: Option<Roster>,
    runs: Runs,
    /// The demo jobs that have not run yet.
    to_run: HashSet<&'static str>,
}

impl Several {
    fn start(nodes: u16, redis: Option<&Path>, log: Option<&str>) -> Result<Self, Failure> {
        let addresses = member::addresses(nodes)?;
        let grpc: Vec<_> = addresses.iter().map(|listen| listen.grpc).collect();
        let mut guard = Guard::start()?;
        let mut several = Self {
            members: Vec::new(),
            redis: Redis::start(redis, &mut guard)?,
            guard,
            client: demo::client(&grpc)?,
            address: grpc[0],
            roster: None,
            runs: Runs::default(),
            to_run: demo::IDS.into_iter().collect(),
        };
        let from_env = std::env::var_os("RUST_LOG").is_some_and(|filter| !filter.is_empty());
        let log = log.or((!from_env).then_some("warn"));
        for (number, listen) in (1..).zip(addresses) {
            let member = Member::start(format!("n{number}"), listen, &several.redis.url(), log)?;
            several.members.push(member);
            several.watch_living()?;
        }
        Ok(several)
    }

    fn greeting(&self) -> String {
        format!(
            "bellwether dev: {} nodes, jobs in {} (process {})\n\
             Kill a node with kill -9 and its pid, and see the others take over\n\
             Ctrl-C ends them all, and the jobs with them\n",
            self.members.len(),
            self.redis.url(),
            self.redis.pid(),
        )
    }

    /// Shows who leads and what runs, until there is nothing left to show.
    async fn show(&mut self) -> Result<(), Failure> {
        let deadline = Instant::now() + START;
        let mut ticks = interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while self.roster.is_none() {
            ticks.tick().await;
            self.see_who_ended()?;
            self.show_roster().await?;
            if Instant::now() > deadline {
                let after = START.as_secs();
                return Err(Failure::failed(format!("after {after} s not all is led")));
            }
        }
        demo::create_jobs(&self.client).await?;
        loop {
            ticks.tick().await;
            self.see_who_ended()?;
            self.show_roster().await?;
            self.show_runs().await?;
        }
    }

    fn see_who_ended(&mut self) -> Result<(), Failure> {
        if let Some(status) = self.redis.ended() {
            let how = member::how(status);
            return Err(Failure::failed(format!("redis-server {how}, and with it went the jobs")));
        }
        let before = self.members.len();
        self.members.retain_mut(|member| {
            let Some(status) = member.ended() else { return true };
            let (name, pid, how) = (&member.name, member.pid(), member::how(status));
            eprintln!("\n{name} (process {pid}) {how}; others take over what it led");
            false
        });
        if self.members.len() < before {
            self.watch_living()?;
        }
        if self.members.is_empty() {
            return Err(Failure::failed("no node is left"));
        }
        Ok(())
    }

    fn watch_living(&mut self) -> Result<(), Failure> {
        let members = self.members.iter().map(Member::pid);
        self.guard.watch(members.chain([self.redis.pid()]))
    }

    /// Prints the table if it has changed.
    async fn show_roster(&mut self) -> Result<(), Failure> {
        // A cluster that does not answer right now is asked again.
        let Ok(answer) = self.client.get_cluster(GetClusterRequest {}).await else { return Ok(()) };
        let roster = Roster::of(&answer.cluster.unwrap_or_default(), &self.members);
        if roster.is_some() && roster != self.roster {
            let table = roster.as_ref().map(|roster| roster.table(&self.members));
            writeln!(io::stdout(), "\n{}", table.unwrap_or_default())?;
            self.roster = roster;
        }
        Ok(())
    }

    /// Prints the runs that ended, and what to try next once every demo job has run.
    async fn show_runs(&mut self) -> Result<(), Failure> {
        // They are found by the next look.
        let Ok(news) = self.runs.news(&self.client).await else { return Ok(()) };
        for run in news {
            writeln!(io::stdout(), "{}", line::stored(&run))?;
            if run.state() == RunState::Succeeded
                && self.to_run.remove(run.job_id.as_str())
                && self.to_run.is_empty()
            {
                eprintln!("{}", demo::to_try(self.address));
            }
        }
        Ok(())
    }

    /// Lets the nodes end their runs and leave.
    async fn leave(&mut self) {
        self.members.iter().for_each(Member::ask_to_leave);
        let deadline = Instant::now() + LEAVE;
        while !self.members.is_empty() && Instant::now() < deadline {
            self.members.retain_mut(|member| member.ended().is_none());
            // Without its guard it goes on all the same.
            let _ = self.watch_living();
            sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Several {
    fn drop(&mut self) {
        // Each is killed if it still lives, and waited for.
        self.members.clear();
        self.redis.kill();
        // Their numbers may soon be those of others.
        let _ = self.guard.watch(std::iter::empty());
    }
}
