//! How service requests have to do with one another.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::service_request;
use crate::{Scoped, identity::workspace, values::choice};

/// That one request has to do with another.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "request_link")]
pub struct Model {
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[doc(hidden)]
    #[sea_orm(primary_key, auto_increment = false)]
    pub request_id: service_request::Id,
    #[doc(hidden)]
    #[sea_orm(primary_key, auto_increment = false)]
    pub other_id: service_request::Id,
    #[doc(hidden)]
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: Kind,
    #[doc(hidden)]
    pub since: DateTime<Utc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

choice! {
    /// How a service request has to do with another.
    #[derive(Default)]
    #[schema(as = RequestLinkKind)]
    #[graphql(name = "RequestLinkKind")]
    pub enum Kind {
        /// It is about something alike.
        #[default]
        Relates,
        /// It is about the same.
        Duplicates,
        /// The other one comes of it.
        Causes,
        /// It takes up what the other one was about.
        Follows,
    }
}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}
