use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::order;
use crate::{
    Currency, ExternalId, Moment, Money, Name, Owner, Source, Text, customers::customer,
    identity::workspace, values::choice,
};

/// The id of a payment.
pub type Id = crate::Id<Entity>;

/// A payment, as stored: [`Payment`] is what clients see.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "payment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub id: Id,
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[doc(hidden)]
    pub order_id: order::Id,
    #[doc(hidden)]
    pub customer_id: customer::Id,
    #[doc(hidden)]
    pub kind: Kind,
    #[doc(hidden)]
    pub status: Status,
    #[doc(hidden)]
    pub currency: Currency,
    #[doc(hidden)]
    pub amount_minor: i64,
    #[doc(hidden)]
    pub method: Method,
    #[doc(hidden)]
    pub reference: Option<Name>,
    #[doc(hidden)]
    pub note: Option<Text>,
    #[doc(hidden)]
    pub settled_at: Option<Moment>,
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
    /// Which way money goes.
    #[derive(Default)]
    #[schema(as = PaymentKind)]
    #[graphql(name = "PaymentKind")]
    pub enum Kind {
        /// From the customer.
        #[default]
        Payment,
        /// Back to the customer.
        Refund,
    }
}

choice! {
    /// Where a payment stands.
    #[schema(as = PaymentStatus)]
    #[graphql(name = "PaymentStatus")]
    #[derive(Default)]
    pub enum Status {
        /// Expected, or on the way.
        #[default]
        Pending,
        /// The money has arrived.
        Settled,
        /// It did not come through; it can be tried again.
        Failed,
        /// Nothing comes of it.
        Cancelled,
    }
}

impl Kind {
    /// What it is called.
    pub fn called(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Refund => "refund",
        }
    }
}

impl Status {
    /// What happens to a payment that comes into this status, as events call it.
    pub fn happened(self) -> &'static str {
        match self {
            Self::Pending => "expected",
            Self::Settled => "settled",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more becomes of it.
    pub fn is_over(self) -> bool {
        self.next().is_empty()
    }

    /// What may become of it from here. What is not among these is refused.
    pub fn next(self) -> &'static [Self] {
        use Status::{Cancelled, Failed, Pending, Settled};
        match self {
            Pending => &[Settled, Failed, Cancelled],
            Failed => &[Pending, Settled, Cancelled],
            Settled | Cancelled => &[],
        }
    }
}

choice! {
    /// How money is paid.
    #[derive(Default)]
    #[schema(as = PaymentMethod)]
    #[graphql(name = "PaymentMethod")]
    pub enum Method {
        /// By bank transfer.
        #[default]
        BankTransfer,
        /// By card.
        Card,
        /// Collected from the customer's account.
        DirectDebit,
        /// In cash.
        Cash,
        /// By cheque.
        Cheque,
        /// In another way.
        Other,
    }
}

/// Money paid for an order, or paid back.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "PaymentRow")]
pub struct Payment {
    /// The record's id (UUIDv7).
    pub id: Id,
    /// The order it is for.
    pub order_id: order::Id,
    /// The customer of that order.
    pub customer_id: customer::Id,
    /// Which way the money goes.
    pub kind: Kind,
    /// Where it stands.
    pub status: Status,
    /// What may become of it from here.
    #[schema(max_items = 3)]
    pub next: Vec<Status>,
    /// How much, in the order's currency: always more than nothing, also of a refund.
    pub amount: Money,
    /// How it is paid.
    pub method: Method,
    /// What it is known by at the bank.
    pub reference: Option<Name>,
    /// Anything worth knowing, such as why it failed.
    pub note: Option<Text>,
    /// When the money arrived.
    pub settled_at: Option<Moment>,
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

impl From<Model> for Payment {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            order_id: row.order_id,
            customer_id: row.customer_id,
            kind: row.kind,
            status: row.status,
            next: row.status.next().to_vec(),
            amount: Money::from_minor(row.amount_minor, row.currency),
            method: row.method,
            reference: row.reference,
            note: row.note,
            settled_at: row.settled_at,
            source: row.source,
            external_id: row.external_id,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

crate::resource!("payment", owner: Owner::OfCustomer(Column::CustomerId), wire: Payment, {
    fn customer(row: &Model) -> Option<customer::Id> {
        Some(row.customer_id)
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Kind => Kind::values(),
            Column::Status => Status::values(),
            Column::Method => Method::values(),
            _ => Vec::new(),
        }
    }
});
