use std::io::Write;

use super::cells::FieldName;
use crate::{
    integration::inert::inert,
    kernel::{Error, Fault, Result},
};

/// What was found when the file was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// What stands between the cells.
    pub delimiter: char,
    /// Whether that was detected, not told.
    pub detected: bool,
    /// The names of all columns.
    pub header: Vec<String>,
    /// Columns that are a field: the column's name and the field's.
    pub used: Vec<(String, FieldName)>,
    /// Columns that are none, and so are not imported.
    pub ignored: Vec<String>,
}

/// What has been done so far, or in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows read.
    pub rows: u64,
    /// Records made.
    pub imported: u64,
    /// Records changed.
    pub updated: u64,
    /// Records that were as the file says already.
    pub unchanged: u64,
    /// Rows that were not imported.
    pub failed: u64,
    /// Rows whose record comes again further down, and is imported as it is there.
    pub repeated: u64,
    /// Customers made for orders.
    pub customers: u64,
}

/// A row that was not imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// The line it begins on; the header is on line 1.
    pub line: u64,
    /// The fields that are wrong.
    pub field: String,
    /// Why.
    pub reason: String,
    /// The row itself.
    pub cells: Vec<String>,
}

/// What is wrong with a row of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Which of the record's rows.
    pub row: usize,
    /// Which field.
    pub field: String,
    /// Why.
    pub reason: String,
}

impl Wrong {
    pub fn new(field: &str, reason: impl ToString) -> Self {
        Self { row: 0, field: field.to_owned(), reason: reason.to_string() }
    }
}

/// What is wrong with the custom fields of a record.
pub fn of_faults(faults: &[Fault]) -> Vec<Wrong> {
    let field = |fault: &Fault| fault.pointer.trim_start_matches('/').replace('/', ".");
    faults.iter().map(|fault| Wrong::new(&field(fault), &fault.detail)).collect()
}

/// The file of bad rows: the line, the fields, the reasons, and the row as it was under its own header, so that it can
/// be put right and imported.
pub struct ErrorFile<W: Write> {
    csv: csv::Writer<W>,
    header: Option<Vec<String>>,
}

impl<W: Write> ErrorFile<W> {
    pub fn new(to: W, header: Vec<String>, delimiter: u8) -> Self {
        Self::going_on(to, Some(header), delimiter)
    }

    /// A file that has a header already, where none is given.
    pub fn going_on(to: W, header: Option<Vec<String>>, delimiter: u8) -> Self {
        let csv = csv::WriterBuilder::new().flexible(true).delimiter(delimiter).from_writer(to);
        Self { csv, header }
    }

    /// Nothing is written, not even the header, before there is a bad row.
    pub fn write(&mut self, bad: &BadRow) -> Result<()> {
        if let Some(header) = self.header.take() {
            self.record(
                ["line", "field", "reason"].into_iter().chain(header.iter().map(String::as_str)),
            )?;
        }
        let line = bad.line.to_string();
        let about = [line.as_str(), &bad.field, &bad.reason];
        self.record(about.into_iter().chain(bad.cells.iter().map(String::as_str)))
    }

    pub fn flush(&mut self) -> Result<()> {
        self.csv.flush().map_err(|err| unwritable(&err))
    }

    fn record<'c>(&mut self, cells: impl Iterator<Item = &'c str>) -> Result<()> {
        self.csv
            .write_record(cells.map(|cell| inert(cell).into_owned()))
            .map_err(|err| unwritable(&err))
    }
}

fn unwritable(err: &dyn std::fmt::Display) -> Error {
    Error::Refused(format!("the error file cannot be written: {err}"))
}
