use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::queue;
use crate::{
    Label, Name, Owner, Tags, Text,
    identity::{user, workspace},
    values::{fold, search_terms},
};

/// The id of a canned answer.
pub type Id = crate::Id<Entity>;

/// An answer that is written once and sent often, with places in it that are filled in from the request.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "canned_answer")]
#[serde(rename_all = "camelCase")]
#[schema(as = CannedAnswer)]
#[graphql(name = "CannedAnswerRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// What the answer is called; unique among those that are shared, whatever the case of its letters.
    pub name: Name,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub sort_name: String,
    /// What it says. `{{customer.name}}` and the like are filled in.
    pub body: Text,
    /// The language that it is written in, as the workspace calls it, such as `de`.
    pub language: Option<Label>,
    /// The user whose own it is; null where it is shared.
    pub owner_id: Option<user::Id>,
    /// The queue that it is for; null where it is for all.
    pub queue_id: Option<queue::Id>,
    /// Words that it is marked with.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub answer_tags: Tags,
    /// How often it was filled in.
    #[schema(minimum = 0)]
    pub use_count: i32,
    /// When it was last filled in.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Whether it is offered.
    pub active: bool,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub search_text: String,
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

/// Uses are counted without anybody changing the answer, so the count has a part of the tag of its own.
fn tag(row: &Model) -> String {
    format!("{}-{}", row.version, row.use_count)
}

crate::resource!("canned_answer", owner: Owner::Column(Column::OwnerId), wire: Model, tag: tag, {
    const SEARCH: Option<Column> = Some(Column::SearchText);

    fn derive(row: &mut Model) {
        row.sort_name = fold(row.name.as_str());
        let tags = row.answer_tags.as_slice().iter().map(|tag| tag.as_str());
        let words = [row.name.as_str(), row.body.as_str()].into_iter().chain(tags);
        row.search_text = search_terms(words);
    }

    fn sort_column(column: Column) -> Column {
        match column {
            Column::Name => Column::SortName,
            other => other,
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(column, Column::SortName | Column::SearchText | Column::AnswerTags)
    }
});
