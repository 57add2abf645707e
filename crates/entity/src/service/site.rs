use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    CountryCode, Custom, ExternalId, Label, Name, Owner, Source, Tags, Text, TimeZone,
    customers::{contact, customer},
    identity::workspace,
    values::{fold, search_terms},
};

/// The id of a site.
pub type Id = crate::Id<Entity>;

/// A place of a customer where assets stand and service is done: a plant, a branch, a building.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "site")]
#[serde(rename_all = "camelCase")]
#[schema(as = Site)]
#[graphql(name = "SiteRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// What it is called.
    pub name: Name,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub sort_name: String,
    /// The customer whose place it is.
    pub customer_id: customer::Id,
    /// The person there to talk to.
    pub contact_id: Option<contact::Id>,
    /// Street and number.
    pub street: Option<Name>,
    /// Postal code.
    pub postal_code: Option<Label>,
    /// Town.
    pub city: Option<Label>,
    /// Country.
    pub country: Option<CountryCode>,
    /// The time zone there.
    pub time_zone: Option<TimeZone>,
    /// How to get there and in, and anything else worth knowing.
    pub description: Option<Text>,
    /// The system the record came from.
    pub source: Option<Source>,
    /// The id it has there; unique within the source.
    pub external_id: Option<ExternalId>,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub search_text: String,
    /// Values of the workspace's custom fields.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub custom: Custom,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub comparable: Custom,
    /// Words that the record is marked with.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub tags: Tags,
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

crate::resource!("site", owner: Owner::OfCustomer(Column::CustomerId), wire: Model, {
    crate::extensible!(search_text);

    const SEARCH: Option<Column> = Some(Column::SearchText);

    fn customer(row: &Model) -> Option<customer::Id> {
        Some(row.customer_id)
    }

    fn derive(row: &mut Model) {
        row.sort_name = fold(row.name.as_str());
        let words = [
            Some(row.name.as_str()),
            row.street.as_ref().map(Name::as_str),
            row.postal_code.as_ref().map(Label::as_str),
            row.city.as_ref().map(Label::as_str),
            row.external_id.as_ref().map(ExternalId::as_str),
        ];
        row.search_text = search_terms(words.into_iter().flatten());
    }

    fn sort_column(column: Column) -> Column {
        match column {
            Column::Name => Column::SortName,
            other => other,
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(column, Column::SortName | Column::SearchText)
    }
});
