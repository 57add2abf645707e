use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::workspace;
use crate::{Name, Owner};

/// The id of a role.
pub type Id = crate::Id<Entity>;

/// What a group of users may do.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "role")]
#[serde(rename_all = "camelCase")]
#[schema(as = Role)]
#[graphql(name = "RoleRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// What the role is called.
    pub name: Name,
    /// Which of the built-in roles this is; null for one made here. Built-in roles cannot be changed.
    pub built_in: Option<BuiltIn>,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub grants: Grants,
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

/// A role that every workspace has.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
    ToSchema,
    Enum,
)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(32))", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[schema(as = BuiltInRole)]
#[graphql(name = "BuiltInRole")]
pub enum BuiltIn {
    /// May do everything, including who else may do what.
    Admin,
    /// Leads a team: changes what the team owns.
    Manager,
    /// Sells: reads everything about customers, changes what they own.
    Rep,
    /// Serves customers.
    Agent,
    /// Runs segments and campaigns.
    Marketer,
    /// A program that keeps another system in step.
    Integration,
    /// Reads.
    Viewer,
}

/// The permission table of a custom role, as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Grants(pub Vec<Grant>);

/// One cell of a permission table, as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The resource's name.
    pub resource: String,
    /// What is done to it.
    pub verb: Verb,
    /// To which of its records.
    pub scope: Scope,
}

/// What can be done to a record.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema, Enum,
)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// See it.
    Read,
    /// Make it.
    Create,
    /// Change it.
    Update,
    /// Delete and restore it.
    Delete,
}

/// To which records a permission reaches.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema, Enum,
)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// To none.
    None,
    /// To those the user owns.
    Own,
    /// To those that the user's team, or a team below it, owns.
    Team,
    /// To all in the workspace.
    All,
}

crate::resource!("role", owner: Owner::Nobody, wire: Model, {
    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::BuiltIn => BuiltIn::values(),
            _ => Vec::new(),
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(column, Column::Grants)
    }
});
