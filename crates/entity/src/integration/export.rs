use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ExportKind, Format};
use crate::{
    Owner,
    identity::{api_key, user, workspace},
    rule::Rule,
    values::choice,
};

/// The id of an export.
pub type Id = crate::Id<Entity>;

/// Records written to a file, which can be fetched once that is done.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "export")]
#[serde(rename_all = "camelCase")]
#[schema(as = Export)]
#[graphql(name = "ExportRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// What is exported.
    pub kind: ExportKind,
    /// Where the export stands.
    pub state: State,
    /// How the file is written.
    pub format: Format,
    /// Only the records of which this rule holds.
    #[graphql(skip)]
    #[schema(value_type = Option<Object>)]
    pub filter: Option<Rule>,
    /// Only the records with a word that begins with each of these words.
    #[schema(max_length = 200)]
    pub q: Option<String>,
    /// The fields that the records are sorted by.
    #[schema(max_length = 500)]
    pub sort: Option<String>,
    /// Only these fields, in this order; all where it is null.
    #[graphql(skip)]
    #[schema(value_type = Option<Vec<String>>, max_items = 100)]
    pub fields: Option<Fields>,
    /// Records written so far.
    #[schema(minimum = 0)]
    pub rows: i32,
    /// How long the file is so far, in bytes.
    #[schema(minimum = 0)]
    pub bytes: i64,
    /// Why it failed, where it did.
    #[schema(max_length = 2000)]
    pub problem: Option<String>,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub attempt: i32,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub cursor: Option<String>,
    /// The user who started it, and with whose permissions it runs.
    pub created_by: Option<user::Id>,
    /// The API key it was started with, if any: then it runs with what that may do.
    pub api_key_id: Option<api_key::Id>,
    /// When it began to run.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Until when the file is kept.
    pub expires_at: Option<DateTime<Utc>>,
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

/// The names of fields, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Fields(pub Vec<String>);

choice! {
    /// Where an export stands.
    #[schema(as = ExportState)]
    #[graphql(name = "ExportState")]
    pub enum State {
        /// Waiting for its turn.
        Queued,
        /// At work.
        Running,
        /// Done: the file can be fetched.
        Succeeded,
        /// Given up.
        Failed,
        /// Called off.
        Cancelled,
    }
}

impl State {
    /// Whether nothing more happens.
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

/// Progress is told without a change of the version, so it has a part of the tag of its own.
fn tag(row: &Model) -> String {
    format!("{}-{}", row.version, row.bytes)
}

crate::resource!("export", owner: Owner::Column(Column::CreatedBy), wire: Model, tag: tag, {
    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Kind => ExportKind::values(),
            Column::State => State::values(),
            Column::Format => Format::values(),
            _ => Vec::new(),
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(
            column,
            Column::Filter
                | Column::Q
                | Column::Sort
                | Column::Fields
                | Column::Problem
                | Column::Attempt
                | Column::Cursor
        )
    }
});
