use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::customer;
use crate::{
    Custom, Email, Label, Name, Owner, Phone, Tags, Text,
    identity::workspace,
    values::{fold, search_terms},
};

/// The id of a contact.
pub type Id = crate::Id<Entity>;

/// A person at an organization that is our customer.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "contact")]
#[serde(rename_all = "camelCase")]
#[schema(as = Contact)]
#[graphql(name = "ContactRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// The customer they belong to.
    pub customer_id: customer::Id,
    /// What they are called.
    pub name: Name,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub sort_name: String,
    /// Given name.
    pub first_name: Option<Label>,
    /// Family name.
    pub last_name: Option<Label>,
    /// What they do there.
    pub job_title: Option<Label>,
    /// The part they play for us, e.g. buyer or user.
    pub role: Option<Label>,
    /// E-mail address.
    pub email: Option<Email>,
    /// Telephone number.
    pub phone: Option<Phone>,
    /// Anything worth knowing.
    pub description: Option<Text>,
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

crate::resource!("contact", owner: Owner::OfCustomer(Column::CustomerId), wire: Model, {
    crate::by_place! {
        id, workspace_id, customer_id, name, sort_name, first_name: null, last_name: null, job_title: null, role: null, email: null, phone: null, description: null, search_text, custom: empty, comparable: empty, tags: empty, version, created_at, updated_at, deleted_at: null
    }

    crate::extensible!(search_text);

    const SEARCH: Option<Column> = Some(Column::SearchText);

    fn customer(row: &Model) -> Option<customer::Id> {
        Some(row.customer_id)
    }

    fn derive(row: &mut Model) {
        row.sort_name = fold(row.name.as_str());
        let words = [
            Some(row.name.as_str()),
            row.first_name.as_ref().map(Label::as_str),
            row.last_name.as_ref().map(Label::as_str),
            row.email.as_ref().map(Email::as_str),
            row.phone.as_ref().map(Phone::as_str),
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
