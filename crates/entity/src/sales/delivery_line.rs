//! What is in deliveries. The lines have no life of their own: they are written and read with their delivery.

use async_graphql::SimpleObject;
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::delivery;
use crate::{Quantity, Scoped, identity::workspace};

/// So many of a line of the order, as stored: [`DeliveryLine`] is what clients see.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "delivery_line")]
pub struct Model {
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub delivery_id: delivery::Id,
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub line: i32,
    #[doc(hidden)]
    pub quantity: Quantity,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}

/// So many of a line of the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryLine {
    /// The position of the line in the order, from 1.
    #[schema(minimum = 1, maximum = 200)]
    pub line: i32,
    /// How many of it.
    pub quantity: Quantity,
}

impl From<Model> for DeliveryLine {
    fn from(row: Model) -> Self {
        Self { line: row.line, quantity: row.quantity }
    }
}
