use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::order;
use crate::{
    Date, ExternalId, Moment, Name, Owner, Source, Text, customers::customer, identity::workspace,
    values::choice,
};

/// The id of a delivery.
pub type Id = crate::Id<Entity>;

/// A delivery, as stored: [`Delivery`] is what clients see.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "delivery")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub id: Id,
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[doc(hidden)]
    pub number: String,
    #[doc(hidden)]
    pub order_id: order::Id,
    #[doc(hidden)]
    pub customer_id: customer::Id,
    #[doc(hidden)]
    pub kind: Kind,
    #[doc(hidden)]
    pub status: Status,
    #[doc(hidden)]
    pub carrier: Option<Name>,
    #[doc(hidden)]
    pub tracking_code: Option<Name>,
    #[doc(hidden)]
    pub reason: Option<Text>,
    #[doc(hidden)]
    pub planned_on: Option<Date>,
    #[doc(hidden)]
    pub shipped_at: Option<Moment>,
    #[doc(hidden)]
    pub delivered_at: Option<Moment>,
    #[doc(hidden)]
    pub source: Option<Source>,
    #[doc(hidden)]
    pub external_id: Option<ExternalId>,
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

choice! {
    /// Which way goods go.
    #[derive(Default)]
    #[schema(as = DeliveryKind)]
    #[graphql(name = "DeliveryKind")]
    pub enum Kind {
        /// To the customer.
        #[default]
        Delivery,
        /// Back from the customer.
        Return,
    }
}

choice! {
    /// Where a delivery stands.
    #[derive(Default)]
    #[schema(as = GoodsStatus)]
    #[graphql(name = "GoodsStatus")]
    pub enum Status {
        /// To be shipped; of a return: agreed with the customer.
        #[default]
        Planned,
        /// On the way.
        Shipped,
        /// Arrived; of a return: back with us.
        Delivered,
        /// Nothing comes of it.
        Cancelled,
    }
}

impl Kind {
    /// What it is called.
    pub fn called(self) -> &'static str {
        match self {
            Self::Delivery => "delivery",
            Self::Return => "return",
        }
    }
}

impl Status {
    /// What happens to a delivery that comes into this status, as events call it.
    pub fn happened(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Cancelled => "cancelled",
        }
    }

    /// What may become of it from here. What is not among these is refused.
    pub fn next(self) -> &'static [Self] {
        use Status::{Cancelled, Delivered, Planned, Shipped};
        match self {
            Planned => &[Shipped, Delivered, Cancelled],
            Shipped => &[Delivered, Cancelled],
            Delivered | Cancelled => &[],
        }
    }
}

/// Goods of an order on their way to the customer, or back.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "DeliveryRow")]
pub struct Delivery {
    /// The record's id (UUIDv7).
    pub id: Id,
    /// The number people say on the phone: `D-2031` of a delivery, `R-17` of a return; unique in the workspace.
    #[schema(max_length = 32, pattern = "^[DR]-[0-9]+$")]
    pub number: String,
    /// The order whose goods they are.
    pub order_id: order::Id,
    /// The customer of that order.
    pub customer_id: customer::Id,
    /// Which way they go.
    pub kind: Kind,
    /// Where it stands.
    pub status: Status,
    /// What may become of it from here.
    #[schema(max_items = 3)]
    pub next: Vec<Status>,
    /// Who carries them.
    pub carrier: Option<Name>,
    /// The carrier's number for them.
    pub tracking_code: Option<Name>,
    /// Why they come back.
    pub reason: Option<Text>,
    /// The day on which they are to arrive, in the workspace's time zone.
    pub planned_on: Option<Date>,
    /// When they were shipped.
    pub shipped_at: Option<Moment>,
    /// When they arrived.
    pub delivered_at: Option<Moment>,
    /// The system the record came from.
    pub source: Option<Source>,
    /// The id it has there; unique within the source.
    pub external_id: Option<ExternalId>,
    /// Counts the changes of the record: 1 when created. It is the entity tag.
    #[schema(minimum = 1)]
    pub version: i32,
    /// When the record was created.
    pub created_at: DateTime<Utc>,
    /// When the record was last changed.
    pub updated_at: DateTime<Utc>,
}

impl From<Model> for Delivery {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            number: row.number,
            order_id: row.order_id,
            customer_id: row.customer_id,
            kind: row.kind,
            status: row.status,
            next: row.status.next().to_vec(),
            carrier: row.carrier,
            tracking_code: row.tracking_code,
            reason: row.reason,
            planned_on: row.planned_on,
            shipped_at: row.shipped_at,
            delivered_at: row.delivered_at,
            source: row.source,
            external_id: row.external_id,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

crate::resource!("delivery", owner: Owner::OfCustomer(Column::CustomerId), wire: Delivery, {
    fn customer(row: &Model) -> Option<customer::Id> {
        Some(row.customer_id)
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Kind => Kind::values(),
            Column::Status => Status::values(),
            _ => Vec::new(),
        }
    }
});
