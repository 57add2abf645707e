use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Currency, Custom, Label, Money, Name, Owner, Percentage, Sku, Tags, Text,
    identity::workspace,
    values::{choice, fold, search_terms},
};

/// The id of a product.
pub type Id = crate::Id<Entity>;

/// A product, as stored: [`Product`] is what clients see.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "product")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub id: Id,
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[doc(hidden)]
    pub sku: Sku,
    #[doc(hidden)]
    pub name: Name,
    #[doc(hidden)]
    pub sort_name: String,
    #[doc(hidden)]
    pub kind: Kind,
    #[doc(hidden)]
    pub category: Option<Label>,
    #[doc(hidden)]
    pub description: Option<Text>,
    #[doc(hidden)]
    pub price_minor: i64,
    #[doc(hidden)]
    pub currency: Currency,
    #[doc(hidden)]
    pub unit: Option<Label>,
    #[doc(hidden)]
    pub tax_rate: Option<Percentage>,
    #[doc(hidden)]
    pub discount_limit: Option<Percentage>,
    #[doc(hidden)]
    pub active: bool,
    #[doc(hidden)]
    pub search_text: String,
    #[doc(hidden)]
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub custom: Custom,
    #[doc(hidden)]
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub comparable: Custom,
    #[doc(hidden)]
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub tags: Tags,
    #[doc(hidden)]
    pub version: i32,
    #[doc(hidden)]
    pub created_at: DateTime<Utc>,
    #[doc(hidden)]
    pub updated_at: DateTime<Utc>,
    #[doc(hidden)]
    pub deleted_at: Option<DateTime<Utc>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Something we sell.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "ProductRow")]
pub struct Product {
    /// The record's id (UUIDv7).
    pub id: Id,
    /// The stock keeping unit, unique in the workspace.
    pub sku: Sku,
    /// What the product is called.
    pub name: Name,
    /// What kind of thing it is.
    pub kind: Kind,
    /// The series or group it belongs to.
    pub category: Option<Label>,
    /// What it is.
    pub description: Option<Text>,
    /// The list price of one.
    pub price: Money,
    /// What it is counted in, e.g. `piece` or `hour`.
    pub unit: Option<Label>,
    /// The tax on it, in percent; null where nothing is said of it.
    pub tax_rate: Option<Percentage>,
    /// The discount, in percent, that a seller may give without approval; null where it has no limit of its own.
    pub discount_limit: Option<Percentage>,
    /// Whether it is sold now.
    pub active: bool,
    /// Values of the workspace's custom fields.
    pub custom: Custom,
    /// Words that the record is marked with.
    pub tags: Tags,
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

impl From<Model> for Product {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            sku: row.sku,
            name: row.name,
            kind: row.kind,
            category: row.category,
            description: row.description,
            price: Money::from_minor(row.price_minor, row.currency),
            unit: row.unit,
            tax_rate: row.tax_rate,
            discount_limit: row.discount_limit,
            active: row.active,
            custom: row.custom,
            tags: row.tags,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
        }
    }
}

choice! {
    /// What kind of thing is sold.
    #[derive(Default)]
    #[schema(as = ProductKind)]
    #[graphql(name = "ProductKind")]
    pub enum Kind {
        /// Something that is delivered.
        #[default]
        Goods,
        /// Something that is done.
        Service,
        /// Several products that are sold as one.
        Bundle,
    }
}

crate::resource!("product", owner: Owner::Nobody, wire: Product, {
    crate::extensible!(search_text);

    const SEARCH: Option<Column> = Some(Column::SearchText);

    fn derive(row: &mut Model) {
        row.sort_name = fold(row.name.as_str());
        let words = [Some(row.name.as_str()), Some(row.sku.as_str()), row.category.as_ref().map(Label::as_str)];
        row.search_text = search_terms(words.into_iter().flatten());
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Kind => Kind::values(),
            _ => Vec::new(),
        }
    }

    fn thousandths(column: &Column) -> bool {
        matches!(column, Column::TaxRate | Column::DiscountLimit)
    }

    fn sort_column(column: Column) -> Column {
        match column {
            Column::Name => Column::SortName,
            other => other,
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(column, Column::SortName | Column::SearchText)
    }
});
