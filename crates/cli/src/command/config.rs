//! `config`: what a node would make of its configuration.

use std::collections::BTreeMap;
use std::env;

use clap::Subcommand;
use serde_json::{Value, json};

use crate::args::Globals;
use crate::config::Flags;
use crate::config::raw::{Origin, Raw};
use crate::config::settings::{Checked, host_name};
use crate::failure::Failure;
use crate::output::{Column, Show};

/// The configuration of a node
#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Check what `serve` would be told, and show each setting and where it comes from
    Check(Box<Flags>),
}

impl Config {
    /// Does what the command line says.
    pub(crate) fn execute(self, globals: &Globals) -> Result<(), Failure> {
        let Self::Check(flags) = self;
        let checked = check(&flags)?;
        for warning in &checked.warnings {
            eprintln!("warning: {warning}");
        }
        let rows: Vec<_> = checked
            .rows
            .into_iter()
            .map(|(key, value, origin)| Row { key, value, origin })
            .collect();
        if globals.printer().is_for_people() {
            return globals.printer().all(&rows);
        }
        let object: BTreeMap<_, _> = rows.iter().map(|row| (row.key, row.json())).collect();
        let names: String = rows.iter().map(|row| format!("{}\n", row.key)).collect();
        globals.printer().value(&json!(object), &names)
    }
}

/// Reads and checks what a node is told by its flags, its file and the environment.
///
/// # Errors
/// What is wrong with it: exit 2, or 1 where nothing but a missing feature stands in the way.
pub(super) fn check(flags: &Flags) -> Result<Checked, Failure> {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    let raw = Raw::read(flags, env::vars_os().filter_map(text))?;
    Checked::new(raw, &host_name())
}

struct Row {
    key: &'static str,
    value: String,
    origin: Origin,
}

impl Show for Row {
    const COLUMNS: &'static [Column] =
        &[Column::new("SETTING"), Column::new("VALUE"), Column::new("FROM")];

    fn cells(&self) -> Vec<String> {
        vec![self.key.to_owned(), self.value.clone(), self.origin.to_string()]
    }

    fn name(&self) -> String {
        self.key.to_owned()
    }

    fn json(&self) -> Value {
        json!({ "value": self.value, "from": self.origin.to_string() })
    }
}
