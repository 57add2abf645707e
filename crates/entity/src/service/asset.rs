use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::site;
use crate::{
    CountryCode, Custom, Date, ExternalId, Label, Name, Owner, Source, Tags, Text,
    customers::{contact, customer},
    identity::workspace,
    sales::{order, product},
    values::{choice, fold, search_terms},
};

/// The id of an asset.
pub type Id = crate::Id<Entity>;

/// Something that a customer has and that we look after: a machine, a vehicle, a licence.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "asset")]
#[serde(rename_all = "camelCase")]
#[schema(as = Asset)]
#[graphql(name = "AssetRow")]
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
    /// Its serial number; of one product no two are the same.
    pub serial_number: Option<Label>,
    /// Where it stands.
    pub status: Status,
    /// The customer who has it.
    pub customer_id: customer::Id,
    /// The person there to talk to about it.
    pub contact_id: Option<contact::Id>,
    /// What it is one of.
    pub product_id: Option<product::Id>,
    /// The asset that it is a part of.
    pub parent_id: Option<Id>,
    /// The order that it was bought by.
    pub order_id: Option<order::Id>,
    /// The line of that order, from 1.
    #[schema(minimum = 1, maximum = 200)]
    pub order_line: Option<i32>,
    /// The site at which it stands: one of the customer's.
    pub site_id: Option<site::Id>,
    /// Where it is: street and number.
    pub street: Option<Name>,
    /// Postal code.
    pub postal_code: Option<Label>,
    /// Town.
    pub city: Option<Label>,
    /// Country.
    pub country: Option<CountryCode>,
    /// Where in there, e.g. `Hall 3, line 2`.
    pub location: Option<Name>,
    /// The day on which it was bought.
    pub bought_on: Option<Date>,
    /// The day on which it was installed.
    pub installed_on: Option<Date>,
    /// Anything worth knowing.
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

choice! {
    /// Where an asset stands.
    #[derive(Default)]
    #[schema(as = AssetStatus)]
    #[graphql(name = "AssetStatus")]
    pub enum Status {
        /// Ordered, on its way, or not yet installed.
        Planned,
        /// At work.
        #[default]
        InUse,
        /// Being repaired.
        InRepair,
        /// Not at work.
        OutOfService,
        /// Gone for good: it may be put to use again.
        Retired,
    }
}

impl Status {
    /// What may become of it from here. What is not among these is refused.
    pub fn next(self) -> &'static [Self] {
        use Status::{InRepair, InUse, OutOfService, Planned, Retired};
        match self {
            Planned => &[InUse, OutOfService, Retired],
            InUse => &[InRepair, OutOfService, Retired],
            InRepair => &[InUse, OutOfService, Retired],
            OutOfService => &[InUse, InRepair, Retired],
            Retired => &[InUse],
        }
    }
}

crate::resource!("asset", owner: Owner::OfCustomer(Column::CustomerId), wire: Model, {
    crate::extensible!(search_text);

    const SEARCH: Option<Column> = Some(Column::SearchText);

    fn customer(row: &Model) -> Option<customer::Id> {
        Some(row.customer_id)
    }

    fn derive(row: &mut Model) {
        row.sort_name = fold(row.name.as_str());
        let words = [
            Some(row.name.as_str()),
            row.serial_number.as_ref().map(Label::as_str),
            row.city.as_ref().map(Label::as_str),
            row.location.as_ref().map(Name::as_str),
            row.external_id.as_ref().map(ExternalId::as_str),
        ];
        row.search_text = search_terms(words.into_iter().flatten());
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Status => Status::values(),
            _ => Vec::new(),
        }
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
