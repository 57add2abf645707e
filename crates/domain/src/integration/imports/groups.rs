//! Which rows are one record, and which record has to come before which. Both need to know what is further down in the
//! file, so its keys are read beforehand.

use std::collections::{HashMap, HashSet};

use super::sheet::Row;

/// Rows of one record, kept until the last of them has been read.
#[derive(Debug, Default)]
pub struct Groups {
    left: HashMap<String, u32>,
    open: HashMap<String, Vec<Row>>,
}

impl Groups {
    /// From how often each key is in the file. Most keys are there once, and need not be remembered.
    pub fn new(mut counts: HashMap<String, u32>) -> Self {
        counts.retain(|_, count| *count > 1);
        counts.shrink_to_fit();
        Self { left: counts, open: HashMap::new() }
    }

    /// The rows of a record, once this was the last of them.
    pub fn take(&mut self, key: Option<&str>, row: Row) -> Option<Vec<Row>> {
        let Some(key) = key.filter(|key| self.left.contains_key(*key)) else {
            return Some(vec![row]);
        };
        let left = self.left.get_mut(key)?;
        *left -= 1;
        let last = *left == 0;
        self.open.entry(key.to_owned()).or_default().push(row);
        if !last {
            return None;
        }
        self.left.remove(key);
        self.open.remove(key)
    }
}

/// Records that wait for another one of the same file, which must be there before them.
#[derive(Debug)]
pub struct Waiting<T> {
    /// Keys of records that have not been sent on.
    ahead: HashSet<String>,
    waiting: HashMap<String, Vec<T>>,
}

impl<T> Waiting<T> {
    pub fn new(ahead: HashSet<String>) -> Self {
        Self { ahead, waiting: HashMap::new() }
    }

    /// The record again, unless it has to wait.
    pub fn admit(&mut self, after: Option<&str>, record: T) -> Option<T> {
        match after.filter(|after| self.ahead.contains(*after)) {
            Some(after) => {
                self.waiting.entry(after.to_owned()).or_default().push(record);
                None
            }
            None => Some(record),
        }
    }

    /// These have been sent on, or turned out bad; the records that need not wait any longer.
    pub fn done<'k>(&mut self, keys: impl IntoIterator<Item = &'k str>) -> Vec<T> {
        let mut free = Vec::new();
        for key in keys {
            self.ahead.remove(key);
            free.extend(self.waiting.remove(key).into_iter().flatten());
        }
        free
    }

    /// Records that wait for one another.
    pub fn stuck(self) -> Vec<T> {
        self.waiting.into_values().flatten().collect()
    }
}
