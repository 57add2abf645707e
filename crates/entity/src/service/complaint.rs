use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::{complaint_cause, service_request, service_request::Channel};
use crate::{
    Currency, Money, Owner, Text,
    customers::customer,
    identity::{user, workspace},
    values::choice,
};

/// The id of a complaint.
pub type Id = crate::Id<Entity>;

/// What came of a service request that is a complaint, as it is kept.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "complaint")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub id: Id,
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[doc(hidden)]
    pub request_id: service_request::Id,
    #[doc(hidden)]
    pub customer_id: Option<customer::Id>,
    #[doc(hidden)]
    pub cause_id: Option<complaint_cause::Id>,
    #[doc(hidden)]
    pub cause_note: Option<Text>,
    #[doc(hidden)]
    pub remedy: Option<Remedy>,
    #[doc(hidden)]
    pub remedy_note: Option<Text>,
    #[doc(hidden)]
    pub cost_minor: Option<i64>,
    #[doc(hidden)]
    pub currency: Currency,
    #[doc(hidden)]
    pub outcome: Option<Text>,
    #[doc(hidden)]
    pub told_at: Option<DateTime<Utc>>,
    #[doc(hidden)]
    pub told_by_id: Option<user::Id>,
    #[doc(hidden)]
    pub told_over: Option<Channel>,
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

/// What came of a service request that is a complaint: why, what was done about it, what it cost us, and what the customer was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "ComplaintRow")]
pub struct Complaint {
    /// The record's id (UUIDv7).
    pub id: Id,
    /// The request; there is one complaint of it.
    pub request_id: service_request::Id,
    /// The customer whose request it is.
    pub customer_id: Option<customer::Id>,
    /// Why it came to it.
    pub cause_id: Option<complaint_cause::Id>,
    /// Why, in words.
    pub cause_note: Option<Text>,
    /// What was done about it.
    pub remedy: Option<Remedy>,
    /// What was done, in words.
    pub remedy_note: Option<Text>,
    /// What it has cost us.
    pub cost: Option<Money>,
    /// What the customer was told to have come of it.
    pub outcome: Option<Text>,
    /// When they were told; null while they were not: the request is not closed before.
    pub told_at: Option<DateTime<Utc>>,
    /// The user who told them.
    pub told_by_id: Option<user::Id>,
    /// Over what they were told.
    pub told_over: Option<Channel>,
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

impl From<Model> for Complaint {
    fn from(row: Model) -> Self {
        Self {
            cost: row.cost_minor.map(|minor| Money::from_minor(minor, row.currency)),
            id: row.id,
            request_id: row.request_id,
            customer_id: row.customer_id,
            cause_id: row.cause_id,
            cause_note: row.cause_note,
            remedy: row.remedy,
            remedy_note: row.remedy_note,
            outcome: row.outcome,
            told_at: row.told_at,
            told_by_id: row.told_by_id,
            told_over: row.told_over,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
        }
    }
}

choice! {
    /// What is done about a complaint.
    #[schema(as = ComplaintRemedy)]
    #[graphql(name = "ComplaintRemedy")]
    pub enum Remedy {
        /// We said that we are sorry.
        Apology,
        /// We explained how it came about.
        Explanation,
        /// We made good what was wrong.
        Correction,
        /// It was repaired.
        Repair,
        /// Another one was given for it.
        Replacement,
        /// What was paid was given back.
        Refund,
        /// Something was taken off the price.
        Discount,
        /// Something was given that was not asked for.
        Goodwill,
        /// Nothing: it was not justified.
        Rejected,
        /// Something else.
        Other,
    }
}

crate::resource!("complaint", owner: Owner::OfRequest(Column::RequestId), wire: Complaint, {
    fn customer(row: &Model) -> Option<customer::Id> {
        row.customer_id
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Remedy => Remedy::values(),
            Column::ToldOver => Channel::values(),
            _ => Vec::new(),
        }
    }
});
