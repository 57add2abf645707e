use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::customer;
use crate::{Date, Moment, Owner, Purpose, Source, Text, identity::workspace, values::choice};

/// The id of a consent.
pub type Id = crate::Id<Entity>;

/// What a customer has said to being reached for a purpose over a channel. How it came about is in its events.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "consent")]
#[serde(rename_all = "camelCase")]
#[schema(as = Consent)]
#[graphql(name = "ConsentRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// The customer who gave it or did not.
    pub customer_id: customer::Id,
    /// What for. There is one consent of a customer for a purpose and a channel.
    pub purpose: Purpose,
    /// Over what.
    pub channel: Channel,
    /// What they said.
    pub status: Status,
    /// When they said so.
    pub obtained_at: Moment,
    /// The last day it holds; null where it holds until it is withdrawn.
    pub expires_on: Option<Date>,
    /// How it was given: the words they were shown, the form, who heard it.
    pub evidence: Option<Text>,
    /// The system it was given in.
    pub source: Option<Source>,
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
    /// Over what somebody is reached.
    #[schema(as = ConsentChannel)]
    #[graphql(name = "ConsentChannel")]
    pub enum Channel {
        /// By e-mail.
        Email,
        /// By telephone.
        Phone,
        /// By SMS.
        Sms,
        /// By post.
        Post,
        /// By notifications of an app or a browser.
        Push,
        /// By a messenger.
        Messenger,
        /// Over whatever channel.
        Any,
    }
}

choice! {
    /// What somebody said to being reached.
    #[schema(as = ConsentStatus)]
    #[graphql(name = "ConsentStatus")]
    pub enum Status {
        /// Yes.
        Granted,
        /// No, from the first.
        Denied,
        /// Yes once, and no more.
        Withdrawn,
    }
}

crate::resource!("consent", owner: Owner::OfCustomer(Column::CustomerId), wire: Model, {
    crate::by_place! {
        id, workspace_id, customer_id, purpose, channel, status, obtained_at, expires_on: null, evidence: null, source: null, version, created_at, updated_at, deleted_at: null
    }

    fn customer(row: &Model) -> Option<customer::Id> {
        Some(row.customer_id)
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Channel => Channel::values(),
            Column::Status => Status::values(),
            _ => Vec::new(),
        }
    }
});
