//! Connections to the server.
//!
//! Two, each shared by all its callers, who do not wait for each other's answers: one for scripts
//! and reads, and one for leases and sessions alone, so that a renewal never stands behind a large
//! turn. Both are made when they are first used and made anew when they break; a command is never
//! sent a second time by itself, since only its caller knows how to ask again without doing it
//! twice. A third, for hints, is made by whoever listens.

use std::time::{Duration, Instant};

use bellwether_store::StoreError;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Cmd, FromRedisValue, Pipeline, RedisError};

use crate::error::{Effect, store_error};

/// One connection to the server.
#[derive(Clone)]
pub(crate) struct Link {
    manager: ConnectionManager,
}

impl Link {
    /// A connection that is made when it is first used. No retries: the caller backs off, and until
    /// then each call fails at once or makes one new attempt.
    pub(crate) fn new(
        client: &Client,
        connect_timeout: Duration,
        response_timeout: Duration,
    ) -> Result<Self, RedisError> {
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(connect_timeout))
            .set_response_timeout(Some(response_timeout));
        let manager = ConnectionManager::new_lazy_with_config(client.clone(), config)?;
        Ok(Self { manager })
    }

    /// Sends a command. `op` is what it is called among the metrics.
    pub(crate) async fn send<T: FromRedisValue>(
        &self,
        op: &'static str,
        command: &Cmd,
        effect: Effect,
    ) -> Result<T, StoreError> {
        self.try_send(op, command).await.map_err(|error| store_error(error, effect))
    }

    /// Sends a command, for a caller who looks at the error himself.
    pub(crate) async fn try_send<T: FromRedisValue>(
        &self,
        op: &'static str,
        command: &Cmd,
    ) -> Result<T, RedisError> {
        measured(op, command.query_async(&mut self.manager.clone())).await
    }

    /// Sends commands that only read, in one go.
    pub(crate) async fn read_all<T: FromRedisValue>(
        &self,
        op: &'static str,
        commands: &Pipeline,
    ) -> Result<T, StoreError> {
        let answers = measured(op, commands.query_async(&mut self.manager.clone())).await;
        answers.map_err(|error| store_error(error, Effect::Reads))
    }
}

/// Records how long a request took, whatever came of it: those that fail by a timeout are the ones
/// to be seen. One whose caller went away tells nothing about the server, and is left out.
async fn measured<T>(op: &'static str, request: impl Future<Output = T>) -> T {
    let sent = Instant::now();
    let answer = request.await;
    metrics::histogram!("bellwether_store_request_duration_seconds", "op" => op)
        .record(sent.elapsed());
    answer
}
