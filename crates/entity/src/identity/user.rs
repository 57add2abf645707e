use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Secret, role, team, workspace};
use crate::{Email, Name, Owner, TimeZone, values::choice};

/// The id of a user.
pub type Id = crate::Id<Entity>;

/// A person who works in the workspace.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "user")]
#[serde(rename_all = "camelCase")]
#[schema(as = User)]
#[graphql(name = "UserRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// The address they sign in with; unique in the workspace, whatever its case.
    pub email: Email,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub email_key: String,
    /// What they are called.
    pub name: Name,
    /// What they may do.
    pub role_id: role::Id,
    /// The team they are in.
    pub team_id: Option<team::Id>,
    /// Whether they can sign in.
    pub status: Status,
    /// Their own time zone; the workspace's where null.
    pub time_zone: Option<TimeZone>,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub password_hash: Option<Secret>,
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
    /// Whether a user can sign in.
    #[schema(as = UserStatus)]
    #[graphql(name = "UserStatus")]
    pub enum Status {
        /// Has not yet accepted the invitation.
        Invited,
        /// Can sign in.
        Active,
        /// Can no longer sign in; what they did and own stays.
        Inactive,
    }
}

crate::resource!("user", owner: Owner::Oneself, wire: Model, {
    fn derive(row: &mut Model) {
        row.email_key = row.email.normalized();
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Status => Status::values(),
            _ => Vec::new(),
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(column, Column::PasswordHash | Column::EmailKey)
    }
});
