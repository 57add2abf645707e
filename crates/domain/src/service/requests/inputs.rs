use async_graphql::InputObject;
use chrono::{DateTime, Utc};
use rapport_entity::{
    Custom, LanguageCode, Moment, Name, Resource, StatusKey, Tags, Text,
    customers::{contact, customer},
    identity::{role::Scope, role::Verb, user},
    sales::{order, product},
    service::{
        asset, entitlement, queue,
        service_request::{self, ActiveModel, Channel, Entity, Kind, Level, Model, Priority},
        service_status, site,
        skill::{Skill, Skills},
    },
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    IntoActiveValue,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    kernel::{Patch, Tx},
    records::Known,
};

/// A service request to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewServiceRequest {
    /// The id the client has given it (offline work); made here where left out. The create can then be repeated.
    pub id: Option<service_request::Id>,
    /// What it is about, in a few words.
    pub subject: Name,
    /// What it is about.
    pub description: Option<Text>,
    /// What it is; a question where left out.
    pub kind: Option<Kind>,
    /// How much depends on it; medium where left out.
    pub impact: Option<Level>,
    /// How soon something must be done; medium where left out.
    pub urgency: Option<Level>,
    /// What comes first; what impact and urgency make of it where left out.
    pub priority: Option<Priority>,
    /// The key of the status that it has; the first active one of the category `new` where left out.
    pub status: Option<StatusKey>,
    /// Since when it has it, for records of other systems; since it was opened, or since now, where left out.
    pub status_since: Option<Moment>,
    /// Over what it came; `api` where left out.
    pub channel: Option<Channel>,
    /// The customer.
    pub customer_id: Option<customer::Id>,
    /// The person there.
    pub contact_id: Option<contact::Id>,
    /// The product that it is about.
    pub product_id: Option<product::Id>,
    /// The order that it is about: one of the customer's.
    pub order_id: Option<order::Id>,
    /// The position of the line of that order, from 1.
    #[schema(minimum = 1, maximum = 200)]
    pub order_line: Option<i32>,
    /// The asset that it is about: one of the customer's.
    pub asset_id: Option<asset::Id>,
    /// The site at which it is: one of the customer's; the one at which the asset stands where left out.
    pub site_id: Option<site::Id>,
    /// The entitlement that it is done by: one of the customer's that is not used up.
    pub entitlement_id: Option<entitlement::Id>,
    /// The request that this one is a case of: one that is itself a case of none.
    pub parent_id: Option<service_request::Id>,
    /// The queue that it waits in.
    pub queue_id: Option<queue::Id>,
    /// What whoever gets it from its queue must be able to do, each once, at most 50; what routing says where left out.
    #[schema(max_items = 50)]
    pub needed_skills: Option<Vec<Skill>>,
    /// The language that they must speak; what routing says where left out.
    pub needed_language: Option<LanguageCode>,
    /// The user who has it; nobody where left out, or the caller where they may only make what is theirs.
    pub owner_id: Option<user::Id>,
    /// When the customer turned to us; now where left out.
    pub opened_at: Option<Moment>,
    /// Until when it was promised by somebody else than our policies, such as another system.
    pub promised_at: Option<Moment>,
    /// What the customer was told to have come of it.
    pub resolution: Option<Text>,
    /// Values of the workspace's custom fields.
    pub custom: Option<Custom>,
    /// Words that the record is marked with.
    pub tags: Option<Tags>,
}

impl NewServiceRequest {
    /// One of which nothing else is said.
    pub(crate) fn about(subject: Name) -> Self {
        Self {
            id: None,
            subject,
            description: None,
            kind: None,
            impact: None,
            urgency: None,
            priority: None,
            status: None,
            status_since: None,
            channel: None,
            customer_id: None,
            contact_id: None,
            product_id: None,
            order_id: None,
            order_line: None,
            asset_id: None,
            site_id: None,
            entitlement_id: None,
            parent_id: None,
            queue_id: None,
            owner_id: None,
            needed_skills: None,
            needed_language: None,
            opened_at: None,
            promised_at: None,
            resolution: None,
            custom: None,
            tags: None,
        }
    }
}

/// What to change of a service request: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceRequestPatch {
    /// What it is about, in a few words.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub subject: Option<Name>,
    /// What it is about.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub description: Patch<Text>,
    /// What it is.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Kind)]
    pub kind: Option<Kind>,
    /// How much depends on it.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Level)]
    pub impact: Option<Level>,
    /// How soon something must be done.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Level)]
    pub urgency: Option<Level>,
    /// What comes first; null for what impact and urgency make of it.
    #[serde(default)]
    #[schema(value_type = Option<Priority>)]
    pub priority: Patch<Priority>,
    /// Over what it came.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Channel)]
    pub channel: Option<Channel>,
    /// The customer.
    #[serde(default)]
    #[schema(value_type = Option<customer::Id>)]
    pub customer_id: Patch<customer::Id>,
    /// The person there.
    #[serde(default)]
    #[schema(value_type = Option<contact::Id>)]
    pub contact_id: Patch<contact::Id>,
    /// The product that it is about.
    #[serde(default)]
    #[schema(value_type = Option<product::Id>)]
    pub product_id: Patch<product::Id>,
    /// The order that it is about: one of the customer's.
    #[serde(default)]
    #[schema(value_type = Option<order::Id>)]
    pub order_id: Patch<order::Id>,
    /// The position of the line of that order, from 1.
    #[serde(default)]
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 200)]
    pub order_line: Patch<i32>,
    /// The asset that it is about: one of the customer's.
    #[serde(default)]
    #[schema(value_type = Option<asset::Id>)]
    pub asset_id: Patch<asset::Id>,
    /// The site at which it is: one of the customer's.
    #[serde(default)]
    #[schema(value_type = Option<site::Id>)]
    pub site_id: Patch<site::Id>,
    /// The entitlement that it is done by: one of the customer's that is not used up.
    #[serde(default)]
    #[schema(value_type = Option<entitlement::Id>)]
    pub entitlement_id: Patch<entitlement::Id>,
    /// The request that this one is a case of: one that is itself a case of none.
    #[serde(default)]
    #[schema(value_type = Option<service_request::Id>)]
    pub parent_id: Patch<service_request::Id>,
    /// The queue that it waits in.
    #[serde(default)]
    #[schema(value_type = Option<queue::Id>)]
    pub queue_id: Patch<queue::Id>,
    /// What whoever gets it from its queue must be able to do: this, and nothing else.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<Skill>, max_items = 50)]
    pub needed_skills: Option<Vec<Skill>>,
    /// The language that they must speak.
    #[serde(default)]
    #[schema(value_type = Option<LanguageCode>)]
    pub needed_language: Patch<LanguageCode>,
    /// The user who has it.
    #[serde(default)]
    #[schema(value_type = Option<user::Id>)]
    pub owner_id: Patch<user::Id>,
    /// Until when it was promised by somebody else than our policies, such as another system.
    #[serde(default)]
    #[schema(value_type = Option<Moment>)]
    pub promised_at: Patch<Moment>,
    /// What the customer was told to have come of it.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub resolution: Patch<Text>,
    /// Values of the workspace's custom fields: those that are left out stay, null clears one.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Custom)]
    pub custom: Option<Custom>,
    /// Words that the record is marked with: these, and no others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Tags)]
    pub tags: Option<Tags>,
}

impl NewServiceRequest {
    /// The row, in a status, without a number.
    pub(super) fn row(
        self,
        tx: &Tx<'_>,
        status: &service_status::Model,
        known: Option<Known>,
    ) -> ActiveModel {
        let (impact, urgency) = (self.impact.unwrap_or_default(), self.urgency.unwrap_or_default());
        let priority = self.priority.unwrap_or(Priority::of(impact, urgency));
        let opened = self.opened_at.map_or(tx.now(), Moment::time);
        let (source, external_id) = known.unzip();
        ActiveModel {
            number: Set(String::new()),
            subject: Set(self.subject),
            description: Set(self.description),
            kind: Set(self.kind.unwrap_or_default()),
            impact: Set(impact),
            urgency: Set(urgency),
            priority: Set(priority),
            priority_rank: Set(priority.rank()),
            priority_by_hand: Set(self.priority.is_some()),
            status: Set(status.key.clone()),
            status_category: Set(service_status::Category::New),
            status_since: Set(self.status_since.map_or(opened, Moment::time)),
            is_open: Set(true),
            channel: Set(self.channel.unwrap_or_default()),
            customer_id: Set(self.customer_id),
            contact_id: Set(self.contact_id),
            product_id: Set(self.product_id),
            order_id: Set(self.order_id),
            order_line: Set(self.order_line),
            asset_id: Set(self.asset_id),
            site_id: Set(self.site_id),
            entitlement_id: Set(self.entitlement_id),
            parent_id: Set(self.parent_id),
            queue_id: Set(self.queue_id),
            owner_id: owner(tx, self.owner_id),
            needed_skills: Set(Skills(self.needed_skills.unwrap_or_default())),
            needed_language: Set(self.needed_language),
            opened_at: Set(opened),
            reopen_count: Set(0),
            escalation_level: Set(0),
            promised_at: Set(self.promised_at.map(Moment::time)),
            resolution: Set(self.resolution),
            source: Set(source),
            external_id: Set(external_id),
            search_text: Set(String::new()),
            custom: Set(self.custom.unwrap_or_default()),
            tags: Set(self.tags.unwrap_or_default()),
            ..Default::default()
        }
    }
}

/// Whoever may only make what is theirs, makes it for themselves.
fn owner(tx: &Tx<'_>, given: Option<user::Id>) -> sea_orm::ActiveValue<Option<user::Id>> {
    let scope = tx.actor().permissions.scope(Entity::NAME, Verb::Create);
    match given.is_none() && scope != Scope::All {
        true => NotSet,
        false => Set(given),
    }
}

impl ServiceRequestPatch {
    /// The members that become as they are given; the priority is not among them.
    pub(super) fn row(self) -> ActiveModel {
        ActiveModel {
            subject: self.subject.map_or(NotSet, Set),
            description: self.description.into_active_value(),
            kind: self.kind.map_or(NotSet, Set),
            impact: self.impact.map_or(NotSet, Set),
            urgency: self.urgency.map_or(NotSet, Set),
            channel: self.channel.map_or(NotSet, Set),
            customer_id: self.customer_id.into_active_value(),
            contact_id: self.contact_id.into_active_value(),
            product_id: self.product_id.into_active_value(),
            order_id: self.order_id.into_active_value(),
            order_line: self.order_line.into_active_value(),
            asset_id: self.asset_id.into_active_value(),
            site_id: self.site_id.into_active_value(),
            entitlement_id: self.entitlement_id.into_active_value(),
            parent_id: self.parent_id.into_active_value(),
            queue_id: self.queue_id.into_active_value(),
            owner_id: self.owner_id.into_active_value(),
            needed_skills: self.needed_skills.map_or(NotSet, |skills| Set(Skills(skills))),
            needed_language: self.needed_language.into_active_value(),
            promised_at: promised(self.promised_at),
            resolution: self.resolution.into_active_value(),
            custom: self.custom.map_or(NotSet, Set),
            tags: self.tags.map_or(NotSet, Set),
            ..Default::default()
        }
    }
}

fn promised(at: Patch<Moment>) -> sea_orm::ActiveValue<Option<DateTime<Utc>>> {
    match at {
        Patch::Keep => NotSet,
        Patch::Clear => Set(None),
        Patch::Set(at) => Set(Some(at.time())),
    }
}

impl From<NewServiceRequest> for ServiceRequestPatch {
    fn from(new: NewServiceRequest) -> Self {
        Self {
            subject: Some(new.subject),
            description: new.description.into(),
            kind: new.kind,
            impact: new.impact,
            urgency: new.urgency,
            priority: new.priority.into(),
            channel: new.channel,
            customer_id: new.customer_id.into(),
            contact_id: new.contact_id.into(),
            product_id: new.product_id.into(),
            order_id: new.order_id.into(),
            order_line: new.order_line.into(),
            asset_id: new.asset_id.into(),
            site_id: new.site_id.into(),
            entitlement_id: new.entitlement_id.into(),
            parent_id: new.parent_id.into(),
            queue_id: new.queue_id.into(),
            owner_id: new.owner_id.into(),
            needed_skills: new.needed_skills,
            needed_language: new.needed_language.into(),
            promised_at: new.promised_at.into(),
            resolution: new.resolution.into(),
            custom: new.custom,
            tags: new.tags,
        }
    }
}

/// The row with the priority that a patch gives it.
pub(crate) fn prioritized(row: Model, given: &Patch<Priority>) -> Model {
    let by_hand = match given {
        Patch::Keep => row.priority_by_hand,
        Patch::Clear => false,
        Patch::Set(_) => true,
    };
    let priority = match given {
        Patch::Set(priority) => *priority,
        _ if by_hand => row.priority,
        _ => Priority::of(row.impact, row.urgency),
    };
    Model { priority, priority_rank: priority.rank(), priority_by_hand: by_hand, ..row }
}
