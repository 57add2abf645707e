use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Currency, MonthOfYear, Name, Owner, Resource, Scoped, Slug, Text, TimeZone};

/// The id of a workspace.
pub type Id = crate::Id<Entity>;

/// A company that works with Rapport: everything else belongs to one workspace.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "workspace")]
#[serde(rename_all = "camelCase")]
#[schema(as = Workspace)]
#[graphql(name = "Workspace")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    /// The short name used to sign in.
    pub slug: Slug,
    /// The company's name.
    pub name: Name,
    /// Where its days begin and end.
    pub time_zone: TimeZone,
    /// The currency of amounts that do not name one.
    pub currency: Currency,
    /// What is said before the lines of quotes that do not say it themselves.
    pub quote_introduction: Option<Text>,
    /// What is said after the lines of quotes that do not say it themselves.
    pub quote_terms: Option<Text>,
    /// What stands at the foot of every page of a quote.
    pub quote_footer: Option<Text>,
    /// The month that its fiscal years begin with.
    pub fiscal_year_start: MonthOfYear,
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

impl Scoped for Entity {
    const WORKSPACE: Column = Column::Id;
}

impl crate::Versioned for Model {
    fn id(&self) -> uuid::Uuid {
        self.id.uuid()
    }

    fn version(&self) -> i32 {
        self.version
    }
}

impl Resource for Entity {
    const NAME: &'static str = "workspace";
    const ID: Column = Column::Id;
    const VERSION: Column = Column::Version;
    const CREATED_AT: Column = Column::CreatedAt;
    const UPDATED_AT: Column = Column::UpdatedAt;
    const DELETED_AT: Column = Column::DeletedAt;
    const OWNER: Owner<Self> = Owner::Nobody;
    type Wire = Model;

    fn id(row: &Model) -> Id {
        row.id
    }

    fn version(row: &Model) -> i32 {
        row.version
    }

    fn is_deleted(row: &Model) -> bool {
        row.deleted_at.is_some()
    }
}
