use async_graphql::SimpleObject;
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a file names that is not known here, and that did not keep its rows from being imported.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    ToSchema,
    SimpleObject,
    FromJsonQueryResult,
)]
#[serde(rename_all = "camelCase")]
#[schema(as = ImportUnknown)]
#[graphql(name = "ImportUnknown")]
pub struct Unknown {
    /// Each value, as the file has it, in the order in which they came.
    #[schema(max_items = 200)]
    pub values: Vec<UnknownValue>,
    /// In how many rows there were further values.
    #[schema(minimum = 0)]
    pub others: i32,
}

/// A value that is not known here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct UnknownValue {
    /// The field.
    pub field: String,
    /// The value, as the file has it.
    pub value: String,
    /// In how many rows.
    #[schema(minimum = 1)]
    pub rows: i32,
    /// The line of the first; the header is on line 1.
    #[schema(minimum = 1)]
    pub line: i32,
}

/// So many values are named.
const MOST: usize = 200;

impl Unknown {
    /// Adds a row that has such a value.
    pub fn add(&mut self, field: &str, value: &str, line: u64) {
        let line = i32::try_from(line).unwrap_or(i32::MAX);
        let row = UnknownValue { field: field.to_owned(), value: value.to_owned(), rows: 1, line };
        self.add_rows(row);
    }

    /// Adds what another batch has found.
    pub fn join(&mut self, other: Self) {
        other.values.into_iter().for_each(|value| self.add_rows(value));
        self.others = self.others.saturating_add(other.others);
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    fn add_rows(&mut self, more: UnknownValue) {
        let same = |one: &UnknownValue| one.field == more.field && one.value == more.value;
        let is_full = self.values.len() >= MOST;
        match self.values.iter_mut().find(|one| same(one)) {
            Some(one) => {
                one.rows = one.rows.saturating_add(more.rows);
                one.line = one.line.min(more.line);
            }
            None if is_full => self.others = self.others.saturating_add(more.rows),
            None => self.values.push(more),
        }
    }
}
