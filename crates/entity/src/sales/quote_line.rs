//! The lines of quotes. Written and read with the quote.

use async_graphql::SimpleObject;
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::{product, quote};
use crate::{Currency, Money, Name, Percentage, Quantity, Scoped, identity::workspace};

/// A line, as stored: [`QuoteLine`] is what clients see.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "quote_line")]
pub struct Model {
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub quote_id: quote::Id,
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
    pub discount_limit: Option<Percentage>,
    #[doc(hidden)]
    pub tax_rate: Percentage,
    #[doc(hidden)]
    pub net_minor: i64,
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

/// One line of a quote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "QuoteLineRow")]
pub struct QuoteLine {
    /// The place of the line, from 1.
    #[schema(minimum = 1, maximum = 200)]
    pub position: i32,
    /// The product, where it is one of ours.
    pub product_id: Option<product::Id>,
    /// What is offered, in words.
    pub description: Name,
    /// How many.
    pub quantity: Quantity,
    /// What one costs.
    pub unit_price: Money,
    /// What is taken off, in percent.
    pub discount: Percentage,
    /// The discount, in percent, that a seller may give without approval; null where there is no limit.
    pub discount_limit: Option<Percentage>,
    /// The tax on it, in percent.
    pub tax_rate: Percentage,
    /// Quantity times unit price without the discount, each rounded half to even.
    pub net: Money,
    /// The tax on that, rounded half to even.
    pub tax: Money,
}

impl QuoteLine {
    /// A line in its quote's currency.
    pub fn new(line: Model, currency: &Currency) -> Self {
        let money = |minor| Money::from_minor(minor, currency.clone());
        Self {
            position: line.position,
            product_id: line.product_id,
            description: line.description,
            quantity: line.quantity,
            unit_price: money(line.unit_price_minor),
            discount: line.discount,
            discount_limit: line.discount_limit,
            tax_rate: line.tax_rate,
            net: money(line.net_minor),
            tax: money(line.tax_minor),
        }
    }
}
