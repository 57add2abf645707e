use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Name, Owner, Text,
    identity::workspace,
    sales::product,
    service::{entitlement::Kind, service_policy},
    values::{MonthCount, RequestLimit, choice, fold},
};

/// The id of a service plan.
pub type Id = crate::Id<Entity>;

/// What a product carries: whoever buys it is entitled to this, for so long.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "service_plan")]
#[serde(rename_all = "camelCase")]
#[schema(as = ServicePlan)]
#[graphql(name = "ServicePlanRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// What it is called; of one product no two are the same.
    pub name: Name,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub sort_name: String,
    /// The product that carries it.
    pub product_id: product::Id,
    /// What whoever buys it is entitled to.
    pub kind: Kind,
    /// For so many months.
    pub months: MonthCount,
    /// From when on.
    pub begins: Begins,
    /// So many requests for each line of an order; as many as there are where it is null.
    pub request_limit: Option<RequestLimit>,
    /// The service policy by which requests that use what it gives are answered, whatever policies ask for; null where that is
    /// left to these.
    pub policy_id: Option<service_policy::Id>,
    /// What is covered, in words.
    pub description: Option<Text>,
    /// Whether orders still give it. What they have given stays.
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
    /// From when on a service plan holds.
    #[derive(Default)]
    #[schema(as = ServicePlanBegins)]
    #[graphql(name = "ServicePlanBegins")]
    pub enum Begins {
        /// From the day on which the goods of the line were first delivered; without deliveries from that of the order, once
        /// it is completed.
        #[default]
        Delivered,
        /// From the day of the order, once it is placed.
        Ordered,
    }
}

crate::resource!("service_plan", owner: Owner::Nobody, wire: Model, {
    fn derive(row: &mut Model) {
        row.sort_name = fold(row.name.as_str());
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Kind => Kind::values(),
            Column::Begins => Begins::values(),
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
        matches!(column, Column::SortName)
    }
});
