//! How a client behaves.

use std::time::Duration;

use crate::{Credentials, RetryPolicy};

/// How a client behaves.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// What it proves itself with. Default: nothing.
    pub credentials: Credentials,
    /// How long a connection may take to be made. Default 3 s.
    pub connect_timeout: Duration,
    /// How long a call may take, its repetitions included. Default 10 s.
    pub deadline: Duration,
    /// When a call is repeated.
    pub retry: RetryPolicy,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            credentials: Credentials::default(),
            connect_timeout: Duration::from_secs(3),
            deadline: Duration::from_secs(10),
            retry: RetryPolicy::default(),
        }
    }
}
