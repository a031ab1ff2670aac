//! What a node makes of its file and its environment, as it says itself.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::binary;

/// The settings of a node.
#[derive(Clone, Debug)]
pub struct Settings(Value);

impl Settings {
    /// Those that follow from nothing but a file and an environment.
    ///
    /// # Panics
    /// When the node would not start with them, or warns of something in them.
    #[must_use]
    pub fn of(file: Option<&Path>, env: &[(String, String)]) -> Self {
        let mut command = Command::new(binary::path());
        command.args(["config", "check", "-o", "json"]).env_clear();
        command.envs(env.iter().map(|(name, value)| (name, value)));
        if let Some(file) = file {
            command.arg("--config").arg(file);
        }
        let output = command.output().expect("the binary can be started");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{env:?}: {said}");
        Self(serde_json::from_slice(&output.stdout).expect("it prints JSON"))
    }

    /// A setting as text.
    ///
    /// # Panics
    /// When there is none of that name.
    #[must_use]
    pub fn text(&self, key: &str) -> &str {
        let found = self.0[key]["value"].as_str();
        found.unwrap_or_else(|| panic!("no setting {key} in {}", self.0))
    }

    /// A setting that is a duration.
    ///
    /// # Panics
    /// When there is none of that name.
    #[must_use]
    pub fn duration(&self, key: &str) -> Duration {
        humantime::parse_duration(self.text(key)).expect("it is printed as it is read")
    }

    /// The port of an address to listen at.
    ///
    /// # Panics
    /// When there is none of that name.
    #[must_use]
    pub fn port(&self, key: &str) -> u64 {
        let port = self.text(key).rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        port.unwrap_or_else(|| panic!("no port in {key}: {}", self.0))
    }
}
