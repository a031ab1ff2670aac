//! The command line: what can be said, and nothing of what is done with it.

use clap::{Args, Parser, Subcommand};

use crate::command;
use crate::output::Format;

/// A scheduler for a cluster: jobs fire once each time, on whichever node lives.
#[derive(Debug, Parser)]
#[command(
    name = "bellwether",
    disable_version_flag = true,
    arg_required_else_help = true,
    propagate_version = false
)]
pub(crate) struct Arguments {
    /// Print the version and exit; with --verbose, that of the time zone data too
    #[arg(short = 'V', long)]
    pub(crate) version: bool,

    /// Say more
    #[arg(long, requires = "version")]
    pub(crate) verbose: bool,

    #[command(flatten)]
    pub(crate) globals: Globals,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What every command understands.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Globals {
    /// How to print what was asked for
    #[arg(
        short = 'o',
        long = "output",
        global = true,
        value_enum,
        value_name = "FORMAT",
        default_value_t
    )]
    pub(crate) output: Format,

    /// Where a node listens for gRPC; several by commas, any of which answers for all
    #[arg(
        long,
        global = true,
        value_name = "HOST:PORT",
        env = "BELLWETHER_ADDRESS",
        default_value = "127.0.0.1:7400"
    )]
    pub(crate) address: String,

    /// The namespace [default: default] [env: BELLWETHER_NAMESPACE]
    // Not read from the environment here: said on the command line, it must not contradict a file.
    #[arg(short, long, global = true, value_name = "NAME")]
    pub(crate) namespace: Option<String>,

    /// How long a call may take, its repetitions included
    #[arg(
        long,
        global = true,
        value_name = "DURATION",
        default_value = "10s",
        value_parser = humantime::parse_duration
    )]
    pub(crate) deadline: std::time::Duration,

    /// Do without colours; NO_COLOR does the same
    #[arg(long, global = true)]
    pub(crate) no_color: bool,

    /// What to log, as in info or bellwether_engine=debug,warn; RUST_LOG does the same
    #[arg(long, global = true, value_name = "FILTER")]
    pub(crate) log: Option<String>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a node
    Serve(command::serve::Serve),
    /// Run one node or several with demo jobs, to try things out
    Dev(command::dev::Dev),
    /// Show when a trigger fires; needs no server
    Next(command::next::Next),
    /// Jobs: what fires when
    #[command(subcommand)]
    Job(command::job::Job),
    /// Runs: what became of fire times
    #[command(subcommand)]
    Run(command::run::Run),
    /// Nodes of the cluster
    #[command(subcommand)]
    Node(command::node::Node),
    /// The cluster as a whole
    #[command(subcommand)]
    Cluster(command::cluster::Cluster),
    /// Stop and start all firing
    #[command(subcommand)]
    Scheduling(command::scheduling::Scheduling),
    /// Ask a node whether it is ready, as probes do
    Health(command::health::Health),
    /// The configuration of a node
    #[command(subcommand)]
    Config(command::config::Config),
    /// Print a completion script for a shell
    Completion(command::completion::Completion),
    /// Print the version
    Version(command::version::Version),
}
