//! What an apply did to a job, or would do.

use serde_json::{Value, json};

use super::change::Change;
use crate::failure::{Failure, visible};
use crate::output::{Column, List, Printer, Show};

/// What an apply did to a job, or would do.
#[derive(Clone, Debug)]
pub(super) struct Applied {
    /// The namespace.
    pub(super) namespace: String,
    /// The id.
    pub(super) id: String,
    /// What was done, in a word.
    pub(super) result: &'static str,
    /// What would change; `None` where it was not asked.
    pub(super) changes: Option<Vec<Change>>,
}

impl Show for Applied {
    const COLUMNS: &'static [Column] =
        &[Column::new("NAMESPACE"), Column::new("ID"), Column::new("RESULT")];

    fn cells(&self) -> Vec<String> {
        vec![self.namespace.clone(), self.id.clone(), self.result.to_owned()]
    }

    fn name(&self) -> String {
        format!("{}/{}", self.namespace, self.id)
    }

    fn json(&self) -> Value {
        let mut value =
            json!({ "namespace": self.namespace, "id": self.id, "result": self.result });
        if let Some(changes) = &self.changes {
            value["changes"] = changes.iter().map(Change::json).collect();
        }
        value
    }
}

/// What was done, printed as a list; for people, what would change is printed below each job.
pub(super) struct Deeds {
    list: List<Applied>,
    /// For people who asked what would change.
    differences: String,
}

impl Deeds {
    pub(super) fn new(printer: Printer) -> Self {
        Self { list: printer.list(), differences: String::new() }
    }

    pub(super) fn add(&mut self, deeds: impl IntoIterator<Item = Applied>) -> Result<(), Failure> {
        for applied in deeds {
            for change in applied.changes.iter().flatten() {
                let line = format!("{}: {}\n", applied.name(), change.text());
                self.differences.push_str(&visible(line.trim_end()));
                self.differences.push('\n');
            }
            self.list.add(&[applied])?;
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<(), Failure> {
        let for_people = self.list.is_for_people();
        self.list.finish()?;
        if for_people && !self.differences.is_empty() {
            println!();
            print!("{}", self.differences);
        }
        Ok(())
    }
}
