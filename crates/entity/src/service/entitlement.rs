use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::{agreement, asset, service_plan, service_policy, site};
use crate::{
    Date, Name, Owner, Text,
    customers::customer,
    identity::workspace,
    sales::{order, product},
    values::{RequestLimit, choice, fold},
};

/// The id of an entitlement.
pub type Id = crate::Id<Entity>;

/// What a customer may ask of us: by an agreement, or by what they bought.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "entitlement")]
#[serde(rename_all = "camelCase")]
#[schema(as = Entitlement)]
#[graphql(name = "EntitlementRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// What it is called.
    pub name: Name,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub sort_name: String,
    /// What the customer is entitled to.
    pub kind: Kind,
    /// Where it stands.
    pub status: Status,
    /// The customer.
    pub customer_id: customer::Id,
    /// The agreement that it is a part of: it then holds only while that does.
    pub agreement_id: Option<agreement::Id>,
    /// The only product that it covers.
    pub product_id: Option<product::Id>,
    /// The only asset that it covers, with all that are parts of it.
    pub asset_id: Option<asset::Id>,
    /// The only site that it covers: every request there, and every asset that stands there.
    pub site_id: Option<site::Id>,
    /// The order that it comes from: it covers what was bought by it.
    pub order_id: Option<order::Id>,
    /// The line of that order, from 1.
    #[schema(minimum = 1, maximum = 200)]
    pub order_line: Option<i32>,
    /// The plan of the product that it comes from.
    pub service_plan_id: Option<service_plan::Id>,
    /// The first day.
    pub starts_on: Date,
    /// The last day; it goes on where it is null.
    pub ends_on: Option<Date>,
    /// So many requests; as many as there are where it is null.
    pub request_limit: Option<RequestLimit>,
    /// The service policy by which requests that use it are answered, whatever policies ask for; null where
    /// that is left to these.
    pub policy_id: Option<service_policy::Id>,
    /// What is covered, in words.
    pub description: Option<Text>,
    /// Why it was cancelled; null where it was not.
    pub cancel_reason: Option<Text>,
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
    /// What a customer is entitled to.
    #[schema(as = EntitlementKind)]
    #[graphql(name = "EntitlementKind")]
    pub enum Kind {
        /// What was bought is made good where it is faulty.
        Warranty,
        /// Questions are answered.
        Support,
        /// What breaks is repaired.
        Repair,
        /// It is looked after before it breaks.
        Maintenance,
        /// It is replaced.
        Replacement,
    }
}

choice! {
    /// Where an entitlement stands.
    #[derive(Default)]
    #[schema(as = EntitlementStatus)]
    #[graphql(name = "EntitlementStatus")]
    pub enum Status {
        /// It holds, within its days.
        #[default]
        Active,
        /// It was called off, or what it came from was.
        Cancelled,
    }
}

crate::resource!("entitlement", owner: Owner::OfCustomer(Column::CustomerId), wire: Model, {
    fn customer(row: &Model) -> Option<customer::Id> {
        Some(row.customer_id)
    }

    fn derive(row: &mut Model) {
        row.sort_name = fold(row.name.as_str());
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Kind => Kind::values(),
            Column::Status => Status::values(),
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
