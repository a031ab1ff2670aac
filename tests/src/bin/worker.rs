//! A worker for scenarios: every handler calls the sink, as an HTTP target would, and reports what it
//! answers. So the ledger stays with the scenario, whatever becomes of this process. Without a sink a
//! handler does nothing, for measurements.
//!
//! `worker --nodes HOST:PORT,… --queues A,B --capacity N --sink http://HOST:PORT/… --name W`

use anyhow::Context as _;
use bellwether_client::{
    Address, Client, ClientOptions, HandlerError, Worker, WorkerOptions, WorkerRun,
};
use bellwether_tests::worker::forward;
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

#[derive(Debug, Parser)]
struct Arguments {
    #[arg(long, value_delimiter = ',')]
    nodes: Vec<Address>,
    #[arg(long, value_delimiter = ',')]
    queues: Vec<String>,
    #[arg(long, value_delimiter = ',', default_value = "work")]
    handlers: Vec<String>,
    #[arg(long, default_value_t = 8)]
    capacity: u16,
    #[arg(long)]
    sink: Option<String>,
    #[arg(long)]
    name: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let client = Client::connect(&arguments.nodes, ClientOptions::default())?;
    let options = WorkerOptions {
        worker_id: arguments.name.clone(),
        queues: arguments.queues,
        capacity: arguments.capacity,
        ..WorkerOptions::new("")
    };
    let mut worker = Worker::new(&client, options);
    for handler in arguments.handlers {
        let sink = arguments.sink.clone();
        worker = worker.handle(handler, move |run: WorkerRun| {
            let sink = sink.clone();
            async move {
                let Some(sink) = sink else { return Ok(String::new()) };
                let forwarded = forward(&sink, run.delivery()).await;
                let status = forwarded.map_err(HandlerError::retryable)?;
                match status {
                    200..300 => Ok(status.to_string()),
                    400 => Err(HandlerError::fatal(format!("{status}"))),
                    _ => Err(HandlerError::retryable(format!("{status}"))),
                }
            }
        });
    }
    let mut terminate = signal(SignalKind::terminate())?;
    let leave = async move {
        terminate.recv().await;
    };
    worker.run_until(leave).await.context("the worker cannot work")?;
    println!("left");
    Ok(())
}
