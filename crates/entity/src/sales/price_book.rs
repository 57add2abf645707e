use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Currency, Date, Name, Owner, Percentage, Priority, Text, customers::customer,
    identity::workspace, segmentation::segment, values::fold,
};

/// The id of a price book.
pub type Id = crate::Id<Entity>;

/// Prices in one currency, for a customer, for the members of a segment or for everybody, while they hold.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "price_book")]
#[serde(rename_all = "camelCase")]
#[schema(as = PriceBook)]
#[graphql(name = "PriceBookRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// What the price book is called; unique in the workspace.
    pub name: Name,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub sort_name: String,
    /// What it is for.
    pub description: Option<Text>,
    /// The currency of all its prices.
    pub currency: Currency,
    /// The first day on which its prices hold; they have always held where there is none.
    pub valid_from: Option<Date>,
    /// The last day on which its prices hold; they go on where there is none.
    pub valid_to: Option<Date>,
    /// Whether its prices hold at all.
    pub active: bool,
    /// Of several books for the same customer, for segments or for everybody, the one with the highest comes first.
    pub priority: Priority,
    /// The customer that it is for.
    pub customer_id: Option<customer::Id>,
    /// The segment whose members it is for. Without a customer and a segment it is for everybody.
    pub segment_id: Option<segment::Id>,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub audience_id: Uuid,
    /// The discount, in percent, that a seller may give on its prices without approval; where there is none, the
    /// product says.
    pub discount_limit: Option<Percentage>,
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

/// Whom the books are for that are for everybody.
pub const EVERYBODY: Uuid = Uuid::nil();

crate::resource!("price_book", owner: Owner::Nobody, wire: Model, {
    fn derive(row: &mut Model) {
        row.sort_name = fold(row.name.as_str());
        let customer = row.customer_id.map(|id| id.uuid());
        row.audience_id = customer.or(row.segment_id.map(|id| id.uuid())).unwrap_or(EVERYBODY);
    }

    fn customer(row: &Model) -> Option<customer::Id> {
        row.customer_id
    }

    fn thousandths(column: &Column) -> bool {
        matches!(column, Column::DiscountLimit)
    }

    fn sort_column(column: Column) -> Column {
        match column {
            Column::Name => Column::SortName,
            other => other,
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(column, Column::SortName | Column::AudienceId)
    }
});
