use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Label, Name, Origin, Owner, Seconds, Tags, Url,
    identity::{user, workspace},
    service::{queue, service_request},
    values::fold,
};

/// The id of a form.
pub type Id = crate::Id<Entity>;

/// A form on a web page that leads come in by. Its key lets anybody send something in, and nothing else.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "lead_form")]
#[serde(rename_all = "camelCase")]
#[schema(as = LeadForm)]
#[graphql(name = "LeadFormRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// What the form is called; unique in the workspace, whatever the case of its letters.
    pub name: Name,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub sort_name: String,
    /// Whether it takes anything.
    pub enabled: bool,
    /// What stands in the address that the page sends to.
    #[schema(max_length = 80, pattern = "^rap_form_[A-Za-z0-9_-]+$")]
    pub key: String,
    /// Where its leads come from.
    pub lead_source: Option<Label>,
    /// The campaign that its leads come of.
    pub campaign: Option<Label>,
    /// Words that its leads are marked with.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub lead_tags: Tags,
    /// The user who gets its leads while they work here; where there is none, the assignment rules say who.
    pub lead_owner_id: Option<user::Id>,
    /// What comes in becomes service requests of this kind; leads where there is none.
    pub request_kind: Option<service_request::Kind>,
    /// The queue that these requests wait in, while there is such a one.
    pub request_queue_id: Option<queue::Id>,
    /// The pages that may send something in; all where there are none.
    #[graphql(skip)]
    #[schema(value_type = Vec<Origin>, max_items = 20)]
    pub allowed_origins: Origins,
    /// How long people take for it at the least: whoever says that they were faster is taken for a program.
    pub minimum_seconds: Seconds,
    /// The page that a browser goes on to after it has sent a form; an answer in JSON where there is none.
    pub redirect_url: Option<Url>,
    /// How often something came in that became a lead.
    #[schema(minimum = 0)]
    pub submission_count: i32,
    /// How often something came in that was taken for the work of a program.
    #[schema(minimum = 0)]
    pub rejected_count: i32,
    /// When something last came in that became a lead.
    pub last_submitted_at: Option<DateTime<Utc>>,
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

/// The most origins of one form.
pub const MOST_ORIGINS: usize = 20;

/// The origins of pages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Origins(pub Vec<Origin>);

crate::values::list_as_json!(Origins);

/// What comes in changes the counts without anybody changing the form, so they have a part of the tag of their own.
fn tag(row: &Model) -> String {
    format!("{}-{}-{}", row.version, row.submission_count, row.rejected_count)
}

crate::resource!("lead_form", owner: Owner::Nobody, wire: Model, tag: tag, {
    fn derive(row: &mut Model) {
        row.sort_name = fold(row.name.as_str());
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::RequestKind => service_request::Kind::values(),
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
        matches!(
            column,
            Column::SortName | Column::Key | Column::LeadTags | Column::AllowedOrigins
        )
    }
});
