use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::customer;
use crate::{
    CountryCode, Label, Moment, Name, Owner, Reach, Source, identity::workspace, values::choice,
};

/// The id of a contact point.
pub type Id = crate::Id<Entity>;

/// A way to reach a customer, beside the main ones that the customer's own record has.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "contact_point")]
#[serde(rename_all = "camelCase")]
#[schema(as = ContactPoint)]
#[graphql(name = "ContactPointRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// The customer who is reached.
    pub customer_id: customer::Id,
    /// What it is.
    pub kind: Kind,
    /// The address, the number or the name; of a postal address its parts in one line.
    pub value: Reach,
    /// The network of a social identity or the service of a messenger, e.g. `linkedin` or `signal`.
    pub network: Option<Source>,
    /// Of a postal address: street and number.
    pub street: Option<Name>,
    /// Of a postal address: postal code.
    pub postal_code: Option<Label>,
    /// Of a postal address: town.
    pub city: Option<Label>,
    /// Of a postal address: country.
    pub country: Option<CountryCode>,
    /// What it is to the customer, e.g. `home`, `work` or `delivery`.
    pub label: Option<Label>,
    /// Whether it is the one to use among those of its kind. A customer has one such of each kind at most.
    pub is_preferred: bool,
    /// When it was found out that it reaches the customer.
    pub verified_at: Option<Moment>,
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
    /// What a way to reach somebody is.
    #[schema(as = ContactPointKind)]
    #[graphql(name = "ContactPointKind")]
    pub enum Kind {
        /// An e-mail address.
        Email,
        /// A telephone number, in E.164 form.
        Phone,
        /// Who somebody is on a social network: a web address, or a name without blanks.
        Social,
        /// Who somebody is to a messenger: a web address, or a name or number without blanks.
        Messenger,
        /// A postal address, given by its parts.
        Address,
    }
}

/// The parts of a postal address in one line: street, postal code and town, country.
pub fn address_line(
    street: Option<&Name>,
    postal_code: Option<&Label>,
    city: Option<&Label>,
    country: Option<&CountryCode>,
) -> String {
    let joined = |parts: &[Option<&str>], by| {
        let there = parts.iter().flatten().filter(|part| !part.is_empty());
        there.copied().collect::<Vec<_>>().join(by)
    };
    let town = joined(&[postal_code.map(Label::as_str), city.map(Label::as_str)], " ");
    joined(&[street.map(Name::as_str), Some(&town), country.map(CountryCode::as_str)], ", ")
}

crate::resource!("contact_point", owner: Owner::OfCustomer(Column::CustomerId), wire: Model, {
    crate::by_place! {
        id, workspace_id, customer_id, kind, value, network: null, street: null, postal_code: null, city: null, country: null, label: null, is_preferred, verified_at: null, version, created_at, updated_at, deleted_at: null
    }

    fn customer(row: &Model) -> Option<customer::Id> {
        Some(row.customer_id)
    }

    fn derive(row: &mut Model) {
        let Model { street, postal_code, city, country, .. } = &*row;
        let line = address_line(street.as_ref(), postal_code.as_ref(), city.as_ref(), country.as_ref());
        // All parts together are shorter than a value may be.
        if row.kind == Kind::Address && let Ok(line) = line.parse() {
            row.value = line;
        }
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Kind => Kind::values(),
            _ => Vec::new(),
        }
    }
});
