//! What became of assets: who had them, where, and in which status. Written with each change of these, and never changed.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    asset::{self, Status},
    site,
};
use crate::{
    CountryCode, Label, Name, Scoped, customers::customer, identity::workspace,
    log::event::ActorKind,
};

/// What an asset was like from a moment on.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "asset_step")]
#[serde(rename_all = "camelCase")]
#[schema(as = AssetStep)]
#[graphql(name = "AssetStep")]
pub struct Model {
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    #[sea_orm(primary_key, auto_increment = false)]
    pub asset_id: asset::Id,
    /// The version that the asset had by it.
    #[schema(minimum = 1)]
    #[sea_orm(primary_key, auto_increment = false)]
    pub asset_version: i32,
    /// Since when.
    pub at: DateTime<Utc>,
    /// Where it stood.
    pub status: Status,
    /// The customer who had it.
    pub customer_id: customer::Id,
    /// The asset that it was a part of.
    pub parent_id: Option<asset::Id>,
    /// The site at which it stood.
    pub site_id: Option<site::Id>,
    /// Where it was: street and number.
    pub street: Option<Name>,
    /// Postal code.
    pub postal_code: Option<Label>,
    /// Town.
    pub city: Option<Label>,
    /// Country.
    pub country: Option<CountryCode>,
    /// Where in there.
    pub location: Option<Name>,
    /// What kind of actor made the change.
    pub actor_kind: ActorKind,
    /// The user or the API key that made it, where it was one.
    pub actor_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}
