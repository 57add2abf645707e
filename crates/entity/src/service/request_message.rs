use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{service_request, service_request::Channel};
use crate::{
    Email, MailId, Owner, Text,
    customers::{contact, customer},
    identity::{user, workspace},
    values::choice,
};

/// The id of a message.
pub type Id = crate::Id<Entity>;

/// Something that was written about a service request: by the customer, to the customer, or among ourselves.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "request_message")]
#[serde(rename_all = "camelCase")]
#[schema(as = RequestMessage)]
#[graphql(name = "RequestMessageRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// The request.
    pub request_id: service_request::Id,
    /// The customer whose request it was then.
    pub customer_id: Option<customer::Id>,
    /// Who wrote to whom.
    pub kind: Kind,
    /// What was written.
    pub body: Text,
    /// The user who wrote it.
    pub author_id: Option<user::Id>,
    /// The person at the customer's who wrote it.
    pub contact_id: Option<contact::Id>,
    /// Of an e-mail, the address that it came from.
    pub sender: Option<Email>,
    /// Over what it went.
    pub channel: Channel,
    /// When it was written.
    pub sent_at: DateTime<Utc>,
    /// The users who are mentioned in it.
    #[graphql(skip)]
    #[schema(value_type = Vec<user::Id>, max_items = 50)]
    pub mentions: Mentions,
    /// Of an e-mail, its `Message-ID`; unique in the workspace.
    pub message_id: Option<MailId>,
    /// Of an e-mail, its `In-Reply-To`.
    pub in_reply_to: Option<MailId>,
    /// Of an e-mail, its `References`.
    #[graphql(skip)]
    #[serde(rename = "references")]
    #[schema(value_type = Vec<MailId>, max_items = 100)]
    pub reference_ids: MailIds,
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
    /// Who writes to whom about a service request.
    #[schema(as = RequestMessageKind)]
    #[graphql(name = "RequestMessageKind")]
    pub enum Kind {
        /// The customer to us.
        Customer,
        /// We to the customer.
        Reply,
        /// We among ourselves: the customer never sees it.
        Note,
    }
}

/// The users who are mentioned in a message.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, sea_orm::FromJsonQueryResult,
)]
#[serde(transparent)]
pub struct Mentions(pub Vec<user::Id>);

/// The ids of some e-mails.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, sea_orm::FromJsonQueryResult,
)]
#[serde(transparent)]
pub struct MailIds(pub Vec<MailId>);

crate::resource!("request_message", owner: Owner::OfRequest(Column::RequestId), wire: Model, {
    fn customer(row: &Model) -> Option<customer::Id> {
        row.customer_id
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Kind => Kind::values(),
            Column::Channel => Channel::values(),
            _ => Vec::new(),
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(column, Column::Mentions | Column::ReferenceIds)
    }
});
