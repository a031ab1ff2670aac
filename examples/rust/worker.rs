//! A worker in Rust: `cargo run -p bellwether-client --example worker`.
//!
//! Then, in another terminal:
//! `bellwether job create greet --every 5s --worker greetings/hello --payload World`.

use std::time::Duration;

use bellwether_client::{Client, ClientOptions, HandlerError, Worker, WorkerOptions, WorkerRun};

async fn hello(run: WorkerRun) -> Result<String, HandlerError> {
    let name = run.text().filter(|name| !name.is_empty()).ok_or_else(|| {
        // Another attempt would not find a name either.
        HandlerError::fatal("the payload names nobody")
    })?;
    tokio::select! {
        // Whatever takes a while ends when the attempt is to end.
        () = run.cancelled() => return Err(HandlerError::retryable("cancelled")),
        () = tokio::time::sleep(Duration::from_millis(100)) => {}
    }
    let delivery = run.delivery();
    println!(
        "Hello {name}: {} of {}, attempt {}",
        delivery.run_id, delivery.job_id, delivery.attempt
    );
    Ok(format!("greeted {name}"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::var("BELLWETHER_ADDRESS");
    let address = address.unwrap_or_else(|_| "127.0.0.1:7400".to_owned());
    let nodes = address.split(',').map(str::parse).collect::<Result<Vec<_>, _>>()?;
    let client = Client::connect(&nodes, ClientOptions::default())?;
    let worker = Worker::new(&client, WorkerOptions::new("greetings")).handle("hello", hello);
    println!("waiting for runs; Ctrl-C leaves in good order");
    let interrupted = async {
        // Without a way to hear Ctrl-C the process ends by it.
        let _ = tokio::signal::ctrl_c().await;
    };
    worker.run_until(interrupted).await?;
    Ok(())
}
