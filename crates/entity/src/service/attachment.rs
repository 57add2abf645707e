use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::{request_message, service_request};
use crate::{
    Name, Owner,
    customers::customer,
    identity::{user, workspace},
};

/// The id of an attachment.
pub type Id = crate::Id<Entity>;

/// A file that belongs to a service request, or to something that was written about it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "attachment")]
#[serde(rename_all = "camelCase")]
#[schema(as = Attachment)]
#[graphql(name = "AttachmentRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// The service request.
    pub request_id: Option<service_request::Id>,
    /// The message about it that the file was sent with.
    pub message_id: Option<request_message::Id>,
    /// The customer whose request it was then.
    pub customer_id: Option<customer::Id>,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub object_id: Uuid,
    /// What the file is called, without folders and characters that do not show.
    pub name: Name,
    /// What the file is, by what is in it: not by its name, nor by what its sender says.
    #[schema(max_length = 100, pattern = "^[a-z0-9.+-]+/[a-z0-9.+-]+$")]
    pub media_type: String,
    /// How large it is.
    #[schema(minimum = 1)]
    pub bytes: i64,
    /// The SHA-256 of what is in it, in hexadecimal digits.
    #[schema(min_length = 64, max_length = 64, pattern = "^[0-9a-f]{64}$")]
    pub sha256: String,
    /// Whether it is among ourselves, as notes are: customers never get a link to it.
    pub is_internal: bool,
    /// The user who added it; null where the customer did.
    pub added_by_id: Option<user::Id>,
    /// When it is removed, unless a message has been written with it by then; null where it stays.
    pub expires_at: Option<DateTime<Utc>>,
    /// Counts the changes of the record: 1 when created. It is the entity tag.
    #[schema(minimum = 1)]
    pub version: i32,
    /// When the record was created.
    pub created_at: DateTime<Utc>,
    /// When the record was last changed.
    pub updated_at: DateTime<Utc>,
    /// When the record was deleted; null while it is not. The file is removed then.
    pub deleted_at: Option<DateTime<Utc>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

crate::resource!("attachment", owner: Owner::OfRequest(Column::RequestId), wire: Model, {
    fn customer(row: &Model) -> Option<customer::Id> {
        row.customer_id
    }

    fn hidden(column: &Column) -> bool {
        matches!(column, Column::ObjectId)
    }
});
