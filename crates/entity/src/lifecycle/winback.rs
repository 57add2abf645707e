use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::{loss, winback_programme};
use crate::{
    Owner, Text,
    customers::customer,
    identity::{user, workspace},
    values::choice,
};

/// The id of a win-back.
pub type Id = crate::Id<Entity>;

/// An attempt to win a lost customer back.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "winback")]
#[serde(rename_all = "camelCase")]
#[schema(as = Winback)]
#[graphql(name = "WinbackRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// Who is to be won back.
    pub customer_id: customer::Id,
    /// The loss that is to be made good.
    pub loss_id: loss::Id,
    /// The programme that it is a part of.
    pub programme_id: Option<winback_programme::Id>,
    /// The user who sees to it.
    pub owner_id: Option<user::Id>,
    /// Where the attempt stands.
    pub status: Status,
    /// What came of it, in words.
    pub result: Option<Text>,
    /// When it was won or given up; null while it is under way.
    pub closed_at: Option<DateTime<Utc>>,
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
    /// Where an attempt to win a customer back stands.
    #[schema(as = WinbackStatus)]
    #[graphql(name = "WinbackStatus")]
    pub enum Status {
        /// Under way.
        Open,
        /// The customer is back.
        Won,
        /// The customer stays away.
        Failed,
    }
}

crate::resource!("winback", owner: Owner::Column(Column::OwnerId), wire: Model, {
    fn customer(row: &Model) -> Option<customer::Id> {
        Some(row.customer_id)
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Status => Status::values(),
            _ => Vec::new(),
        }
    }
});
