//! What `dev` starts with: jobs of three kinds, and commands that work as they are printed.

use std::env;
use std::net::SocketAddr;
use std::time::Duration;

use bellwether_client::v1::{
    CreateJobRequest, DateTrigger, IntervalTrigger, Job, NoopTarget, Target, Trigger, target,
    trigger,
};
use bellwether_client::{Address, AddressError, Client, ClientOptions};
use bellwether_domain::Clock;
use bellwether_store::clock::SystemClock;

use crate::failure::Failure;
use crate::input::definition::cron;
use crate::node::Node;

/// The jobs, by id.
pub(super) const IDS: [&str; 3] = ["demo-cron", "demo-interval", "demo-once"];

/// The address that clients go to when they are told nothing.
const USUAL: &str = "127.0.0.1:7400";

/// What is said before the first run.
pub(super) fn greeting(node: &Node) -> String {
    format!(
        "bellwether dev: one node, jobs in memory\n\
         gRPC  {}\n\
         HTTP  http://{}\n\
         Ctrl-C ends it, and the jobs with it\n",
        node.grpc_address(),
        node.http_address(),
    )
}

/// A client of the nodes at these addresses.
pub(super) fn client(addresses: &[SocketAddr]) -> Result<Client, Failure> {
    let failed = |error: AddressError| Failure::failed(error.to_string());
    let addresses = addresses.iter().map(|address| address.to_string().parse());
    let addresses = addresses.collect::<Result<Vec<Address>, _>>().map_err(failed)?;
    Client::connect(&addresses, ClientOptions::default()).map_err(failed)
}

/// Creates the jobs, as any client would.
pub(super) async fn create_jobs(client: &Client) -> Result<(), Failure> {
    let soon = SystemClock.now().saturating_add(Duration::from_secs(1)).as_millis();
    let soon = prost_types::Timestamp {
        seconds: soon.div_euclid(1_000),
        nanos: i32::try_from(soon.rem_euclid(1_000) * 1_000_000).unwrap_or(0),
    };
    let every = prost_types::Duration { seconds: 2, nanos: 0 };
    let interval = IntervalTrigger { every: Some(every), anchor: None, fire_immediately: true };
    let triggers = [
        cron("* * * * * *", None, None),
        of(trigger::Kind::Interval(interval)),
        of(trigger::Kind::Date(DateTrigger { at: Some(soon) })),
    ];
    for (id, trigger) in IDS.into_iter().zip(triggers) {
        let job = Job {
            id: id.to_owned(),
            trigger: Some(trigger),
            target: Some(Target { kind: Some(target::Kind::Noop(NoopTarget {})) }),
            ..Job::default()
        };
        client.create_job(CreateJobRequest { job: Some(job), ..Default::default() }).await?;
    }
    Ok(())
}

fn of(kind: trigger::Kind) -> Trigger {
    Trigger { kind: Some(kind), ..Trigger::default() }
}

/// Commands to go on with, each of which works as it stands here.
pub(super) fn to_try(address: SocketAddr) -> String {
    let program = env::args().next().unwrap_or_else(|| "bellwether".to_owned());
    let at = match address.to_string() {
        usual if usual == USUAL => String::new(),
        other => format!(" --address {other}"),
    };
    let commands = [
        "job list",
        "job create hello --every 5s --noop",
        "job get hello",
        "run list demo-cron --limit 5",
        "job pause demo-cron demo-interval",
        "job run hello",
    ];
    let mut text = "\nTo try next, in another terminal:\n".to_owned();
    for command in commands {
        text.push_str(&format!("  {program} {command}{at}\n"));
    }
    // It asks nobody, so it needs no address.
    text.push_str(&format!("  {program} next --cron '30 2 * * *' --tz Europe/Berlin --explain\n"));
    text
}
