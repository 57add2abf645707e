//! The clocks of service requests: how long each had for what was promised, and what came of it. They follow from the steps and
//! the messages of a request and from the policy that holds of it; what is kept here is what was found when it was last
//! reckoned, so that rules and reports can ask for it and that each warning and each breach is told once.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    service_policy::{self, Kind},
    service_request::{self, Priority},
};
use crate::{Scoped, identity::workspace, values::choice};

/// A clock of a service request.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "service_clock")]
#[serde(rename_all = "camelCase")]
#[schema(as = ServiceClock)]
#[graphql(name = "ServiceClockRow")]
pub struct Model {
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    #[sea_orm(primary_key, auto_increment = false)]
    pub request_id: service_request::Id,
    /// What it is for.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: Kind,
    /// The how manieth of its kind: of next responses there is one for each time the customer waits.
    #[schema(minimum = 1)]
    #[sea_orm(primary_key, auto_increment = false)]
    pub cycle: i32,
    /// The policy that it was last reckoned by.
    pub policy_id: service_policy::Id,
    /// How it stands.
    pub state: State,
    /// The priority that its target is of.
    pub priority: Priority,
    /// How much time there is for it, in minutes of the policy's calendar.
    #[schema(minimum = 1)]
    pub target_minutes: i32,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// Until when it is to be done; null while it stands still.
    pub due_at: Option<DateTime<Utc>>,
    /// The largest part of the target, in percent, of which was warned.
    #[schema(minimum = 1, maximum = 99)]
    pub warned_percent: Option<i32>,
    /// When it was first too late.
    pub breached_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub told_at: Option<DateTime<Utc>>,
    /// When it was done.
    pub done_at: Option<DateTime<Utc>>,
    /// How long it had run when it was last reckoned, in seconds of the policy's calendar.
    #[schema(minimum = 0)]
    pub elapsed_seconds: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

choice! {
    /// How a service clock stands.
    #[schema(as = ServiceClockState)]
    #[graphql(name = "ServiceClockState")]
    pub enum State {
        /// It runs, in time.
        Running,
        /// It stands still, in time.
        Paused,
        /// It is not done, and too late.
        Breached,
        /// It was done in time.
        Met,
        /// It was done, too late.
        Missed,
        /// It ended without a verdict.
        Cancelled,
    }
}

impl State {
    /// Whether something may still come of it.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Running | Self::Paused | Self::Breached)
    }
}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}
