use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::service_request;
use crate::{
    Owner, Text,
    customers::customer,
    identity::{user, workspace},
    values::choice,
};

/// The id of a promise.
pub type Id = crate::Id<Entity>;

/// Something that a customer was promised in a service request, and whether it was kept.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "promise")]
#[serde(rename_all = "camelCase")]
#[schema(as = Promise)]
#[graphql(name = "PromiseRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// The request in which it was promised.
    pub request_id: service_request::Id,
    /// The customer whose request it was then.
    pub customer_id: Option<customer::Id>,
    /// What was promised.
    pub body: Text,
    /// By when.
    pub due_at: DateTime<Utc>,
    /// The user who sees to it; where there is none, whoever has the request.
    pub keeper_id: Option<user::Id>,
    /// What has become of it.
    pub status: Status,
    /// When it was found that it is late; null where it is not, or was not.
    pub overdue_at: Option<DateTime<Utc>>,
    /// When somebody looked whether it was kept.
    pub checked_at: Option<DateTime<Utc>>,
    /// The user who did.
    pub checked_by_id: Option<user::Id>,
    /// What they found, in words.
    pub note: Option<Text>,
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
    /// What has become of a promise.
    #[derive(Default)]
    #[schema(as = PromiseStatus)]
    #[graphql(name = "PromiseStatus")]
    pub enum Status {
        /// Nobody has looked yet.
        #[default]
        Open,
        /// It was kept.
        Kept,
        /// It was not.
        Broken,
        /// The customer no longer wants it.
        Withdrawn,
    }
}

crate::resource!("promise", owner: Owner::OfRequest(Column::RequestId), wire: Model, {
    fn customer(row: &Model) -> Option<customer::Id> {
        row.customer_id
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Status => Status::values(),
            _ => Vec::new(),
        }
    }

    fn indexed(column: &Column) -> bool {
        matches!(column, Column::CreatedAt | Column::DueAt)
    }
});
