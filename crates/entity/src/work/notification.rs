use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Name, Owner, Text,
    customers::customer,
    identity::{user, workspace},
    values::choice,
};

/// The id of a notification.
pub type Id = crate::Id<Entity>;

/// What a user is told, and nobody else. It is kept for 90 days.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "notification")]
#[serde(rename_all = "camelCase")]
#[schema(as = Notification)]
#[graphql(name = "NotificationRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// Who is told.
    pub user_id: user::Id,
    /// Why.
    pub kind: Kind,
    /// What it is about, in a few words.
    pub title: Name,
    /// What else there is to say.
    pub body: Option<Text>,
    /// The kind of record that it is about, e.g. `task`.
    #[schema(max_length = 40, pattern = "^[a-z_]+$")]
    pub resource: Option<String>,
    /// The id of that record.
    pub subject: Option<Uuid>,
    /// The customer it is about.
    pub customer_id: Option<customer::Id>,
    /// When the user said that they have read it; null while they have not.
    pub read_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub occasion: String,
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
    /// Why a user is told something.
    #[schema(as = NotificationKind)]
    #[graphql(name = "NotificationKind")]
    pub enum Kind {
        /// Somebody else gave them a task.
        TaskAssigned,
        /// They wanted to be reminded of a task by now.
        TaskReminder,
        /// A play says so.
        Play,
        /// An opportunity of theirs stays in a stage for longer than it allows.
        OpportunityStalled,
        /// They got a lead.
        LeadAssigned,
        /// A part of the time is used up that there is to answer a lead of theirs.
        LeadResponseWarned,
        /// Nobody has answered a lead of theirs in time.
        LeadResponseOverdue,
        /// They are asked for an approval.
        ApprovalRequested,
        /// An approval that they are asked for, or have asked for, waits for longer than it should.
        ApprovalOverdue,
        /// An approval that they have asked for is decided.
        ApprovalDecided,
        /// The customer has accepted a quote of theirs.
        QuoteAccepted,
        /// The customer has declined a quote of theirs.
        QuoteDeclined,
        /// The last day of a quote of theirs has passed.
        QuoteExpired,
        /// They got what somebody else had.
        OwnershipTransferred,
        /// Customers or leads of theirs go back to a pool unless they look after them.
        RecycleWarning,
        /// Customers or leads of theirs have gone back to a pool.
        Recycled,
        /// A part of the time is used up that there is for a service request of theirs.
        ServiceClockWarned,
        /// A service request of theirs was not answered or resolved in time.
        ServiceClockBreached,
        /// An agreement of theirs is about to end.
        AgreementEnding,
        /// An agreement of theirs has ended.
        AgreementEnded,
        /// Nobody has said in time whether something that they see to, and that a customer was promised, was kept.
        PromiseOverdue,
        /// They got a service request.
        RequestAssigned,
        /// Something has become of a service request of theirs, or of one that they watch.
        RequestUpdated,
        /// A service request does not go as it should.
        RequestEscalated,
        /// Somebody has mentioned them in what was written about a service request.
        RequestMentioned,
    }
}

// It is no part of the customer's timeline, which is everybody's.
crate::resource!("notification", owner: Owner::Column(Column::UserId), wire: Model, {
    crate::by_place! {
        id, workspace_id, user_id, kind, title, body: null, resource: null, subject: null, customer_id: null, read_at: null, occasion, version, created_at, updated_at, deleted_at: null
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Kind => Kind::values(),
            _ => Vec::new(),
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(column, Column::Occasion)
    }
});
