//! What a run life (one claim that leases, one finish) costs the server, by batch size:
//! `cargo run --release -p bellwether-store-redis --example turn_cost`.
//!
//! Two figures: the time that Redis spends in the script (`INFO commandstats`), and all CPU time of
//! its process (`INFO cpu`), which adds reading, parsing and answering. Each turn finishes what the
//! one before it claimed, and claims as much again: the steady state of a node. Every job's
//! history is full by then, and all events are kept until the log is at its bound.

#[path = "../tests/it/fixture.rs"]
#[expect(dead_code, reason = "shared with the tests, which use the rest")]
mod fixture;
#[path = "../tests/it/server.rs"]
#[expect(dead_code, reason = "shared with the tests, which use the rest")]
mod server;

use std::time::Duration;

use bellwether_domain::Timestamp;
use bellwether_store::{
    ClaimReply, ClusterStore as _, FinishReply, InsertJob, JobStore as _, Leased, RecordReply,
    Turn, Write,
};
use fixture::{Leader, claim_at, job, succeeded};
use server::Server;

const JOBS: usize = 400;
/// Lives of each job that are measured.
const ROUNDS: usize = 40;
/// Lives of each job before, which fill its history.
const WARM_UP: usize = 35;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("{:>6} {:>10} {:>14} {:>14}", "batch", "lives", "script us/life", "CPU us/life");
    for batch in [1, 5, 20, 100, 200] {
        measure(batch).await;
    }
}

async fn measure(batch: usize) {
    let server = Server::start();
    let mut jobs = Jobs::insert(Leader::of(server.store().await).await).await;
    for _ in 0..WARM_UP {
        jobs.round(batch).await;
    }
    let before = Usage::read(&server).await;
    for _ in 0..ROUNDS {
        jobs.round(batch).await;
    }
    let after = Usage::read(&server).await;
    let lives = (ROUNDS * JOBS) as f64;
    let script = (after.script_us - before.script_us) / lives;
    let cpu = (after.cpu_us - before.cpu_us) / lives;
    println!("{batch:>6} {lives:>10} {script:>14.2} {cpu:>14.2}");
}

/// Jobs that have been due for long, so that each can be claimed again at once.
struct Jobs {
    leader: Leader,
    inserts: Vec<(InsertJob, Timestamp)>,
    running: Vec<Leased>,
}

impl Jobs {
    async fn insert(leader: Leader) -> Self {
        let now = leader.store.now().await.expect("the store answers");
        let first = now.saturating_sub(Duration::from_secs(100_000));
        let mut inserts = Vec::new();
        for number in 0..JOBS {
            let insert = job(&format!("report-{number:06}"), first);
            let write = leader.store.insert_job(&insert).await.expect("the store answers");
            assert_eq!(write, Write::Done);
            inserts.push((insert, first));
        }
        Self { leader, inserts, running: Vec::new() }
    }

    /// One life of each job, in batches.
    async fn round(&mut self, batch: usize) {
        for chunk in self.inserts.chunks_mut(batch) {
            let claims = chunk.iter_mut().map(|(insert, fire_time)| {
                let next = fire_time.saturating_add(Duration::from_secs(1));
                claim_at(insert, std::mem::replace(fire_time, next), next)
            });
            let claims: Vec<_> = claims.collect();
            let finishes = self.running.iter().map(succeeded).collect();
            let free = u32::try_from(claims.len()).expect("a small batch");
            let reply = self.leader.turn(Turn { finishes, claims, free, ..Turn::default() }).await;
            assert!(reply.finishes.iter().all(|finish| *finish == FinishReply::Recorded));
            let leased = ClaimReply::Done(vec![RecordReply::Leased]);
            assert!(reply.claims.iter().all(|claim| *claim == leased), "{:?}", reply.claims);
            self.running = reply.leased;
        }
    }
}

/// What the server has used so far.
struct Usage {
    script_us: f64,
    cpu_us: f64,
}

impl Usage {
    async fn read(server: &Server) -> Self {
        let mut connection = server.connection().await;
        let mut info = redis::cmd("INFO");
        info.arg("commandstats").arg("cpu");
        let info: String = info.query_async(&mut connection).await.expect("the server answers");
        let field = |line: &str, name: &str| -> Option<f64> {
            let line = info.lines().find(|known| known.starts_with(line))?;
            let value = line.split([':', ',']).find_map(|part| part.strip_prefix(name))?;
            value.parse().ok()
        };
        let seconds = |name: &str| -> f64 {
            let line = info.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|value| value.parse().ok()).expect("INFO cpu has it")
        };
        let cpu = seconds("used_cpu_user:") + seconds("used_cpu_sys:");
        let script_us = field("cmdstat_evalsha", "usec=").expect("scripts were called");
        Self { script_us, cpu_us: cpu * 1e6 }
    }
}
