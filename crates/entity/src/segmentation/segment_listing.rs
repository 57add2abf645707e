//! Customers who are put into a segment, or kept out of it, by hand; and those whom a snapshot was taken of.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::segment;
use crate::{Scoped, customers::customer, identity::workspace, values::choice};

/// A customer on a list of a segment.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "segment_listing")]
pub struct Model {
    /// The workspace.
    pub workspace_id: workspace::Id,
    /// The segment.
    #[sea_orm(primary_key, auto_increment = false)]
    pub segment_id: segment::Id,
    /// Which list.
    #[sea_orm(primary_key, auto_increment = false)]
    pub listing: Listing,
    /// Who is on it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: customer::Id,
    /// Since when.
    pub listed_at: DateTime<Utc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}

choice! {
    /// Why a customer is on a list of a segment.
    #[schema(as = SegmentListing)]
    #[graphql(name = "SegmentListing")]
    pub enum Listing {
        /// Put in by hand: a member whatever the rule says.
        Included,
        /// Kept out by hand: no member whatever the rule or another list says.
        Excluded,
        /// Satisfied the rule of a snapshot when that was taken.
        Taken,
    }
}
