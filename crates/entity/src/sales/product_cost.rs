use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::product;
use crate::{Currency, Date, Money, Owner, identity::workspace};

/// The id of a product's cost.
pub type Id = crate::Id<Entity>;

/// A cost, as stored: [`ProductCost`] is what clients see.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "product_cost")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub id: Id,
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[doc(hidden)]
    pub product_id: product::Id,
    #[doc(hidden)]
    pub cost_minor: i64,
    #[doc(hidden)]
    pub currency: Currency,
    #[doc(hidden)]
    pub valid_from: Date,
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

/// What one of a product costs us from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "ProductCostRow")]
pub struct ProductCost {
    /// The record's id (UUIDv7).
    pub id: Id,
    /// The product.
    pub product_id: product::Id,
    /// What one costs us.
    pub cost: Money,
    /// The first day on which it does. It does until the next cost in the same currency begins.
    pub valid_from: Date,
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

impl From<Model> for ProductCost {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            product_id: row.product_id,
            cost: Money::from_minor(row.cost_minor, row.currency),
            valid_from: row.valid_from,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
        }
    }
}

crate::resource!("product_cost", owner: Owner::Nobody, wire: ProductCost);
