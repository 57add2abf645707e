use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::{price_book, product};
use crate::{Currency, Money, Owner, Percentage, Quantity, identity::workspace};

/// The id of a price in a price book.
pub type Id = crate::Id<Entity>;

/// A price in a price book, as stored: [`PriceBookEntry`] is what clients see.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "price_book_entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub id: Id,
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[doc(hidden)]
    pub price_book_id: price_book::Id,
    #[doc(hidden)]
    pub product_id: product::Id,
    #[doc(hidden)]
    pub minimum_quantity: Quantity,
    #[doc(hidden)]
    pub unit_price_minor: i64,
    #[doc(hidden)]
    pub currency: Currency,
    #[doc(hidden)]
    pub discount_limit: Option<Percentage>,
    #[doc(hidden)]
    pub version: i32,
    #[doc(hidden)]
    pub created_at: DateTime<Utc>,
    #[doc(hidden)]
    pub updated_at: DateTime<Utc>,
    #[doc(hidden)]
    pub deleted_at: Option<DateTime<Utc>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What one of a product costs by a price book, from a quantity on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "PriceBookEntryRow")]
pub struct PriceBookEntry {
    /// The record's id (UUIDv7).
    pub id: Id,
    /// The price book.
    pub price_book_id: price_book::Id,
    /// The product.
    pub product_id: product::Id,
    /// From how many on the price holds.
    pub minimum_quantity: Quantity,
    /// What one costs, in the price book's currency.
    pub unit_price: Money,
    /// The discount, in percent, that a seller may give on it without approval; where there is none, the price book
    /// says.
    pub discount_limit: Option<Percentage>,
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

impl From<Model> for PriceBookEntry {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            price_book_id: row.price_book_id,
            product_id: row.product_id,
            minimum_quantity: row.minimum_quantity,
            unit_price: Money::from_minor(row.unit_price_minor, row.currency),
            discount_limit: row.discount_limit,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
        }
    }
}

crate::resource!("price_book_entry", owner: Owner::Nobody, wire: PriceBookEntry, {
    fn thousandths(column: &Column) -> bool {
        matches!(column, Column::MinimumQuantity | Column::DiscountLimit)
    }
});
