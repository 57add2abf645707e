use async_graphql::{Enum, InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::{
    ToSchema,
    openapi::{Object, ObjectBuilder, Type},
};

use super::workspace;
use crate::{Name, Owner, values::choice};

/// The id of a role.
pub type Id = crate::Id<Entity>;

/// What a group of users may do.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "role")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    /// The workspace it belongs to.
    pub workspace_id: workspace::Id,
    /// What the role is called.
    pub name: Name,
    /// Which of the built-in roles this is.
    pub built_in: Option<BuiltIn>,
    /// The permission table, as it was when the role was last saved.
    pub grants: Grants,
    /// Counts the changes of the record.
    pub version: i32,
    /// When the record was created.
    pub created_at: DateTime<Utc>,
    /// When the record was last changed.
    pub updated_at: DateTime<Utc>,
    /// When the record was deleted.
    pub deleted_at: Option<DateTime<Utc>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What a group of users may do.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    /// The record's id (UUIDv7).
    pub id: Id,
    /// What the role is called.
    pub name: Name,
    /// Which of the built-in roles this is; null for one made here. Built-in roles cannot be changed.
    pub built_in: Option<BuiltIn>,
    /// What the role gives leave for: every resource and verb.
    #[schema(max_items = 500)]
    pub permissions: Vec<Permission>,
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

impl From<Model> for Role {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            built_in: row.built_in,
            permissions: row.grants.0,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
        }
    }
}

choice! {
    /// A role that every workspace has.
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
}

/// A permission table, as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Grants(pub Vec<Permission>);

/// One cell of a permission table.
#[derive(
    Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject,
)]
#[serde(deny_unknown_fields)]
#[graphql(input_name = "PermissionInput")]
pub struct Permission {
    /// The resource's name, e.g. `customer`.
    #[schema(schema_with = resource_name)]
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

/// A name that is one of the resources, in the contract.
fn resource_name() -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(crate::RESOURCES)).build()
}

crate::resource!("role", owner: Owner::Nobody, wire: Role, {
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
