use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Columns, Format, ImportOptions, RecordKind, Unknown};
use crate::{
    Name, Owner, Source,
    identity::{api_key, user, workspace},
    values::choice,
};

/// The id of an import.
pub type Id = crate::Id<Entity>;

/// The import of a file: what is in it, how far it has come, and what became of its rows.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "import")]
#[serde(rename_all = "camelCase")]
#[schema(as = Import)]
#[graphql(name = "Import")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// What is imported.
    pub kind: RecordKind,
    /// Where the import stands.
    pub state: State,
    /// The system the records come from: external ids are unique within it.
    pub source: Source,
    /// What the file is called, where that was said.
    pub file_name: Option<Name>,
    /// How the file is written.
    pub format: Format,
    /// How long the file is, in bytes.
    #[schema(minimum = 0)]
    pub bytes: i64,
    /// Everything is done but changing anything.
    pub dry_run: bool,
    /// How the file is read.
    pub options: ImportOptions,
    /// Which columns were found; null until the file is opened.
    pub columns: Option<Columns>,
    /// How much of the file is done, in bytes.
    #[schema(minimum = 0)]
    pub bytes_read: i64,
    /// Rows read so far.
    #[schema(minimum = 0)]
    pub rows: i32,
    /// Records made.
    #[schema(minimum = 0)]
    pub imported: i32,
    /// Records changed.
    #[schema(minimum = 0)]
    pub updated: i32,
    /// Records that were as the file says already.
    #[schema(minimum = 0)]
    pub unchanged: i32,
    /// Rows that were not imported: they are in the error file.
    #[schema(minimum = 0)]
    pub failed: i32,
    /// Rows whose record comes again further down, and is imported as it is there.
    #[schema(minimum = 0)]
    pub repeated: i32,
    /// Customers made for orders.
    #[schema(minimum = 0)]
    pub customers: i32,
    /// What the file names that is not known here, such as statuses, and that did not keep its rows from being imported.
    pub unknown: Option<Unknown>,
    /// Why it failed, where it did.
    #[schema(max_length = 2000)]
    pub problem: Option<String>,
    /// Of an import that was undone: records that it had made, and that were deleted.
    #[schema(minimum = 0)]
    pub deleted: i32,
    /// Of an import that was undone: records that it had changed, and that were changed back.
    #[schema(minimum = 0)]
    pub restored: i32,
    /// Of an import that was undone: members that somebody has changed since, and that stay as they are.
    #[schema(minimum = 0)]
    pub conflicts: i32,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub attempt: i32,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub batches: i32,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub batch_rows: i32,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub error_bytes: i64,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub conflict_bytes: i64,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub undone_by: Option<user::Id>,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub undone_by_key: Option<api_key::Id>,
    /// The user who started it, and with whose permissions it runs.
    pub created_by: Option<user::Id>,
    /// The API key it was started with, if any: then it runs with what that may do.
    pub api_key_id: Option<api_key::Id>,
    /// When it began to run.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Counts the changes of the record: 1 when created. It is a part of the entity tag.
    #[schema(minimum = 1)]
    pub version: i32,
    /// When the record was created.
    pub created_at: DateTime<Utc>,
    /// When the record was last changed.
    pub updated_at: DateTime<Utc>,
    /// When the record was deleted; null while it is not.
    pub deleted_at: Option<DateTime<Utc>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

choice! {
    /// Where an import stands.
    #[schema(as = ImportState)]
    #[graphql(name = "ImportState")]
    pub enum State {
        /// Waiting for its turn.
        Queued,
        /// At work.
        Running,
        /// Done; single rows may have failed.
        Succeeded,
        /// Given up; what was imported until then stays.
        Failed,
        /// Called off; what was imported until then stays.
        Cancelled,
        /// Being undone.
        Undoing,
        /// Undone, but for conflicts.
        Undone,
    }
}

impl State {
    /// Whether nothing more happens unless somebody asks for it.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled | Self::Undone)
    }
}

/// Progress is told without a change of the version, so it has a part of the tag of its own.
fn tag(row: &Model) -> String {
    format!("{}-{}-{}", row.version, row.bytes_read, row.deleted + row.restored + row.conflicts)
}

crate::resource!("import", owner: Owner::Column(Column::CreatedBy), wire: Model, tag: tag, {
    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Kind => RecordKind::values(),
            Column::State => State::values(),
            Column::Format => Format::values(),
            _ => Vec::new(),
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(
            column,
            Column::Options
                | Column::Columns
                | Column::Unknown
                | Column::Problem
                | Column::Attempt
                | Column::Batches
                | Column::BatchRows
                | Column::ErrorBytes
                | Column::ConflictBytes
                | Column::UndoneBy
                | Column::UndoneByKey
        )
    }
});
