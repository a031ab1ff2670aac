//! A client that is not ours: Python, from the .proto files alone.

use std::path::Path;
use std::process::Command;

use crate::bed::Bed;

/// Names the interpreter that has the packages of `tests/python/requirements.txt`.
const VARIABLE: &str = "BELLWETHER_PYTHON";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_python_client_creates_gets_and_deletes_a_job() {
    let python = std::env::var(VARIABLE).unwrap_or_else(|_| {
        panic!(
            "{VARIABLE} is not set. `cargo xtask test --install` makes the environment that this \
             test needs and sets it; after that, `{VARIABLE}=$PWD/target/python/bin/python cargo \
             test -p bellwether-tests` does too"
        )
    });
    let bed = Bed::redis().await;

    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut script = Command::new(python);
    script.arg(tests.join("python/crud.py"));
    script.args(["--address", bed.node.grpc()]);
    script.arg("--proto").arg(tests.join("../proto"));
    let output = tokio::task::spawn_blocking(move || script.output()).await;
    let output = output.expect("nothing cancels it").expect("the interpreter can be started");

    let (said, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n{said}{complained}", output.status);
    assert!(said.contains("created, got and deleted from/python"), "{said}{complained}");
}
