use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    service_request, survey,
    survey::{Kind, Rating},
};
use crate::{
    ExternalId, Owner, Source, Text,
    customers::{contact, customer},
    identity::{user, workspace},
    values::choice,
};

/// The id of a survey response.
pub type Id = crate::Id<Entity>;

/// That somebody was asked a survey's question, and what they said.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "survey_response")]
#[serde(rename_all = "camelCase")]
#[schema(as = SurveyResponse)]
#[graphql(name = "SurveyResponseRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// The survey.
    pub survey_id: survey::Id,
    /// What it measures.
    pub kind: Kind,
    /// The service request that it is about; no two of them that were asked by the program are about the same.
    pub request_id: Option<service_request::Id>,
    /// The customer.
    pub customer_id: Option<customer::Id>,
    /// The person there.
    pub contact_id: Option<contact::Id>,
    /// The user who had the request.
    pub agent_id: Option<user::Id>,
    /// Where it stands.
    pub status: Status,
    /// Why they were not asked.
    pub reason: Option<Reason>,
    /// When they were asked, or would have been.
    pub asked_at: Option<DateTime<Utc>>,
    /// Until when they can answer.
    pub expires_at: Option<DateTime<Utc>>,
    /// When they answered.
    pub answered_at: Option<DateTime<Utc>>,
    /// What they said, on the scale of the kind: 1 to 5 (CSAT), 0 to 10 (NPS), 1 to 7 (CES).
    #[schema(minimum = 0, maximum = 10)]
    pub score: Option<i32>,
    /// What the score says.
    pub rating: Option<Rating>,
    /// What else they said.
    pub comment: Option<Text>,
    /// The service request that was opened since the score is bad.
    pub follow_up_id: Option<service_request::Id>,
    /// The system the record came from.
    pub source: Option<Source>,
    /// The id it has there; unique within the source.
    pub external_id: Option<ExternalId>,
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
    /// Where a survey response stands.
    #[schema(as = SurveyResponseStatus)]
    #[graphql(name = "SurveyResponseStatus")]
    pub enum Status {
        /// They were asked, and have not answered.
        Asked,
        /// They have answered.
        Answered,
        /// They were not asked: the reason says why.
        Skipped,
    }
}

choice! {
    /// Why somebody was not asked a survey's question.
    #[schema(as = SurveySkipReason)]
    #[graphql(name = "SurveySkipReason")]
    pub enum Reason {
        /// They were asked something not long ago.
        Rest,
        /// They do not want to be asked: a consent for the purpose `surveys` was denied or withdrawn.
        Consent,
        /// It is not known whom to ask: the request has no customer.
        Nobody,
    }
}

crate::resource!("survey_response", owner: Owner::OfCustomer(Column::CustomerId), wire: Model, {
    fn customer(row: &Model) -> Option<customer::Id> {
        row.customer_id
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Kind => Kind::values(),
            Column::Status => Status::values(),
            Column::Reason => Reason::values(),
            Column::Rating => Rating::values(),
            _ => Vec::new(),
        }
    }

    fn indexed(column: &Column) -> bool {
        matches!(column, Column::CreatedAt | Column::AnsweredAt)
    }
});
