//! What a command prints on stdout: data and nothing else, in the form that was asked for.

mod cluster;
mod job;
mod lines;
pub(crate) mod progress;
mod run;
pub(crate) mod table;
pub(crate) mod words;

use std::io::{self, Write};

use bellwether_proto::v1::View;
use serde_json::Value;

use crate::failure::Failure;
pub(crate) use job::{BESIDE_THE_JOB, JobDetails};
use lines::Lines;
use table::Table;

/// How to print what was asked for: for people, in columns or wider ones; for programs, JSON as one
/// value or as an object a line, or YAML; or nothing but names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    #[default]
    Table,
    Wide,
    Json,
    Jsonl,
    Yaml,
    Name,
}

/// Something that can be printed in every format.
pub(crate) trait Show {
    /// The columns of a list.
    const COLUMNS: &'static [Column];

    /// One cell for each of the columns.
    fn cells(&self) -> Vec<String>;

    /// What people and scripts call it.
    fn name(&self) -> String;

    /// All of it.
    fn json(&self) -> Value;

    /// All of it for people: a heading and a value each. Values may have several lines.
    fn details(&self) -> Vec<(&'static str, String)> {
        Self::COLUMNS.iter().map(|column| column.heading).zip(self.cells()).collect()
    }
}

/// A column of a list.
pub(crate) struct Column {
    heading: &'static str,
    wide: bool,
}

impl Column {
    /// A column that is always there.
    pub(crate) const fn new(heading: &'static str) -> Self {
        Self { heading, wide: false }
    }

    /// A column of the wide form only.
    pub(crate) const fn wide(heading: &'static str) -> Self {
        Self { heading, wide: true }
    }
}

/// Prints what a command found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Printer {
    format: Format,
}

impl Printer {
    /// A printer of `format`.
    pub(crate) fn new(format: Format) -> Self {
        Self { format }
    }

    /// Whether people read along, so that a sentence says more than the data.
    pub(crate) fn is_for_people(self) -> bool {
        matches!(self.format, Format::Table | Format::Wide)
    }

    /// How much of each item a list must bring: what is read by a program, and perhaps applied
    /// again, is whole.
    pub(crate) fn view(self) -> View {
        match self.format {
            Format::Table | Format::Wide | Format::Name => View::Basic,
            Format::Json | Format::Jsonl | Format::Yaml => View::Full,
        }
    }

    /// Prints one thing.
    pub(crate) fn item<T: Show>(self, item: &T) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        match self.format {
            Format::Table | Format::Wide => out.write_all(table::details(item).as_bytes())?,
            Format::Name => writeln!(out, "{}", item.name())?,
            Format::Json | Format::Jsonl | Format::Yaml => {
                write_value(&mut out, self.format, &item.json())?;
            }
        }
        Ok(out.flush()?)
    }

    /// A list, to which items are added as they come.
    pub(crate) fn list<T: Show>(self) -> List<T> {
        List {
            format: self.format,
            table: Table::new::<T>(self.format == Format::Wide),
            values: Vec::new(),
            kind: std::marker::PhantomData,
        }
    }

    /// A list that has no end, whose items are printed as they come.
    pub(crate) fn lines<T: Show>(self) -> Lines<T> {
        Lines::new(self.format)
    }

    /// The format in which definitions are written: an object a line, unless another form that can
    /// be read again was asked for.
    #[must_use]
    pub(crate) fn for_definitions(self) -> Self {
        match self.format {
            Format::Table | Format::Wide => Self { format: Format::Jsonl },
            Format::Json | Format::Jsonl | Format::Yaml | Format::Name => self,
        }
    }

    /// Prints `items` as a list.
    pub(crate) fn all<T: Show>(self, items: &[T]) -> Result<(), Failure> {
        let mut list = self.list();
        list.add(items)?;
        list.finish()
    }

    /// Prints a value that is no item of the API, as `text` for people.
    pub(crate) fn value(self, value: &Value, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        match self.format {
            Format::Table | Format::Wide | Format::Name => out.write_all(text.as_bytes())?,
            Format::Json | Format::Jsonl | Format::Yaml => {
                write_value(&mut out, self.format, value)?;
            }
        }
        Ok(out.flush()?)
    }
}

/// A list under way. Names and JSON lines are printed as they come, so that a reader of a long
/// list need not wait for its end; an array or a table is printed whole, or not at all.
pub(crate) struct List<T> {
    format: Format,
    table: Table,
    values: Vec<Value>,
    kind: std::marker::PhantomData<T>,
}

impl<T: Show> List<T> {
    /// Whether it is laid out for people.
    pub(crate) fn is_for_people(&self) -> bool {
        matches!(self.format, Format::Table | Format::Wide)
    }

    /// Adds `items` at the end.
    pub(crate) fn add(&mut self, items: &[T]) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        for item in items {
            match self.format {
                Format::Table | Format::Wide => self.table.add(item),
                Format::Json | Format::Yaml => self.values.push(item.json()),
                Format::Jsonl => write_value(&mut out, self.format, &item.json())?,
                Format::Name => writeln!(out, "{}", item.name())?,
            }
        }
        Ok(out.flush()?)
    }

    /// Prints what is not printed yet.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        match self.format {
            Format::Table | Format::Wide => out.write_all(self.table.render().as_bytes())?,
            Format::Json | Format::Yaml => {
                write_value(&mut out, self.format, &Value::Array(self.values))?;
            }
            Format::Jsonl | Format::Name => {}
        }
        Ok(out.flush()?)
    }
}

fn write_value(out: &mut impl Write, format: Format, value: &Value) -> Result<(), Failure> {
    match format {
        Format::Yaml => {
            let text = serde_saphyr::to_string(value)
                .map_err(|error| Failure::failed(format!("cannot write YAML: {error}")))?;
            out.write_all(text.as_bytes())?;
            if !text.ends_with('\n') {
                writeln!(out)?;
            }
        }
        Format::Jsonl => writeln!(out, "{value}")?,
        _ => writeln!(out, "{value:#}")?,
    }
    Ok(())
}
