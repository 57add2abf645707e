//! From the file to batches of records, on a thread of its own: while one batch is written, the next is read.

use std::collections::{HashMap, HashSet};

use tokio::sync::mpsc::Sender;

use super::{
    groups::{Groups, Waiting},
    report::{BadRow, Wrong},
    sheet::Row,
    table::Table,
};
use crate::kernel::Result;

/// How many rows are written in one transaction.
pub const ROWS: usize = 2000;

/// How the rows of one kind of record are read.
pub trait Reader: Send + 'static {
    /// What the rows say.
    type Record: Send + Sync + 'static;
    /// Whether rows with the same key are parts of one record; otherwise the last of them counts.
    const PARTS: bool;

    /// What makes rows the same record.
    fn key(&self, row: &Row) -> Option<String>;

    /// Whether any row has a key.
    fn has_keys(&self) -> bool {
        true
    }

    /// The key of the record that must be there before this one.
    fn after(&self, _row: &Row) -> Option<String> {
        None
    }

    /// Whether any row can have such a one.
    fn has_after(&self) -> bool {
        false
    }

    /// Reads the rows of one record, or says all that is wrong with them.
    fn read(&mut self, rows: &[Row]) -> Result<Self::Record, Vec<Wrong>>;
}

/// A record and the rows it is in.
#[derive(Debug)]
pub struct Item<T> {
    pub rows: Vec<Row>,
    pub record: T,
}

/// What is written in one transaction.
#[derive(Debug)]
pub struct Batch<T> {
    pub items: Vec<Item<T>>,
    pub bad: Vec<BadRow>,
    pub read: u64,
    pub repeated: u64,
    /// The how-many-eth it is, from 1. The same file has the same batches each time.
    pub number: u32,
    /// How far into the file it goes, in bytes.
    pub position: u64,
}

impl<T> Default for Batch<T> {
    fn default() -> Self {
        Self { items: Vec::new(), bad: Vec::new(), read: 0, repeated: 0, number: 0, position: 0 }
    }
}

impl<T> Batch<T> {
    fn rows(&self) -> usize {
        self.items.len() + self.bad.len() + self.repeated as usize
    }
}

/// Reads the whole file and sends its batches, but for the first `done`. Whoever does not want more of them drops the
/// receiving end.
pub fn send<K: Reader>(
    mut table: Box<dyn Table>,
    reader: K,
    done: u32,
    to: &Sender<Batch<K::Record>>,
) -> Result<()> {
    let (groups, waiting) = look_ahead(&mut *table, &reader, to)?;
    let mut reading = Reading { reader, groups, waiting, batch: Batch::default() };
    let mut sending = Sending { to, done, sent: 0 };
    while let Some(row) = table.next()? {
        reading.batch.read += 1;
        match row {
            Ok(row) => reading.take(row),
            Err(bad) => reading.batch.bad.push(bad),
        }
        if reading.batch.rows() >= ROWS && !sending.send(reading.next_batch(), table.position()) {
            return Ok(());
        }
    }
    while reading.batch.rows() > 0 {
        if !sending.send(reading.next_batch(), table.position()) {
            return Ok(());
        }
    }
    let stuck = reading.stuck();
    if stuck.rows() > 0 {
        // Where the receiver has gone, nobody wants to know.
        sending.send(stuck, table.position());
    }
    Ok(())
}

struct Sending<'a, T> {
    to: &'a Sender<Batch<T>>,
    done: u32,
    sent: u32,
}

impl<T> Sending<'_, T> {
    /// False where nobody wants it.
    fn send(&mut self, batch: Batch<T>, position: u64) -> bool {
        self.sent += 1;
        let batch = Batch { number: self.sent, position, ..batch };
        match self.sent <= self.done {
            true => !self.to.is_closed(),
            false => self.to.blocking_send(batch).is_ok(),
        }
    }
}

fn look_ahead<K: Reader>(
    table: &mut dyn Table,
    reader: &K,
    to: &Sender<Batch<K::Record>>,
) -> Result<(Groups, Waiting<Item<K::Record>>)> {
    let mut counts: HashMap<String, u32> = HashMap::new();
    while reader.has_keys()
        && !to.is_closed()
        && let Some(row) = table.next()?
    {
        if let Some(key) = row.ok().and_then(|row| reader.key(&row)) {
            *counts.entry(key).or_default() += 1;
        }
    }
    table.rewind()?;
    let ahead = if reader.has_after() { counts.keys().cloned().collect() } else { HashSet::new() };
    Ok((Groups::new(counts), Waiting::new(ahead)))
}

struct Reading<K: Reader> {
    reader: K,
    groups: Groups,
    waiting: Waiting<Item<K::Record>>,
    batch: Batch<K::Record>,
}

impl<K: Reader> Reading<K> {
    fn take(&mut self, row: Row) {
        let key = self.reader.key(&row);
        let Some(rows) = self.groups.take(key.as_deref(), row) else { return };
        let item = if K::PARTS { self.whole(rows) } else { self.last(rows) };
        match item {
            Some(item) => self.admit(item),
            None => self.settle(key),
        }
    }

    /// All rows together are the record: if one is bad, none is imported.
    fn whole(&mut self, rows: Vec<Row>) -> Option<Item<K::Record>> {
        match self.reader.read(&rows) {
            Ok(record) => Some(Item { rows, record }),
            Err(wrong) => {
                self.batch.bad.extend(bad_rows(rows, wrong));
                None
            }
        }
    }

    /// The last good row is the record.
    fn last(&mut self, rows: Vec<Row>) -> Option<Item<K::Record>> {
        let mut good: Option<Item<K::Record>> = None;
        for row in rows {
            let rows = vec![row];
            match self.reader.read(&rows) {
                Ok(record) => {
                    self.batch.repeated += u64::from(good.is_some());
                    good = Some(Item { rows, record });
                }
                Err(wrong) => self.batch.bad.extend(bad_rows(rows, wrong)),
            }
        }
        good
    }

    fn admit(&mut self, item: Item<K::Record>) {
        let after = item.rows.first().and_then(|row| self.reader.after(row));
        self.batch.items.extend(self.waiting.admit(after.as_deref(), item));
    }

    /// A record that will not come keeps nobody waiting.
    fn settle(&mut self, key: Option<String>) {
        let free = self.waiting.done(key.as_deref());
        self.batch.items.extend(free);
    }

    /// The batch as it is; those that waited for something in it begin the next one.
    fn next_batch(&mut self) -> Batch<K::Record> {
        let batch = std::mem::take(&mut self.batch);
        if self.reader.has_after() {
            let keys: Vec<String> =
                batch.items.iter().filter_map(|item| self.reader.key(item.rows.first()?)).collect();
            self.batch.items = self.waiting.done(keys.iter().map(String::as_str));
        }
        batch
    }

    fn stuck(self) -> Batch<K::Record> {
        let circle = |item: Item<K::Record>| {
            bad_rows(
                item.rows,
                vec![Wrong::new(
                    "parentExternalId",
                    "the records stand above one another in a circle",
                )],
            )
        };
        Batch {
            bad: self.waiting.stuck().into_iter().flat_map(circle).collect(),
            ..Batch::default()
        }
    }
}

/// The rows of a record that cannot be imported. A row that is not to blame itself names one that is.
pub fn bad_rows(rows: Vec<Row>, wrong: Vec<Wrong>) -> Vec<BadRow> {
    let culprit = wrong.first().and_then(|wrong| rows.get(wrong.row)).map_or(0, |row| row.line);
    let told = |(n, row): (usize, Row)| {
        let own: Vec<&Wrong> = wrong.iter().filter(|wrong| wrong.row == n).collect();
        let (field, reason) = match own.as_slice() {
            [] => (String::new(), format!("belongs to a record that is wrong on line {culprit}")),
            [one] => (one.field.clone(), one.reason.clone()),
            several => (
                several.iter().map(|wrong| wrong.field.as_str()).collect::<Vec<_>>().join(", "),
                several
                    .iter()
                    .map(|wrong| format!("{}: {}", wrong.field, wrong.reason))
                    .collect::<Vec<_>>()
                    .join("; "),
            ),
        };
        let cells = row.cells.iter().map(str::to_owned).collect();
        BadRow { line: row.line, field, reason, cells }
    };
    rows.into_iter().enumerate().map(told).collect()
}
