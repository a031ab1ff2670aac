//! Rows as they come: what has no end cannot be laid out as a whole.

use std::io::{self, Write};
use std::marker::PhantomData;

use super::table::NONE;
use super::{Column, Format, Show, write_value};
use crate::failure::{Failure, visible};

/// A list without end. For people, columns are as wide as the widest cell so far; for programs,
/// each item is a line of JSON, or a document of YAML.
pub(crate) struct Lines<T> {
    format: Format,
    widths: Vec<usize>,
    kind: PhantomData<T>,
}

impl<T: Show> Lines<T> {
    pub(super) fn new(format: Format) -> Self {
        Self { format, widths: Vec::new(), kind: PhantomData }
    }

    /// Prints `items` at once.
    pub(crate) fn add(&mut self, items: &[T]) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        for item in items {
            match self.format {
                Format::Table | Format::Wide => self.row(&mut out, &item.cells())?,
                Format::Json | Format::Jsonl => write_value(&mut out, Format::Jsonl, &item.json())?,
                Format::Yaml => {
                    writeln!(out, "---")?;
                    write_value(&mut out, Format::Yaml, &item.json())?;
                }
                Format::Name => writeln!(out, "{}", item.name())?,
            }
        }
        Ok(out.flush()?)
    }

    fn row(&mut self, out: &mut impl Write, cells: &[String]) -> Result<(), Failure> {
        let wide = self.format == Format::Wide;
        let shown = |column: &&Column| wide || !column.wide;
        let cells: Vec<String> = T::COLUMNS
            .iter()
            .zip(cells)
            .filter(|(column, _)| shown(column))
            .map(|(_, cell)| if cell.is_empty() { NONE.to_owned() } else { visible(cell) })
            .collect();
        if self.widths.is_empty() {
            let headings = T::COLUMNS.iter().filter(shown).map(|column| column.heading.to_owned());
            let headings: Vec<String> = headings.collect();
            self.widths = vec![0; headings.len()];
            self.widen(&headings);
            self.widen(&cells);
            self.line(out, &headings)?;
        }
        self.widen(&cells);
        self.line(out, &cells)
    }

    fn widen(&mut self, cells: &[String]) {
        for (width, cell) in self.widths.iter_mut().zip(cells) {
            *width = (*width).max(cell.chars().count());
        }
    }

    fn line(&self, out: &mut impl Write, cells: &[String]) -> Result<(), Failure> {
        let padded = cells.iter().zip(&self.widths).map(|(cell, width)| format!("{cell:width$}"));
        let line = padded.collect::<Vec<_>>().join("  ");
        Ok(writeln!(out, "{}", line.trim_end())?)
    }
}
