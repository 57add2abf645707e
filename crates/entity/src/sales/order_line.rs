//! The lines of orders. They have no life of their own: they are written and read with their order.

use async_graphql::SimpleObject;
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::{order, product};
use crate::{Currency, Money, Name, Percentage, Quantity, Scoped, identity::workspace};

/// A line, as stored: [`OrderLine`] is what clients see.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_line")]
pub struct Model {
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub order_id: order::Id,
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub position: i32,
    #[doc(hidden)]
    pub product_id: Option<product::Id>,
    #[doc(hidden)]
    pub description: Name,
    #[doc(hidden)]
    pub quantity: Quantity,
    #[doc(hidden)]
    pub unit_price_minor: i64,
    #[doc(hidden)]
    pub discount: Percentage,
    #[doc(hidden)]
    pub tax_rate: Percentage,
    #[doc(hidden)]
    pub amount_minor: i64,
    #[doc(hidden)]
    pub tax_minor: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "OrderLineRow")]
pub struct OrderLine {
    /// The place of the line in the order, from 1.
    #[schema(minimum = 1, maximum = 200)]
    pub position: i32,
    /// The product, where it is one of ours.
    pub product_id: Option<product::Id>,
    /// What was bought, in words.
    pub description: Name,
    /// How many.
    pub quantity: Quantity,
    /// What one costs.
    pub unit_price: Money,
    /// What is taken off, in percent.
    pub discount: Percentage,
    /// The tax on it, in percent.
    pub tax_rate: Percentage,
    /// Quantity times unit price without the discount, each rounded half to even.
    pub amount: Money,
    /// The tax on that, rounded half to even.
    pub tax: Money,
}

impl OrderLine {
    /// A line in its order's currency.
    pub fn new(line: Model, currency: &Currency) -> Self {
        Self {
            position: line.position,
            product_id: line.product_id,
            description: line.description,
            quantity: line.quantity,
            unit_price: Money::from_minor(line.unit_price_minor, currency.clone()),
            discount: line.discount,
            tax_rate: line.tax_rate,
            amount: Money::from_minor(line.amount_minor, currency.clone()),
            tax: Money::from_minor(line.tax_minor, currency.clone()),
        }
    }
}
