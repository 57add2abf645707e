use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Owner, Text,
    identity::{api_key, user, workspace},
    rule::Rule,
    values::choice,
};

/// The id of a transfer.
pub type Id = crate::Id<Entity>;

/// What one user has, on its way to another, or to the pool.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "ownership_transfer")]
#[serde(rename_all = "camelCase")]
#[schema(as = OwnershipTransfer)]
#[graphql(name = "OwnershipTransferRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// Where the transfer stands.
    pub state: State,
    /// Whose records are transferred.
    pub from_user_id: user::Id,
    /// Who gets them; null where nobody does: customers and leads are in the pool then.
    pub to_user_id: Option<user::Id>,
    /// What is transferred. Of work only what is open: what is closed stays with whoever had it.
    #[graphql(skip)]
    #[schema(value_type = Vec<Part>, min_items = 1, max_items = 4)]
    pub parts: Parts,
    /// Only customers of which this rule holds, and the open opportunities and tasks about such customers; null for all.
    #[graphql(skip)]
    #[schema(value_type = Option<Object>)]
    pub filter: Option<Rule>,
    /// Why, in the words of whoever started it.
    pub reason: Text,
    /// Customers transferred so far.
    #[schema(minimum = 0)]
    pub customers: i32,
    /// Open leads transferred so far.
    #[schema(minimum = 0)]
    pub leads: i32,
    /// Open opportunities transferred so far.
    #[schema(minimum = 0)]
    pub opportunities: i32,
    /// Open tasks transferred so far.
    #[schema(minimum = 0)]
    pub tasks: i32,
    /// Records that stay with whoever had them, because whoever started it may not change them; null until it is over.
    #[schema(minimum = 0)]
    pub left_behind: Option<i32>,
    /// Why it failed, where it did.
    #[schema(max_length = 2000)]
    pub problem: Option<String>,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub attempt: i32,
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
    /// What is transferred.
    #[schema(as = OwnershipTransferPart)]
    #[graphql(name = "OwnershipTransferPart")]
    pub enum Part {
        /// Tasks to be done.
        Tasks,
        /// Open opportunities.
        Opportunities,
        /// Open leads.
        Leads,
        /// Customers.
        Customers,
    }
}

/// What is transferred, each once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Parts(pub Vec<Part>);

choice! {
    /// Where a transfer stands.
    #[schema(as = OwnershipTransferState)]
    #[graphql(name = "OwnershipTransferState")]
    pub enum State {
        /// Waiting for its turn.
        Queued,
        /// At work.
        Running,
        /// Done.
        Succeeded,
        /// Given up. What was transferred stays so.
        Failed,
        /// Called off. What was transferred stays so.
        Cancelled,
    }
}

impl State {
    /// Whether nothing more happens.
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

impl Model {
    /// How many records have been transferred so far.
    pub fn moved(&self) -> i32 {
        [self.customers, self.leads, self.opportunities, self.tasks]
            .into_iter()
            .fold(0, i32::saturating_add)
    }
}

/// Progress is told without a change of the version, so it has a part of the tag of its own.
fn tag(row: &Model) -> String {
    format!("{}-{}", row.version, row.moved())
}

crate::resource!("ownership_transfer", owner: Owner::Column(Column::CreatedBy), wire: Model, tag: tag, {
    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::State => State::values(),
            _ => Vec::new(),
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(
            column,
            Column::Parts | Column::Filter | Column::Reason | Column::Problem | Column::Attempt
        )
    }
});
