use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{ConversionRate, Currency, Date, Owner, identity::workspace};

/// The id of an exchange rate.
pub type Id = crate::Id<Entity>;

/// What a currency is worth in the workspace's, from a day on until the day of the next rate.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "exchange_rate")]
#[serde(rename_all = "camelCase")]
#[schema(as = ExchangeRate)]
#[graphql(name = "ExchangeRateRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// The currency.
    pub currency: Currency,
    /// The first day it holds for; one rate for each currency and day.
    pub valid_from: Date,
    /// What one unit of it is worth in the workspace's currency.
    pub rate: ConversionRate,
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

crate::resource!("exchange_rate", owner: Owner::Nobody, wire: Model, {
    fn hidden(column: &Column) -> bool {
        matches!(column, Column::Rate)
    }
});
