use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::play;
use crate::{Owner, customers::customer, identity::workspace, values::choice};

/// The id of a run.
pub type Id = crate::Id<Entity>;

/// A play played for a customer on one occasion, or about to be. Of each occasion there is one run. It is kept for 400
/// days.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "play_run")]
#[serde(rename_all = "camelCase")]
#[schema(as = PlayRun)]
#[graphql(name = "PlayRunRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// The play.
    pub play_id: play::Id,
    /// The customer.
    pub customer_id: customer::Id,
    /// What names the occasion: the stay in a segment or stage, or the date and its year.
    #[schema(max_length = 200)]
    pub occasion: String,
    /// When it came up.
    pub occurred_at: DateTime<Utc>,
    /// When it is to be played: later than it came up where that is in quiet hours, or where it failed.
    pub due_at: DateTime<Utc>,
    /// How it stands.
    pub status: Status,
    /// Why it was skipped; null where it was not.
    pub reason: Option<Reason>,
    /// Why it failed, the last time; null where it has not.
    #[schema(max_length = 1000)]
    pub problem: Option<String>,
    /// How often it was tried.
    #[schema(minimum = 0)]
    pub attempts: i32,
    /// When it was over, whatever came of it; null while it waits.
    pub ended_at: Option<DateTime<Utc>>,
    /// Counts the changes of the record: 1 when created. It is the entity tag.
    #[schema(minimum = 1)]
    pub version: i32,
    /// When the record was created.
    pub created_at: DateTime<Utc>,
    /// When the record was last changed.
    pub updated_at: DateTime<Utc>,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub deleted_at: Option<DateTime<Utc>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

choice! {
    /// How a run stands.
    #[schema(as = PlayRunStatus)]
    #[graphql(name = "PlayRunStatus")]
    pub enum Status {
        /// It is not due yet, or is tried again.
        Waiting,
        /// All that the play does was done.
        Done,
        /// There was nothing to do, for a reason.
        Skipped,
        /// It was tried often enough, and nothing was done.
        Failed,
        /// The play was disabled, deleted, or waits for something else by now.
        Cancelled,
    }
}

choice! {
    /// Why a run was skipped.
    #[schema(as = PlayRunReason)]
    #[graphql(name = "PlayRunReason")]
    pub enum Reason {
        /// The play's condition did not hold of the customer.
        Condition,
        /// The customer had been deleted.
        CustomerDeleted,
        /// The customer had left the segment or stage, or the date was another by then.
        NoLonger,
        /// The play had been played for the customer five times within a day.
        TooOften,
    }
}

crate::resource!("play_run", owner: Owner::OfCustomer(Column::CustomerId), wire: Model, {
    fn customer(row: &Model) -> Option<customer::Id> {
        Some(row.customer_id)
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Status => Status::values(),
            Column::Reason => Reason::values(),
            _ => Vec::new(),
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(column, Column::DeletedAt)
    }
});
