//! The development overlay in a real Kubernetes.
//!
//! It needs a cluster and an image in it, so it runs only where both are named:
//!
//! ```text
//! KUBECONFIG=$HOME/.kube/config BELLWETHER_E2E_IMAGE=bellwether:0.1.0 \
//!     cargo xtask test
//! ```
//!
//! That KUBECONFIG is set says too little: on many desks it always is, and leads to where nothing
//! may be tried out. Everything is made in a namespace of the test's own, which goes with it.

use std::env;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use bellwether_client::v1;
use bellwether_client::{Client, ClientOptions};
use bellwether_tests::jobs;
use bellwether_tests::node::client;
use bellwether_tests::process::Process;
use bellwether_tests::python;
use bellwether_tests::record::RunRecord;
use bellwether_tests::wait::wait_for;

use super::kustomization;

/// How long what a cluster does may take: images are pulled.
const PATIENCE: Duration = Duration::from_secs(300);

/// How often the job fires.
const BEAT: Duration = Duration::from_secs(1);

/// A namespace of the test's own, deleted when the value goes.
struct Namespace(String);

impl Namespace {
    fn kubectl(&self, arguments: &[&str]) -> Command {
        let mut kubectl = Command::new(python::program("kubectl"));
        kubectl.args(["--namespace", &self.0]).args(arguments);
        kubectl
    }

    /// Runs kubectl to its end.
    fn run(&self, arguments: &[&str]) -> String {
        let output = self.kubectl(arguments).output().expect("kubectl can be started");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "kubectl {arguments:?}: {said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Applies the development overlay, in this namespace and with `image`.
    fn apply(&self, image: &str) {
        let (name, tag) = image.rsplit_once(':').expect("BELLWETHER_E2E_IMAGE is NAME:TAG");
        let directory = kustomization(&format!(
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n\
             namespace: {}\nresources:\n  - {{kustomize}}/overlays/dev\n\
             images:\n  - name: bellwether\n    newName: {name}\n    newTag: \"{tag}\"\n",
            self.0
        ));
        self.run(&["apply", "-k", &directory.path().display().to_string()]);
    }

    fn wait_rolled_out(&self) {
        for name in ["bellwether-redis", "sink", "bellwether"] {
            let timeout = format!("--timeout={}s", PATIENCE.as_secs());
            self.run(&["rollout", "status", &format!("deployment/{name}"), &timeout]);
        }
    }

    /// A client of the nodes, and what leads to them.
    async fn forward(&self) -> (Client, Process) {
        let forward = self.kubectl(&["port-forward", "service/bellwether-grpc", ":7400"]);
        let forward = Process::spawn("kubectl port-forward", forward);
        let address = wait_for("the forwarded port", PATIENCE, async || {
            let at = |line: &String| {
                let (address, _) = line.strip_prefix("Forwarding from ")?.split_once(" -> ")?;
                Some(address.to_owned())
            };
            forward.lines().find(at).ok_or_else(|| forward.lines().tail(5))
        })
        .await;
        (client(&[&address], ClientOptions::default()), forward)
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let mut delete = Command::new(python::program("kubectl"));
        delete.args(["delete", "namespace", &self.0, "--wait=false", "--ignore-not-found"]);
        let _ = delete.stdout(Stdio::null()).status();
    }
}

/// What the test is given; none where nothing is, which is told.
fn given() -> Option<String> {
    let image = env::var("BELLWETHER_E2E_IMAGE").ok().filter(|image| !image.is_empty());
    let named = env::var_os("KUBECONFIG").is_some_and(|path| !path.is_empty());
    if !named || image.is_none() {
        // Past what the test runner captures.
        let line = "SKIPPED: deploy::end_to_end ran nowhere: it needs a cluster (KUBECONFIG) and \
                    an image in it (BELLWETHER_E2E_IMAGE=NAME:TAG)";
        let _ = writeln!(std::io::stderr(), "{line}");
        return None;
    }
    image
}

/// The runs of the job, once there are `count` that have ended.
async fn ended_runs(client: &Client, count: usize) -> Vec<RunRecord> {
    wait_for(&format!("{count} runs"), PATIENCE, async || {
        let request =
            v1::ListRunsRequest { job_id: "e2e".to_owned(), page_size: 1_000, ..<_>::default() };
        let page = client.list_runs(request).await.map_err(|status| status.to_string())?;
        let mut runs: Vec<_> = page.runs.iter().map(RunRecord::read).collect();
        runs.retain(RunRecord::has_ended);
        if runs.len() >= count { Ok(runs) } else { Err(format!("{} runs", runs.len())) }
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_runs_jobs_through_a_rolling_restart() {
    let Some(image) = given() else { return };
    let namespace = Namespace(format!("bellwether-e2e-{}", std::process::id()));
    namespace.apply(&image);
    namespace.wait_rolled_out();

    let (client, forward) = namespace.forward().await;
    let sink = format!("http://sink.{}.svc.cluster.local:8080/", namespace.0);
    let job = jobs::job("e2e", jobs::every(BEAT), jobs::http(&sink));
    let request = v1::CreateJobRequest { job: Some(job), ..<_>::default() };
    client.create_job(request).await.expect("a good job");
    let before = ended_runs(&client, 5).await.len();
    drop(forward);

    namespace.run(&["rollout", "restart", "deployment/bellwether"]);
    namespace.wait_rolled_out();

    let (client, _forward) = namespace.forward().await;
    let mut runs = ended_runs(&client, before + 5).await;
    runs.sort_by_key(|run| run.covers.first);
    for run in &runs {
        assert_eq!((run.state, run.attempt), (v1::RunState::Succeeded, 1), "{run:?}");
    }
    for pair in runs.windows(2) {
        let next = pair[0].covers.last.saturating_add(BEAT);
        assert_eq!(pair[1].covers.first, next, "fire times are lost or repeated: {pair:?}");
    }
    let log = namespace.run(&["logs", "deployment/sink", "--tail=-1"]);
    for run in &runs {
        let delivered = log.lines().filter(|line| line.starts_with(&format!("run={} ", run.id)));
        assert_eq!(delivered.count(), 1, "{run:?}");
    }
}
