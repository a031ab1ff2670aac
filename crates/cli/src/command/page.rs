//! Lists that come page by page.

use bellwether_client::v1::TargetKind;
use clap::{Args, ValueEnum};

use crate::args::Globals;
use crate::failure::Failure;

/// Items of a page, unless fewer are wanted. Servers cut pages that grow too large.
const PAGE: usize = 500;

/// Which part of the cluster a list is about.
#[derive(Args, Debug)]
pub(super) struct Selection {
    /// Of all namespaces
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    pub(super) all_namespaces: bool,

    /// Only jobs with these labels: key=value, key!=value, key, !key, by commas
    #[arg(
        short = 'l',
        long,
        value_name = "SELECTOR",
        default_value = "",
        hide_default_value = true
    )]
    pub(super) selector: String,
}

impl Selection {
    /// The namespace to ask for.
    pub(super) fn namespace(&self, globals: &Globals) -> String {
        if self.all_namespaces { "-".to_owned() } else { globals.namespace() }
    }
}

/// The kinds of targets.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Target {
    Http,
    Worker,
    Command,
    RedisStream,
    Noop,
}

impl From<Target> for TargetKind {
    fn from(target: Target) -> Self {
        match target {
            Target::Http => Self::Http,
            Target::Worker => Self::Worker,
            Target::Command => Self::Command,
            Target::RedisStream => Self::RedisStream,
            Target::Noop => Self::Noop,
        }
    }
}

/// Fetches page after page until the last one, or until `limit` items were seen, and has each
/// page seen. `fetch` gets the page's size and token and returns items and the next token.
pub(super) async fn each<T>(
    limit: Option<usize>,
    fetch: impl AsyncFn(i32, String) -> Result<(Vec<T>, String), Failure>,
    mut see: impl FnMut(Vec<T>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut left = limit.unwrap_or(usize::MAX);
    let mut token = String::new();
    while left > 0 {
        let size = i32::try_from(left.min(PAGE)).unwrap_or(i32::MAX);
        let (mut items, next) = fetch(size, token).await?;
        items.truncate(left);
        left -= items.len();
        see(items)?;
        if next.is_empty() {
            break;
        }
        token = next;
    }
    Ok(())
}
