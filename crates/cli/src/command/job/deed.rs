//! What a command did to a job.

use serde_json::{Value, json};

use crate::output::{Column, Show};

/// What a command did to a job.
pub(super) struct Deed {
    /// The namespace.
    pub(super) namespace: String,
    /// The id.
    pub(super) id: String,
    /// What was done, in a word.
    pub(super) result: &'static str,
}

impl Show for Deed {
    const COLUMNS: &'static [Column] =
        &[Column::new("NAMESPACE"), Column::new("ID"), Column::new("RESULT")];

    fn cells(&self) -> Vec<String> {
        vec![self.namespace.clone(), self.id.clone(), self.result.to_owned()]
    }

    fn name(&self) -> String {
        format!("{}/{}", self.namespace, self.id)
    }

    fn json(&self) -> Value {
        json!({ "namespace": self.namespace, "id": self.id, "result": self.result })
    }
}
