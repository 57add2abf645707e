//! Where service requests wait for somebody.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Name, Owner, Text,
    identity::{user, workspace},
    values::{choice, fold},
    work::business_calendar,
};

/// The id of a queue.
pub type Id = crate::Id<Entity>;

/// Service requests that wait for somebody, and who may take them.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "queue")]
#[serde(rename_all = "camelCase")]
#[schema(as = Queue)]
#[graphql(name = "QueueRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// What the queue is called; unique in the workspace, whatever the case of its letters.
    pub name: Name,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub sort_name: String,
    /// What comes into it.
    pub description: Option<Text>,
    /// Who may take requests from it; everybody where nobody is named.
    #[graphql(skip)]
    #[schema(value_type = Vec<user::Id>, max_items = 200)]
    pub member_ids: Members,
    /// Who of them gets a request that comes into it.
    pub method: Method,
    /// The business calendar of the hours in which it gives requests out to those who have none of their own; around the
    /// clock where it is null.
    pub calendar_id: Option<business_calendar::Id>,
    /// Whether requests come into it from now on.
    pub active: bool,
    /// Counts the changes of the record: 1 when created. It is the entity tag.
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
    /// Who gets the requests that come into a queue.
    #[derive(Default)]
    #[schema(as = QueueMethod)]
    #[graphql(name = "QueueMethod")]
    pub enum Method {
        /// Nobody, until they take them.
        #[default]
        Pull,
        /// One agent after the other.
        RoundRobin,
        /// The agent with the fewest open requests; of several, one after the other.
        LeastBusy,
    }
}

/// The most users that a queue names.
pub const MOST_MEMBERS: usize = 200;

/// Who may take requests from a queue.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, sea_orm::FromJsonQueryResult,
)]
#[serde(transparent)]
pub struct Members(pub Vec<user::Id>);

crate::resource!("queue", owner: Owner::Nobody, wire: Model, {
    fn derive(row: &mut Model) {
        row.sort_name = fold(row.name.as_str());
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Method => Method::values(),
            _ => Vec::new(),
        }
    }

    fn sort_column(column: Column) -> Column {
        match column {
            Column::Name => Column::SortName,
            other => other,
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(column, Column::SortName | Column::MemberIds)
    }
});
