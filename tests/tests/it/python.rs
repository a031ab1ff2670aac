//! A client that is not ours: Python, from the .proto files alone.

use std::path::Path;
use std::process::Command;

use bellwether_tests::python;

use crate::bed::Bed;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_python_client_creates_gets_and_deletes_a_job() {
    let bed = Bed::redis().await;

    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut script = Command::new(python::interpreter());
    script.arg(python::script("crud.py"));
    script.args(["--address", bed.node.grpc()]);
    script.arg("--proto").arg(tests.join("../proto"));
    let output = tokio::task::spawn_blocking(move || script.output()).await;
    let output = output.expect("nothing cancels it").expect("the interpreter can be started");

    let (said, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n{said}{complained}", output.status);
    assert!(said.contains("created, got and deleted from/python"), "{said}{complained}");
}
