//! A file in which some values mean others: what another system calls `Closed Won` is `won` here. Who imports says so;
//! nothing is guessed.

use std::collections::HashMap;

use csv::StringRecord;

use super::{
    Import, Kind, cells::Cell, columns::Columns, report::BadRow, requests::IN_THE_FILES_WORDS,
    sheet::Row, table::Table,
};
use crate::kernel::{Error, Result};

/// A file, with its values translated.
pub struct Translated {
    table: Box<dyn Table>,
    /// By the places of columns: what their values become.
    values: HashMap<usize, HashMap<String, String>>,
}

/// A file with its values translated, where the import says any.
pub fn translated(table: Box<dyn Table>, columns: &Columns, import: &Import) -> Box<dyn Table> {
    let mut values: HashMap<usize, HashMap<String, String>> = HashMap::new();
    // What these mean is looked up where they are read.
    let own: &[&str] = match import.kind {
        Kind::ServiceRequests => &IN_THE_FILES_WORDS,
        _ => &[],
    };
    for (field, value, becomes) in &import.values {
        if own.contains(&field.as_str()) {
            continue;
        }
        if let Cell::Column(_, place) = columns.cell(field) {
            values.entry(place).or_default().insert(value.clone(), becomes.clone());
        }
    }
    match values.is_empty() {
        true => table,
        false => Box::new(Translated { table, values }),
    }
}

/// Values are translated of fields that are columns.
///
/// # Errors
/// [`Error::Invalid`] names each that is none.
pub fn check(columns: &Columns, import: &Import) -> Result<()> {
    let is_column = |field: &str| matches!(columns.cell(field), Cell::Column(..));
    match import.values.iter().find(|(field, ..)| !is_column(field)) {
        Some((field, ..)) => {
            Err(Error::invalid("/values", format!("{field:?} is no field that a column is")))
        }
        None => Ok(()),
    }
}

impl Translated {
    fn translate(&self, row: Row) -> Row {
        let is_meant = |(place, cell): (usize, &str)| {
            self.values.get(&place).is_some_and(|values| values.contains_key(cell.trim()))
        };
        if !row.cells.iter().enumerate().any(is_meant) {
            return row;
        }
        let becomes = |(place, cell): (usize, &'_ str)| -> String {
            let of = self.values.get(&place).and_then(|values| values.get(cell.trim()));
            of.map_or_else(|| cell.to_owned(), Clone::clone)
        };
        let cells: StringRecord = row.cells.iter().enumerate().map(becomes).collect();
        Row { line: row.line, cells }
    }
}

impl Table for Translated {
    fn header(&self) -> &[String] {
        self.table.header()
    }

    fn delimiter(&self) -> char {
        self.table.delimiter()
    }

    fn detected(&self) -> bool {
        self.table.detected()
    }

    fn next(&mut self) -> Result<Option<Result<Row, BadRow>>> {
        let next = self.table.next()?;
        Ok(next.map(|row| row.map(|row| self.translate(row))))
    }

    fn rewind(&mut self) -> Result<()> {
        self.table.rewind()
    }

    fn position(&self) -> u64 {
        self.table.position()
    }
}
