use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    queue,
    skill::{Skill, Skills},
};
use crate::{Count, LanguageCode, Name, Owner, identity::workspace, rule::Rule, values::fold};

/// The id of a routing rule.
pub type Id = crate::Id<Entity>;

/// Which queue a new service request comes into, and what it needs. Of the rules whose condition holds, the one with the
/// lowest position counts.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "service_routing_rule")]
#[serde(rename_all = "camelCase")]
#[schema(as = ServiceRoutingRule)]
#[graphql(name = "ServiceRoutingRuleRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// What the rule is called; unique in the workspace, whatever the case of its letters.
    pub name: Name,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub sort_name: String,
    /// Where it stands among the others.
    pub position: Count,
    /// Whether requests are routed by it.
    pub active: bool,
    /// What must hold of a request; null where it is for all.
    #[graphql(skip)]
    pub condition: Option<Rule>,
    /// The queue that requests come into by it.
    pub queue_id: queue::Id,
    /// What whoever gets them must be able to do, where the request does not say so itself.
    #[graphql(skip)]
    #[schema(value_type = Vec<Skill>, max_items = 50)]
    pub needed_skills: Skills,
    /// The language that they must speak, where the request does not say so itself.
    pub needed_language: Option<LanguageCode>,
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

crate::resource!("service_routing_rule", owner: Owner::Nobody, wire: Model, {
    fn derive(row: &mut Model) {
        row.sort_name = fold(row.name.as_str());
    }

    fn sort_column(column: Column) -> Column {
        match column {
            Column::Name => Column::SortName,
            other => other,
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(column, Column::SortName | Column::Condition | Column::NeededSkills)
    }
});
