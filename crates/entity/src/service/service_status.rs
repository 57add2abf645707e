use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Count, Name, Owner, StatusKey,
    identity::workspace,
    values::{choice, fold},
};

/// The id of a service status.
pub type Id = crate::Id<Entity>;

/// Where a service request may stand. The workspace names them; what each means to clocks, queues and reports is its
/// category.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "service_status")]
#[serde(rename_all = "camelCase")]
#[schema(as = ServiceStatus)]
#[graphql(name = "ServiceStatusRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// What requests and programs call it; unique in the workspace, and as it was made.
    pub key: StatusKey,
    /// What people call it; unique in the workspace, whatever the case of its letters.
    pub name: Name,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub sort_name: String,
    /// What it means that a request has it.
    pub category: Category,
    /// Where it stands among the others. Of several that fit, the first is chosen.
    pub position: Count,
    /// The keys of the statuses that a request may come into from here; any where null.
    #[graphql(skip)]
    #[schema(value_type = Option<Vec<StatusKey>>, max_items = 50)]
    pub next: Option<StatusKeys>,
    /// Whether requests come into it from now on.
    pub active: bool,
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
    /// What it means that a request has a status, whatever that is called.
    #[derive(Default, PartialOrd, Ord)]
    #[schema(as = ServiceStatusCategory)]
    #[graphql(name = "ServiceStatusCategory")]
    pub enum Category {
        /// Nobody has looked at it.
        #[default]
        New,
        /// It is our turn.
        Open,
        /// It is the customer's turn.
        WaitingForCustomer,
        /// It is somebody else's turn: a supplier, another department.
        WaitingForThirdParty,
        /// What was to be done is done; the customer may still object.
        Resolved,
        /// Nothing more is done.
        Closed,
    }
}

impl Category {
    /// Whether something is still to be done.
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Resolved | Self::Closed)
    }

    /// Whether somebody else than us is to do it.
    pub fn is_waiting(self) -> bool {
        matches!(self, Self::WaitingForCustomer | Self::WaitingForThirdParty)
    }
}

/// The keys of some statuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sea_orm::FromJsonQueryResult)]
#[serde(transparent)]
pub struct StatusKeys(pub Vec<StatusKey>);

crate::resource!("service_status", owner: Owner::Nobody, wire: Model, {
    fn derive(row: &mut Model) {
        row.sort_name = fold(row.name.as_str());
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Category => Category::values(),
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
        matches!(column, Column::SortName | Column::Next)
    }
});
