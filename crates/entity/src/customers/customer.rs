use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Count, CountryCode, Custom, Date, Email, ExternalId, Int64, Label, Name, Owner, Phone, Source,
    Tags, Text, TimeZone, Url, Year,
    identity::{user, workspace},
    lifecycle::lifecycle_stage,
    values::choice,
    values::{fold, search_terms},
};

/// The id of a customer.
pub type Id = crate::Id<Entity>;

/// A person or an organization that we deal with: the one record that sales, marketing and service share.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "customer")]
#[serde(rename_all = "camelCase")]
#[schema(as = Customer)]
#[graphql(name = "CustomerRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// Whether it is a person or an organization.
    pub kind: Kind,
    /// What the customer is called.
    pub name: Name,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub sort_name: String,
    /// A person's given name.
    pub first_name: Option<Label>,
    /// A person's family name.
    pub last_name: Option<Label>,
    /// The main e-mail address.
    pub email: Option<Email>,
    /// The main telephone number.
    pub phone: Option<Phone>,
    /// The customer's web site.
    pub website: Option<Url>,
    /// What an organization does.
    pub industry: Option<Label>,
    /// How many people work for an organization.
    pub employees: Option<Count>,
    /// What an organization earns in a year, in whole units of the workspace's currency.
    pub annual_revenue: Option<Int64>,
    /// The year an organization was founded.
    pub founded_in: Option<Year>,
    /// The day a person was born.
    pub birthday: Option<Date>,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub birthday_of_year: Option<i32>,
    /// Street and number.
    pub street: Option<Name>,
    /// Postal code.
    pub postal_code: Option<Label>,
    /// Town.
    pub city: Option<Label>,
    /// Country.
    pub country: Option<CountryCode>,
    /// The time zone that the customer lives by; the workspace's where it is null.
    pub time_zone: Option<TimeZone>,
    /// Anything worth knowing.
    pub description: Option<Text>,
    /// The organization this one belongs to.
    pub parent_id: Option<Id>,
    /// The user who looks after the customer.
    pub owner_id: Option<user::Id>,
    /// The system the record came from.
    pub source: Option<Source>,
    /// The id it has there; unique within the source.
    pub external_id: Option<ExternalId>,
    /// The lifecycle stage that the customer is in; null where it is in none.
    pub stage_id: Option<lifecycle_stage::Id>,
    /// Since when the customer is in this stage.
    pub stage_since: Option<DateTime<Utc>>,
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
    /// What a customer is.
    #[schema(as = CustomerKind)]
    #[graphql(name = "CustomerKind")]
    pub enum Kind {
        /// A human being.
        Person,
        /// A company, a public body, an association.
        Organization,
    }
}

crate::resource!("customer", owner: Owner::Column(Column::OwnerId), wire: Model, {
    crate::by_place! {
        id, workspace_id, kind, name, sort_name, first_name: null, last_name: null, email: null, phone: null, website: null, industry: null, employees: null, annual_revenue: null, founded_in: null, birthday: null, birthday_of_year: null, street: null, postal_code: null, city: null, country: null, time_zone: null, description: null, parent_id: null, owner_id: null, source: null, external_id: null, stage_id: null, stage_since: null, search_text, custom: empty, comparable: empty, tags: empty, version, created_at, updated_at, deleted_at: null
    }

    crate::extensible!(search_text);

    const SEARCH: Option<Column> = Some(Column::SearchText);

    fn customer(row: &Model) -> Option<Id> {
        Some(row.id)
    }

    fn derive(row: &mut Model) {
        row.sort_name = fold(row.name.as_str());
        row.birthday_of_year = row.birthday.map(Date::of_year);
        let words = [Some(row.name.as_str()), row.first_name.as_ref().map(Label::as_str)];
        let more = [
            row.last_name.as_ref().map(Label::as_str),
            row.email.as_ref().map(Email::as_str),
            row.phone.as_ref().map(Phone::as_str),
            row.city.as_ref().map(Label::as_str),
            row.external_id.as_ref().map(ExternalId::as_str),
        ];
        row.search_text = search_terms(words.into_iter().chain(more).flatten());
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Kind => Kind::values(),
            _ => Vec::new(),
        }
    }

    fn sort_column(column: Column) -> Column {
        match column {
            Column::Name => Column::SortName,
            other => other,
        }
    }

    fn day_of_year(column: &Column) -> Option<Column> {
        matches!(column, Column::Birthday).then_some(Column::BirthdayOfYear)
    }

    fn hidden(column: &Column) -> bool {
        matches!(column, Column::SortName | Column::SearchText | Column::BirthdayOfYear)
    }
});
