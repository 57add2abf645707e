use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::{lifecycle_stage, loss_reason};
use crate::{Label, Owner, Text, customers::customer, identity::workspace};

/// The id of a loss.
pub type Id = crate::Id<Entity>;

/// That a customer was lost: when, why, and when they were won back.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "loss")]
#[serde(rename_all = "camelCase")]
#[schema(as = Loss)]
#[graphql(name = "LossRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// Who was lost.
    pub customer_id: customer::Id,
    /// Why.
    pub reason_id: loss_reason::Id,
    /// To whom.
    pub competitor: Option<Label>,
    /// Anything worth knowing about it.
    pub note: Option<Text>,
    /// The stage that the customer was lost from; null where there was none.
    pub from_stage_id: Option<lifecycle_stage::Id>,
    /// When.
    pub lost_at: DateTime<Utc>,
    /// When the customer was won back; null while they are lost.
    pub recovered_at: Option<DateTime<Utc>>,
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

crate::resource!("loss", owner: Owner::OfCustomer(Column::CustomerId), wire: Model, {
    fn customer(row: &Model) -> Option<customer::Id> {
        Some(row.customer_id)
    }
});
