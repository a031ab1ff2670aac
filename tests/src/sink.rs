//! A real HTTP endpoint that enters every delivery into the ledger and answers as it is told.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use bellwether_domain::{Epoch, JobId, JobKey, Namespace, Timestamp};
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::clock;
use crate::ledger::{Ledger, Row};

/// What the handler does with a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Answers at once with this status.
    Answer(u16),
    /// Works for so long, then answers 200.
    Work(Duration),
    /// Answers 200 once the job is released.
    Hold,
}

/// The endpoint.
///
/// A handler works on when its sender goes away, as real ones do: an attempt that a node's death
/// cut off may well be executing still while its successor begins.
#[derive(Debug)]
pub struct Sink {
    url: String,
    shared: Arc<Shared>,
    _server: JoinSet<()>,
}

#[derive(Debug)]
struct Shared {
    ledger: Ledger,
    scripts: watch::Sender<HashMap<JobKey, Script>>,
    handlers: Mutex<JoinSet<()>>,
}

#[derive(Clone, Debug)]
struct Script {
    /// For the next deliveries, one each.
    first: VecDeque<Behaviour>,
    /// For all after them.
    then: Behaviour,
    /// How often the job was released: what is held waits for the next time.
    releases: u64,
}

impl Default for Script {
    fn default() -> Self {
        Self { first: VecDeque::new(), then: Behaviour::Answer(200), releases: 0 }
    }
}

impl Sink {
    /// Starts one on a free loopback port.
    ///
    /// # Panics
    /// When there is none.
    pub async fn start(ledger: Ledger) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free loopback port");
        let address = listener.local_addr().expect("it is bound");
        let scripts = watch::Sender::new(HashMap::new());
        let shared = Arc::new(Shared { ledger, scripts, handlers: Mutex::default() });
        let router = Router::new().route("/", post(receive)).with_state(Arc::clone(&shared));
        let mut server = JoinSet::new();
        server.spawn(async move {
            axum::serve(listener, router).await.expect("a bound listener serves");
        });
        Self { url: format!("http://{address}/"), shared, _server: server }
    }

    /// What HTTP targets are to call.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The handler of `job` does `behaviour` from now on, with what it does not hold already.
    pub fn behave(&self, job: &JobKey, behaviour: Behaviour) {
        self.shared.rewrite(job, |script| {
            script.first.clear();
            script.then = behaviour;
        });
    }

    /// The handler of `job` does these with its next deliveries, one each, and answers 200 to all
    /// that follow.
    pub fn script(&self, job: &JobKey, first: &[Behaviour]) {
        self.shared.rewrite(job, |script| {
            script.first = first.iter().copied().collect();
            script.then = Behaviour::Answer(200);
        });
    }

    /// Answers what is held of `job` with 200, and all that follows.
    pub fn release(&self, job: &JobKey) {
        self.shared.rewrite(job, |script| {
            *script = Script { releases: script.releases + 1, ..Script::default() };
        });
    }
}

async fn receive(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> (StatusCode, String) {
    let row = match row(&headers, clock::now()) {
        Ok(row) => row,
        Err(why) => {
            shared.ledger.strange(&why);
            return (StatusCode::BAD_REQUEST, why);
        }
    };
    let status = shared.begin(row).await.unwrap_or(500);
    (StatusCode::from_u16(status).unwrap_or_default(), "received".to_owned())
}

impl Shared {
    fn rewrite(&self, job: &JobKey, change: impl FnOnce(&mut Script)) {
        self.scripts.send_modify(|scripts| change(scripts.entry(job.clone()).or_default()));
    }

    /// Starts the handler of a delivery, which goes on whether or not its answer is awaited.
    fn begin(self: &Arc<Self>, row: Row) -> oneshot::Receiver<u16> {
        let (answer, answered) = oneshot::channel();
        let shared = Arc::clone(self);
        let mut handlers = self.handlers.lock();
        while handlers.try_join_next().is_some() {}
        handlers.spawn(async move {
            // Nobody may be waiting for it any more.
            let _ = answer.send(shared.handle(row).await);
        });
        answered
    }

    async fn handle(&self, row: Row) -> u16 {
        let job = row.job.clone();
        let (behaviour, releases) = self.next_behaviour(&job);
        let number = self.ledger.arrived(row);
        let status = match behaviour {
            Behaviour::Answer(status) => status,
            Behaviour::Work(span) => {
                sleep(span).await; // paced: what the handler does takes so long
                200
            }
            Behaviour::Hold => {
                let released = |scripts: &HashMap<JobKey, Script>| {
                    scripts.get(&job).is_some_and(|script| script.releases > releases)
                };
                // It ends early only without a sender, which is here.
                let _ = self.scripts.subscribe().wait_for(released).await;
                200
            }
        };
        self.ledger.done(number, clock::now(), status);
        status
    }

    /// What to do with a delivery of `job`, and how often the job was released before.
    fn next_behaviour(&self, job: &JobKey) -> (Behaviour, u64) {
        let mut next = (Behaviour::Answer(200), 0);
        self.scripts.send_if_modified(|scripts| {
            if let Some(script) = scripts.get_mut(job) {
                next = (script.first.pop_front().unwrap_or(script.then), script.releases);
            }
            // Nobody waits for a script to be used up.
            false
        });
        next
    }
}

/// The row of a delivery that arrived at `start`.
fn row(headers: &HeaderMap, start: Timestamp) -> Result<Row, String> {
    let text = |name: &str| {
        let value = headers.get(name).ok_or_else(|| format!("there is no {name}"))?;
        value.to_str().map_err(|error| format!("{name}: {error}"))
    };
    let number = |name: &str| {
        let value = text(name)?;
        value.parse::<u64>().map_err(|error| format!("{name} is {value:?}: {error}"))
    };
    let fire_time = text("bellwether-fire-time")?;
    let fire_time = chrono::DateTime::parse_from_rfc3339(fire_time)
        .map_err(|error| format!("bellwether-fire-time is {fire_time:?}: {error}"))?;
    let namespace = Namespace::new(text("bellwether-namespace")?);
    let id = JobId::new(text("bellwether-job")?);
    let all = headers.iter().map(|(name, value)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    Ok(Row {
        run: text("webhook-id")?.parse().map_err(|error| format!("webhook-id: {error}"))?,
        job: JobKey {
            namespace: namespace.map_err(|error| format!("bellwether-namespace: {error}"))?,
            id: id.map_err(|error| format!("bellwether-job: {error}"))?,
        },
        fire_time: Timestamp::from_millis(fire_time.timestamp_millis()),
        attempt: u32::try_from(number("bellwether-attempt")?).unwrap_or(u32::MAX),
        epoch: Epoch(number("bellwether-epoch")?),
        start,
        end: None,
        status: None,
        headers: all.collect::<BTreeMap<_, _>>(),
    })
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;
    use crate::wait::{PATIENCE, wait_for};

    const RUN: &str = "3-6ba7b810-9dad-51d1-80b4-00c04fd430c8";

    fn delivery(attempt: u32) -> String {
        format!(
            "POST / HTTP/1.1\r\nHost: sink\r\nContent-Length: 0\r\nwebhook-id: {RUN}\r\n\
             bellwether-namespace: default\r\nbellwether-job: a/b\r\nbellwether-epoch: 7\r\n\
             bellwether-fire-time: 1970-01-01T00:00:01.500Z\r\n\
             bellwether-attempt: {attempt}\r\n\r\n"
        )
    }

    async fn send(sink: &Sink, request: &str) -> TcpStream {
        let address = sink.url().trim_start_matches("http://").trim_end_matches('/');
        let mut stream = TcpStream::connect(address).await.expect("the sink listens");
        stream.write_all(request.as_bytes()).await.expect("the sink reads");
        stream
    }

    async fn status(mut stream: TcpStream) -> String {
        let mut head = [0; 12];
        stream.read_exact(&mut head).await.expect("the sink answers");
        String::from_utf8_lossy(&head[9..]).into_owned()
    }

    async fn sink() -> (Sink, Ledger, TempDir) {
        let directory = TempDir::new().expect("a temporary directory");
        let ledger = Ledger::create(&directory.path().join("ledger.jsonl"));
        (Sink::start(ledger.clone()).await, ledger, directory)
    }

    fn job() -> JobKey {
        "default/a/b".parse().expect("a job's name")
    }

    #[tokio::test]
    async fn a_delivery_is_entered_and_answered_as_scripted() {
        let (sink, ledger, _directory) = sink().await;
        sink.script(&job(), &[Behaviour::Answer(503)]);
        assert_eq!(status(send(&sink, &delivery(1)).await).await, "503");
        assert_eq!(status(send(&sink, &delivery(2)).await).await, "200");
        let rows = ledger.rows();
        let seen: Vec<_> = rows.iter().map(|row| (row.attempt, row.status)).collect();
        assert_eq!(seen, [(1, Some(503)), (2, Some(200))]);
        assert_eq!(rows[0].run.to_string(), RUN);
        assert_eq!((rows[0].job.clone(), rows[0].epoch), (job(), Epoch(7)));
        assert_eq!(rows[0].fire_time, Timestamp::from_millis(1_500));
        assert!(rows.iter().all(|row| row.end.is_some_and(|end| end >= row.start)));
        let file = std::fs::read_to_string(ledger.path()).expect("the ledger's file");
        assert_eq!(file.lines().count(), 4, "{file}");
    }

    #[tokio::test]
    async fn a_held_delivery_outlives_its_sender_and_ends_when_it_is_released() {
        let (sink, ledger, _directory) = sink().await;
        sink.behave(&job(), Behaviour::Hold);
        sink.behave(&job(), Behaviour::Hold);
        let arrived = async |count: usize| {
            let arrived = async || match ledger.rows().len() {
                rows if rows == count => Ok(()),
                rows => Err(format!("{rows} rows")),
            };
            wait_for("the delivery", PATIENCE, arrived).await;
        };
        drop(send(&sink, &delivery(1)).await);
        arrived(1).await;
        let waiting = send(&sink, &delivery(2)).await;
        arrived(2).await;
        assert!(ledger.rows().iter().all(|row| row.end.is_none()));
        sink.release(&job());
        assert_eq!(status(waiting).await, "200");
        wait_for("both ends", PATIENCE, async || {
            let rows = ledger.rows_of(&job());
            rows.iter().all(|row| row.end.is_some()).then_some(()).ok_or(format!("{rows:?}"))
        })
        .await;
    }

    #[tokio::test]
    async fn what_is_no_delivery_is_noted() {
        let (sink, ledger, _directory) = sink().await;
        let request = delivery(1).replace(RUN, "nonsense");
        assert_eq!(status(send(&sink, &request).await).await, "400");
        assert_eq!(ledger.rows().len(), 0);
        assert!(ledger.strangers()[0].starts_with("webhook-id: "), "{:?}", ledger.strangers());
    }
}
