use async_graphql::{InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Currency, CustomKey, Label, Owner, Text,
    identity::{role, workspace},
    values::choice,
};

/// The id of a custom field.
pub type Id = crate::Id<Entity>;

/// A custom field, as stored: [`CustomField`] is what clients see.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "custom_field")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub id: Id,
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[doc(hidden)]
    pub resource: Extended,
    #[doc(hidden)]
    pub key: CustomKey,
    #[doc(hidden)]
    pub label: Label,
    #[doc(hidden)]
    pub description: Option<Text>,
    #[doc(hidden)]
    pub kind: Kind,
    #[doc(hidden)]
    pub required: bool,
    #[doc(hidden)]
    pub indexed: bool,
    #[doc(hidden)]
    pub unique: bool,
    #[doc(hidden)]
    pub default: Option<Json>,
    #[doc(hidden)]
    pub choices: Choices,
    #[doc(hidden)]
    pub currency: Option<Currency>,
    #[doc(hidden)]
    pub target: Option<Target>,
    #[doc(hidden)]
    pub visible_to: Option<Roles>,
    #[doc(hidden)]
    pub position: i32,
    #[doc(hidden)]
    pub slot: Option<String>,
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

/// A field that the workspace has defined for a kind of record. Its value stands in the record's `custom`, under the
/// field's key; in rules and orders it is called `custom.` and the key.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct CustomField {
    /// The record's id (UUIDv7).
    pub id: Id,
    /// The kind of record that has it.
    pub resource: Extended,
    /// What it is called in `custom` and in rules; unique among the resource's fields, deleted ones included.
    pub key: CustomKey,
    /// What people call it.
    pub label: Label,
    /// What it is for.
    pub description: Option<Text>,
    /// What it holds.
    pub kind: Kind,
    /// Whether a new record must have a value, and none can be cleared.
    pub required: bool,
    /// Whether lists that are filtered by it find its records by an index.
    pub indexed: bool,
    /// Whether no two records have the same value. It is then indexed too.
    pub unique: bool,
    /// What a new record has where nothing is said.
    pub default: Option<Json>,
    /// What may be chosen, in the order in which it is offered.
    #[schema(max_items = 200)]
    pub choices: Vec<Choice>,
    /// The currency of the amounts.
    pub currency: Option<Currency>,
    /// The kind of record that is referred to.
    pub target: Option<Target>,
    /// The roles whose users see it; everybody where null.
    #[schema(max_items = 50)]
    pub visible_to: Option<Vec<role::Id>>,
    /// Its place among the resource's fields.
    #[schema(minimum = 0)]
    pub position: i32,
    /// Counts the changes of the record: 1 when created. It is the entity tag.
    #[schema(minimum = 1)]
    pub version: i32,
    /// When the record was created.
    pub created_at: DateTime<Utc>,
    /// When the record was last changed.
    pub updated_at: DateTime<Utc>,
    /// When the record was deleted; null while it is not. Its values are then kept, but nobody sees them.
    pub deleted_at: Option<DateTime<Utc>>,
}

impl From<Model> for CustomField {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            resource: row.resource,
            key: row.key,
            label: row.label,
            description: row.description,
            kind: row.kind,
            required: row.required,
            indexed: row.indexed,
            unique: row.unique,
            default: row.default,
            choices: row.choices.0,
            currency: row.currency,
            target: row.target,
            visible_to: row.visible_to.map(|roles| roles.0),
            position: row.position,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
        }
    }
}

choice! {
    /// A kind of record that has custom fields.
    #[schema(as = ExtendedResource)]
    #[graphql(name = "ExtendedResource")]
    pub enum Extended {
        /// Customers.
        Customer,
        /// Contacts.
        Contact,
        /// Products.
        Product,
        /// Orders.
        Order,
        /// Leads.
        Lead,
        /// Opportunities.
        Opportunity,
        /// Quotes.
        Quote,
        /// Sites.
        Site,
        /// Assets.
        Asset,
        /// Agreements.
        Agreement,
        /// Service requests.
        ServiceRequest,
    }
}

impl Extended {
    /// The resource's name in permissions and events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Contact => "contact",
            Self::Product => "product",
            Self::Order => "order",
            Self::Lead => "lead",
            Self::Opportunity => "opportunity",
            Self::Quote => "quote",
            Self::Site => "site",
            Self::Asset => "asset",
            Self::Agreement => "agreement",
            Self::ServiceRequest => "service_request",
        }
    }
}

choice! {
    /// What a custom field holds.
    #[schema(as = CustomFieldKind)]
    #[graphql(name = "CustomFieldKind")]
    pub enum Kind {
        /// Text of at most 2,000 characters.
        Text,
        /// A number of at most 15 digits.
        Number,
        /// An amount of money in the field's currency.
        Money,
        /// A day.
        Date,
        /// A moment.
        Time,
        /// True or false.
        Boolean,
        /// One of the choices.
        SingleChoice,
        /// Some of the choices.
        MultipleChoice,
        /// The id of another record.
        Reference,
        /// An e-mail address.
        Email,
        /// A telephone number.
        Phone,
        /// A web address.
        Url,
    }
}

choice! {
    /// A kind of record that a custom field can refer to.
    #[schema(as = ReferenceTarget)]
    #[graphql(name = "ReferenceTarget")]
    pub enum Target {
        /// A customer.
        Customer,
        /// A contact.
        Contact,
        /// A product.
        Product,
        /// An order.
        Order,
        /// A user.
        User,
    }
}

/// Something that can be chosen.
#[derive(
    Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[graphql(input_name = "ChoiceInput")]
pub struct Choice {
    /// What stands in the record.
    pub value: CustomKey,
    /// What people see.
    pub label: Label,
}

/// Choices, as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Choices(pub Vec<Choice>);

/// Roles, as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Roles(pub Vec<role::Id>);

crate::resource!("custom_field", owner: Owner::Nobody, wire: CustomField, {
    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Resource => Extended::values(),
            Column::Kind => Kind::values(),
            Column::Target => Target::values(),
            _ => Vec::new(),
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(
            column,
            Column::Default | Column::Choices | Column::VisibleTo | Column::Slot
        )
    }
});
