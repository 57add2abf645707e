use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    asset, entitlement, queue, service_policy,
    service_status::Category,
    site,
    skill::{Skill, Skills},
};
use crate::{
    Custom, ExternalId, LanguageCode, Name, Owner, Source, StatusKey, Tags, Text,
    customers::{contact, customer},
    identity::{user, workspace},
    sales::{order, product},
    values::{beginning, choice, search_terms},
};

/// The id of a service request.
pub type Id = crate::Id<Entity>;

/// Something that a customer turns to us with: a question, a fault, a complaint.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "service_request")]
#[serde(rename_all = "camelCase")]
#[schema(as = ServiceRequest)]
#[graphql(name = "ServiceRequestRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// The number people say on the phone: `SR-1042`; unique in the workspace.
    #[schema(max_length = 32, pattern = "^SR-[0-9]+$")]
    pub number: String,
    /// What it is about, in a few words.
    pub subject: Name,
    /// What it is about.
    pub description: Option<Text>,
    /// What it is.
    pub kind: Kind,
    /// How much depends on it.
    pub impact: Level,
    /// How soon something must be done.
    pub urgency: Level,
    /// What comes first: what impact and urgency make of it, unless somebody has said otherwise.
    pub priority: Priority,
    /// The same as a number, to order by: 1 (low) to 4 (urgent).
    #[schema(minimum = 1, maximum = 4)]
    pub priority_rank: i32,
    /// Whether somebody has said what the priority is.
    pub priority_by_hand: bool,
    /// The key of the status that it has.
    pub status: StatusKey,
    /// What that status means.
    pub status_category: Category,
    /// Since when it has this status.
    pub status_since: DateTime<Utc>,
    /// Whether something is still to be done: it is neither resolved nor closed.
    pub is_open: bool,
    /// Over what it came.
    pub channel: Channel,
    /// The customer.
    pub customer_id: Option<customer::Id>,
    /// The person there.
    pub contact_id: Option<contact::Id>,
    /// The product that it is about.
    pub product_id: Option<product::Id>,
    /// The order that it is about.
    pub order_id: Option<order::Id>,
    /// The position of the line of that order, from 1.
    #[schema(minimum = 1, maximum = 200)]
    pub order_line: Option<i32>,
    /// The asset that it is about.
    pub asset_id: Option<asset::Id>,
    /// The site at which it is: one of the customer's.
    pub site_id: Option<site::Id>,
    /// The entitlement that it is done by, which it uses up one request of.
    pub entitlement_id: Option<entitlement::Id>,
    /// The request that this one is a case of: one fault, many customers.
    pub parent_id: Option<Id>,
    /// The request that this one has become a part of.
    pub merged_into_id: Option<Id>,
    /// The queue that it waits in.
    pub queue_id: Option<queue::Id>,
    /// The user who has it.
    pub owner_id: Option<user::Id>,
    /// What whoever gets it from its queue must be able to do.
    #[graphql(skip)]
    #[schema(value_type = Vec<Skill>, max_items = 50)]
    pub needed_skills: Skills,
    /// The language that they must speak.
    pub needed_language: Option<LanguageCode>,
    /// How often it was escalated.
    #[schema(minimum = 0)]
    pub escalation_level: i32,
    /// When it was last escalated.
    pub escalated_at: Option<DateTime<Utc>>,
    /// When the customer turned to us.
    pub opened_at: DateTime<Utc>,
    /// When we first answered.
    pub first_responded_at: Option<DateTime<Utc>>,
    /// When the customer last wrote.
    pub last_customer_message_at: Option<DateTime<Utc>>,
    /// When we last answered.
    pub last_reply_at: Option<DateTime<Utc>>,
    /// When it was resolved; null while it is not.
    pub resolved_at: Option<DateTime<Utc>>,
    /// When it was closed; null while it is not.
    pub closed_at: Option<DateTime<Utc>>,
    /// How often it was taken up again after it had been resolved or closed.
    #[schema(minimum = 0)]
    pub reopen_count: i32,
    /// The policy whose promises hold of it.
    pub policy_id: Option<service_policy::Id>,
    /// The first of its deadlines that is still to be kept; null while its clocks stand still, and where nothing is promised.
    pub due_at: Option<DateTime<Utc>>,
    /// Until when it was promised by somebody else than our policies: another system, a contract, a law. No clock is reckoned
    /// by it; reports compare with it.
    pub promised_at: Option<DateTime<Utc>>,
    /// What the customer was told to have come of it.
    pub resolution: Option<Text>,
    /// The system the record came from.
    pub source: Option<Source>,
    /// The id it has there; unique within the source.
    pub external_id: Option<ExternalId>,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub search_text: String,
    /// Values of the workspace's custom fields.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub custom: Custom,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub comparable: Custom,
    /// Words that the record is marked with.
    #[sea_orm(column_type = "JsonBinary", nullable)]
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

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

choice! {
    /// What a service request is.
    #[derive(Default)]
    #[schema(as = ServiceRequestKind)]
    #[graphql(name = "ServiceRequestKind")]
    pub enum Kind {
        /// The customer wants to know something.
        #[default]
        Question,
        /// Something does not work.
        Fault,
        /// The customer is not content with us.
        Complaint,
        /// The customer wants to give something back.
        Return,
        /// The customer wants something done.
        Request,
        /// Something else.
        Other,
    }
}

choice! {
    /// How much depends on a service request, or how soon something must be done about it.
    #[derive(Default)]
    #[schema(as = ServiceRequestLevel)]
    #[graphql(name = "ServiceRequestLevel")]
    pub enum Level {
        /// Little; some day.
        Low,
        /// As usual.
        #[default]
        Medium,
        /// Much; at once.
        High,
    }
}

choice! {
    /// What comes first.
    #[derive(Default)]
    #[schema(as = ServiceRequestPriority)]
    #[graphql(name = "ServiceRequestPriority")]
    pub enum Priority {
        /// What can wait.
        Low,
        /// What comes in its turn.
        #[default]
        Normal,
        /// What comes before that.
        High,
        /// What comes before everything else.
        Urgent,
    }
}

impl Priority {
    /// The one above; the highest stays.
    #[must_use]
    pub fn raised(self) -> Self {
        match self {
            Self::Low => Self::Normal,
            Self::Normal => Self::High,
            Self::High | Self::Urgent => Self::Urgent,
        }
    }

    /// The same as a number, to order by.
    pub fn rank(self) -> i32 {
        match self {
            Self::Low => 1,
            Self::Normal => 2,
            Self::High => 3,
            Self::Urgent => 4,
        }
    }

    /// What impact and urgency make of it:
    ///
    /// | impact | urgency low | medium | high |
    /// |---|---|---|---|
    /// | low | low | low | normal |
    /// | medium | low | normal | high |
    /// | high | normal | high | urgent |
    pub fn of(impact: Level, urgency: Level) -> Self {
        use Level::{High, Low, Medium};
        match (impact, urgency) {
            (Low, Low | Medium) | (Medium, Low) => Self::Low,
            (Low, High) | (Medium, Medium) | (High, Low) => Self::Normal,
            (Medium, High) | (High, Medium) => Self::High,
            (High, High) => Self::Urgent,
        }
    }
}

choice! {
    /// Over what customers and we speak about a service request.
    #[derive(Default)]
    #[schema(as = ServiceRequestChannel)]
    #[graphql(name = "ServiceRequestChannel")]
    pub enum Channel {
        /// A program of theirs or ours.
        #[default]
        Api,
        /// A form on a web page.
        Form,
        /// An e-mail.
        Email,
        /// A telephone call.
        Phone,
        /// A conversation on a web site or in an app.
        Chat,
        /// A thing that reports by itself.
        Device,
        /// A web page where customers are signed in.
        Web,
        /// Somebody came to the other's place.
        Visit,
        /// Something else.
        Other,
    }
}

/// Policies and time move deadlines without anybody changing the request, so they have a part of the tag of their own.
fn tag(row: &Model) -> String {
    let due = row.due_at.map_or(0, |at| at.timestamp_micros());
    match row.policy_id {
        Some(policy) => format!("{}-{due}-{}", row.version, policy.uuid().as_u128() as u64),
        None => row.version.to_string(),
    }
}

crate::resource!("service_request", owner: Owner::Column(Column::OwnerId), wire: Model, tag: tag, {
    crate::by_place! {
        id, workspace_id, number, subject, description: null, kind, impact, urgency, priority, priority_rank, priority_by_hand, status, status_category, status_since, is_open, channel, customer_id: null, contact_id: null, product_id: null, order_id: null, order_line: null, asset_id: null, site_id: null, entitlement_id: null, parent_id: null, merged_into_id: null, queue_id: null, owner_id: null, needed_skills, needed_language: null, escalation_level, escalated_at: null, opened_at, first_responded_at: null, last_customer_message_at: null, last_reply_at: null, resolved_at: null, closed_at: null, reopen_count, policy_id: null, due_at: null, promised_at: null, resolution: null, source: null, external_id: null, search_text, custom: empty, comparable: empty, tags: empty, version, created_at, updated_at, deleted_at: null
    }

    crate::extensible!(search_text);

    const SEARCH: Option<Column> = Some(Column::SearchText);

    fn customer(row: &Model) -> Option<customer::Id> {
        row.customer_id
    }

    fn derive(row: &mut Model) {
        row.priority_rank = row.priority.rank();
        row.is_open = row.status_category.is_open();
        let words = [
            Some(row.number.as_str()),
            Some(row.subject.as_str()),
            row.external_id.as_ref().map(ExternalId::as_str),
            row.description.as_ref().map(|text| beginning(text.as_str())),
        ];
        row.search_text = search_terms(words.into_iter().flatten());
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Kind => Kind::values(),
            Column::Impact | Column::Urgency => Level::values(),
            Column::Priority => Priority::values(),
            Column::StatusCategory => Category::values(),
            Column::Channel => Channel::values(),
            _ => Vec::new(),
        }
    }

    fn indexed(column: &Column) -> bool {
        matches!(column, Column::CreatedAt | Column::OpenedAt)
    }

    fn hidden(column: &Column) -> bool {
        matches!(column, Column::SearchText | Column::NeededSkills)
    }
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priority_grows_with_impact_and_with_urgency() {
        use Level::{High, Low, Medium};
        let ranks = [Low, Medium, High]
            .map(|impact| [Low, Medium, High].map(|urgency| Priority::of(impact, urgency).rank()));
        assert_eq!(ranks, [[1, 1, 2], [1, 2, 3], [2, 3, 4]]);
    }
}
