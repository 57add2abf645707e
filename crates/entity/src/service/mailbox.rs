use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::{queue, service_request};
use crate::{
    Email, Name, Owner,
    identity::workspace,
    values::{choice, fold},
};

/// The id of a mailbox.
pub type Id = crate::Id<Entity>;

/// An e-mail address whose mail becomes service requests. A gateway hands each mail over with the mailbox's token.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "mailbox")]
#[serde(rename_all = "camelCase")]
#[schema(as = Mailbox)]
#[graphql(name = "MailboxRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// What the mailbox is called; unique in the workspace, whatever the case of its letters.
    pub name: Name,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub sort_name: String,
    /// The address that customers write to.
    pub address: Email,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub secret_hash: Vec<u8>,
    /// Whether mail is taken.
    pub enabled: bool,
    /// The queue that its requests wait in.
    pub queue_id: Option<queue::Id>,
    /// What its requests are, until somebody says otherwise.
    pub request_kind: service_request::Kind,
    /// How soon something must be done about them, until somebody says otherwise.
    pub urgency: service_request::Level,
    /// What becomes of mail of somebody whom we do not know.
    pub unknown_senders: UnknownSenders,
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
    /// What becomes of mail of somebody whom we do not know.
    #[derive(Default)]
    #[graphql(name = "UnknownSenders")]
    pub enum UnknownSenders {
        /// A request without a customer.
        #[default]
        Request,
        /// A lead.
        Lead,
        /// Nothing: it is dropped.
        Drop,
    }
}

crate::resource!("mailbox", owner: Owner::Nobody, wire: Model, {
    fn derive(row: &mut Model) {
        row.sort_name = fold(row.name.as_str());
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::RequestKind => service_request::Kind::values(),
            Column::Urgency => service_request::Level::values(),
            Column::UnknownSenders => UnknownSenders::values(),
            _ => Vec::new(),
        }
    }

    fn sort_column(column: Column) -> Column {
        match column {
            Column::Name => Column::SortName,
            other => other,
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(column, Column::SortName | Column::SecretHash)
    }
});
