use async_graphql::{InputObject, OneofObject};
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Name, Span, Tags, Text, identity::user, integration::webhook_endpoint,
    lifecycle::lifecycle_stage, work::task::Priority,
};

/// What a play does, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Actions(pub Vec<Action>);

/// One thing that a play does. Exactly one member is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, OneofObject)]
#[serde(rename_all = "camelCase")]
#[schema(as = PlayAction)]
#[graphql(name = "PlayAction")]
pub enum Action {
    /// Give somebody a task about the customer.
    CreateTask(CreateTask),
    /// Let a user look after the customer.
    Assign(Assign),
    /// Mark the customer with tags.
    Tag(Marks),
    /// Take tags off the customer.
    Untag(Marks),
    /// Move the customer to a lifecycle stage.
    MoveToStage(MoveToStage),
    /// Tell a user.
    Notify(Notify),
    /// Call a webhook endpoint: it is sent an event of the type `rapport.play_run.called.v1`.
    CallWebhook(CallWebhook),
}

/// A task about the customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = PlayCreateTask)]
#[graphql(name = "PlayCreateTask")]
pub struct CreateTask {
    /// What is to be done.
    pub subject: Name,
    /// What else there is to know.
    pub description: Option<Text>,
    /// How much it matters; normal where left out.
    pub priority: Option<Priority>,
    /// How long there is to do it; as long as it takes where left out.
    pub due_in: Option<Span>,
    /// The user who has it; where left out, whoever looks after the customer, or else whoever saved the play last.
    pub owner_id: Option<user::Id>,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = PlayAssign)]
#[graphql(name = "PlayAssign")]
pub struct Assign {
    /// The user.
    pub owner_id: user::Id,
}

/// Tags.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = PlayMarks)]
#[graphql(name = "PlayMarks")]
pub struct Marks {
    /// The tags; at least one.
    pub tags: Tags,
}

/// A move to a lifecycle stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = PlayMoveToStage)]
#[graphql(name = "PlayMoveToStage")]
pub struct MoveToStage {
    /// The stage. A customer who is in it already stays.
    pub stage_id: lifecycle_stage::Id,
    /// Why; without it nobody is moved back.
    pub reason: Option<Text>,
}

/// What a user is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = PlayNotify)]
#[graphql(name = "PlayNotify")]
pub struct Notify {
    /// The user; where left out, whoever looks after the customer, or else whoever saved the play last.
    pub user_id: Option<user::Id>,
    /// What they are told, in a few words.
    pub title: Name,
    /// What else there is to say.
    pub body: Option<Text>,
}

/// A webhook endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = PlayCallWebhook)]
#[graphql(name = "PlayCallWebhook")]
pub struct CallWebhook {
    /// The endpoint, whatever types of events it is sent otherwise.
    pub endpoint_id: webhook_endpoint::Id,
}

impl Action {
    /// What it is called in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::CreateTask(_) => "createTask",
            Self::Assign(_) => "assign",
            Self::Tag(_) => "tag",
            Self::Untag(_) => "untag",
            Self::MoveToStage(_) => "moveToStage",
            Self::Notify(_) => "notify",
            Self::CallWebhook(_) => "callWebhook",
        }
    }
}
