//! Columns and headings, plain text without lines or colours: as easy to cut as to read.

use comfy_table::{ContentArrangement, presets};

use super::{Column, Show};
use crate::failure::visible;

/// What stands for a value that is not there.
pub(crate) const NONE: &str = "-";

/// A table under way.
pub(crate) struct Table {
    columns: Vec<(usize, &'static str)>,
    inner: comfy_table::Table,
}

impl Table {
    /// A table of `T`, with all columns or the usual ones.
    pub(super) fn new<T: Show>(wide: bool) -> Self {
        let shown = |column: &Column| wide || !column.wide;
        let columns = T::COLUMNS.iter().enumerate().filter(|(_, column)| shown(column));
        Self::with(columns.map(|(place, column)| (place, column.heading)).collect())
    }

    /// A table with these headings.
    pub(crate) fn plain(headings: &[&'static str]) -> Self {
        Self::with(headings.iter().copied().enumerate().collect())
    }

    fn with(columns: Vec<(usize, &'static str)>) -> Self {
        let mut inner = comfy_table::Table::new();
        inner.load_style(presets::NOTHING);
        // Never wrapped: a row is a line, whatever the width of the terminal.
        inner.set_content_arrangement(ContentArrangement::Disabled);
        inner.set_header(columns.iter().map(|(_, heading)| *heading));
        Self { columns, inner }
    }

    /// Adds an item.
    pub(super) fn add(&mut self, item: &impl Show) {
        self.row(item.cells());
    }

    /// Adds a row, of which the columns that are shown are taken.
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        let cell = |place: usize| match cells.get(place).map(String::as_str) {
            None | Some("") => NONE.to_owned(),
            Some(text) => visible(text),
        };
        self.inner.add_row(self.columns.iter().map(|(place, _)| cell(*place)));
    }

    /// The lines, each ending.
    pub(crate) fn render(&self) -> String {
        let mut text = String::new();
        for line in self.inner.lines() {
            // The style leaves a blank before the first column and fills the last one up.
            text.push_str(line.strip_prefix(' ').unwrap_or(&line).trim_end());
            text.push('\n');
        }
        text
    }
}

/// One item, a line for each of its details; further lines of a value are indented to its first.
pub(super) fn details(item: &impl Show) -> String {
    let details = item.details();
    let width = details.iter().map(|(heading, _)| heading.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (heading, value) in details {
        let value = if value.is_empty() { NONE } else { &value };
        for (number, line) in value.lines().enumerate() {
            let heading = if number == 0 { heading } else { "" };
            text.push_str(&format!("{heading:width$}  {}\n", visible(line)));
        }
    }
    text
}
