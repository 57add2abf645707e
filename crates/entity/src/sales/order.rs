use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::quote;
use crate::{
    Currency, Custom, Date, ExternalId, Money, Owner, Source, Tags, Text,
    customers::customer,
    identity::{user, workspace},
    values::choice,
};

/// The id of an order.
pub type Id = crate::Id<Entity>;

/// An order, as stored: [`Order`] is what clients see.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "order")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub id: Id,
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[doc(hidden)]
    pub number: String,
    #[doc(hidden)]
    pub customer_id: customer::Id,
    #[doc(hidden)]
    pub owner_id: Option<user::Id>,
    #[doc(hidden)]
    pub status: Status,
    #[doc(hidden)]
    pub ordered_on: Date,
    #[doc(hidden)]
    pub currency: Currency,
    #[doc(hidden)]
    pub total_minor: i64,
    #[doc(hidden)]
    pub tax_minor: i64,
    #[doc(hidden)]
    pub quote_id: Option<quote::Id>,
    #[doc(hidden)]
    pub delivery_status: DeliveryStatus,
    #[doc(hidden)]
    pub payment_status: PaymentStatus,
    #[doc(hidden)]
    pub paid_minor: i64,
    #[doc(hidden)]
    pub description: Option<Text>,
    #[doc(hidden)]
    pub source: Option<Source>,
    #[doc(hidden)]
    pub external_id: Option<ExternalId>,
    #[doc(hidden)]
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub custom: Custom,
    #[doc(hidden)]
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub comparable: Custom,
    #[doc(hidden)]
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub tags: Tags,
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

/// What a customer bought.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "OrderRow")]
pub struct Order {
    /// The record's id (UUIDv7).
    pub id: Id,
    /// The number people say on the phone, e.g. `O-2031`; unique in the workspace.
    #[schema(max_length = 32, pattern = "^O-[0-9]+$")]
    pub number: String,
    /// Who bought.
    pub customer_id: customer::Id,
    /// The user who sold.
    pub owner_id: Option<user::Id>,
    /// Where the order stands.
    pub status: Status,
    /// What may become of it from here.
    #[schema(max_items = 3)]
    pub next: Vec<Status>,
    /// How far its deliveries and returns are.
    pub delivery_status: DeliveryStatus,
    /// How far its payments and refunds are.
    pub payment_status: PaymentStatus,
    /// The day it was placed, in the workspace's time zone.
    pub ordered_on: Date,
    /// The sum of the lines, without tax.
    pub total: Money,
    /// The tax on that.
    pub tax: Money,
    /// What has been paid of both, less what was paid back.
    pub paid: Money,
    /// The quote it comes from.
    pub quote_id: Option<quote::Id>,
    /// Anything worth knowing.
    pub description: Option<Text>,
    /// The system the record came from.
    pub source: Option<Source>,
    /// The id it has there; unique within the source.
    pub external_id: Option<ExternalId>,
    /// Values of the workspace's custom fields.
    pub custom: Custom,
    /// Words that the record is marked with.
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

impl From<Model> for Order {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            number: row.number,
            customer_id: row.customer_id,
            owner_id: row.owner_id,
            status: row.status,
            next: row.status.next().to_vec(),
            delivery_status: row.delivery_status,
            payment_status: row.payment_status,
            ordered_on: row.ordered_on,
            total: Money::from_minor(row.total_minor, row.currency.clone()),
            tax: Money::from_minor(row.tax_minor, row.currency.clone()),
            paid: Money::from_minor(row.paid_minor, row.currency),
            quote_id: row.quote_id,
            description: row.description,
            source: row.source,
            external_id: row.external_id,
            custom: row.custom,
            tags: row.tags,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
        }
    }
}

choice! {
    /// Where an order stands.
    #[derive(Default)]
    #[schema(as = OrderStatus)]
    #[graphql(name = "OrderStatus")]
    pub enum Status {
        /// Being written.
        Draft,
        /// Agreed, and to be delivered.
        #[default]
        Placed,
        /// Delivered.
        Completed,
        /// Called off.
        Cancelled,
    }
}

impl Status {
    /// What may become of it from here. What is not among these is refused.
    pub fn next(self) -> &'static [Self] {
        use Status::{Cancelled, Completed, Draft, Placed};
        match self {
            Draft => &[Placed, Completed, Cancelled],
            Placed => &[Draft, Completed, Cancelled],
            Completed => &[Placed],
            Cancelled => &[Draft],
        }
    }
}

choice! {
    /// How far the deliveries and returns of an order are.
    #[derive(Default)]
    #[schema(as = OrderDeliveryStatus)]
    #[graphql(name = "OrderDeliveryStatus")]
    pub enum DeliveryStatus {
        /// There are none.
        #[default]
        None,
        /// Some are to be shipped.
        Planned,
        /// Some are on the way, none has arrived.
        Shipped,
        /// Something has arrived, not everything.
        Partial,
        /// The customer has everything.
        Delivered,
        /// Everything that arrived has come back.
        Returned,
    }
}

choice! {
    /// How far the payments and refunds of an order are.
    #[derive(Default)]
    #[schema(as = OrderPaymentStatus)]
    #[graphql(name = "OrderPaymentStatus")]
    pub enum PaymentStatus {
        /// There are none.
        #[default]
        None,
        /// Some are expected or have failed, none has arrived.
        Pending,
        /// Something has arrived, not everything.
        Partial,
        /// Everything is paid.
        Paid,
        /// Everything that was paid is paid back.
        Refunded,
    }
}

crate::resource!("order", owner: Owner::Column(Column::OwnerId), wire: Order, {
    crate::by_place! {
        id, workspace_id, number, customer_id, owner_id: null, status, ordered_on, currency, total_minor, tax_minor, quote_id: null, delivery_status, payment_status, paid_minor, description: null, source: null, external_id: null, custom: empty, comparable: empty, tags: empty, version, created_at, updated_at, deleted_at: null
    }

    crate::extensible!();

    fn customer(row: &Model) -> Option<customer::Id> {
        Some(row.customer_id)
    }

    fn indexed(column: &Column) -> bool {
        matches!(column, Column::OrderedOn | Column::CreatedAt)
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Status => Status::values(),
            Column::DeliveryStatus => DeliveryStatus::values(),
            Column::PaymentStatus => PaymentStatus::values(),
            _ => Vec::new(),
        }
    }
});
