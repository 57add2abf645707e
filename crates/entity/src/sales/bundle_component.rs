//! What bundles are made of. Components have no life of their own: they are written and read with their bundle.

use async_graphql::{InputObject, SimpleObject};
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::product;
use crate::{Quantity, Scoped, identity::workspace};

/// A component, as stored: [`BundleComponent`] is what clients see.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bundle_component")]
pub struct Model {
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub bundle_id: product::Id,
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub position: i32,
    #[doc(hidden)]
    pub product_id: product::Id,
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

/// One of the products that a bundle is made of.
#[derive(
    Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[graphql(name = "BundleComponentRow", input_name = "BundleComponentInput")]
pub struct BundleComponent {
    /// The product.
    pub product_id: product::Id,
    /// How many of it are in one bundle.
    pub quantity: Quantity,
}

impl From<Model> for BundleComponent {
    fn from(row: Model) -> Self {
        Self { product_id: row.product_id, quantity: row.quantity }
    }
}
