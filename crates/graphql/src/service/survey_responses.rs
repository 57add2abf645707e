use async_graphql::{ComplexObject, Context, InputObject, Object, Result, SimpleObject};
use rapport_domain::{
    identity::auth::Auth,
    records,
    service::surveys::{
        links::{self, AnswerSurvey, OpenSurvey, SharedSurvey, SurveyLink},
        responses::{self, NewSurveyResponse},
    },
};
use rapport_entity::{
    ExternalId, Source,
    rule::Rule,
    service::survey_response::{Entity, Id, Model},
};

use super::{ServiceRequest, Survey};
use crate::{
    connection::{Args, Connected, list},
    customers::{Contact, Customer},
    identity::User,
    rows::ContextExt,
};

/// That somebody was asked a survey's question, and what they said.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct SurveyResponse {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for SurveyResponse {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl SurveyResponse {
    /// The survey.
    async fn survey(&self, ctx: &Context<'_>) -> Result<Option<Survey>> {
        Ok(ctx.load(Some(self.row.survey_id)).await?.map(Survey::from))
    }

    /// The service request that it is about.
    async fn request(&self, ctx: &Context<'_>) -> Result<Option<ServiceRequest>> {
        Ok(ctx.load(self.row.request_id).await?.map(ServiceRequest::from))
    }

    /// The customer.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        Ok(ctx.load(self.row.customer_id).await?.map(Customer::from))
    }

    /// The person there.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Option<Contact>> {
        Ok(ctx.load(self.row.contact_id).await?.map(Contact::from))
    }

    /// The user who had the request.
    async fn agent(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(ctx.load(self.row.agent_id).await?.map(User::from))
    }

    /// The service request that was opened since the score is bad.
    async fn follow_up(&self, ctx: &Context<'_>) -> Result<Option<ServiceRequest>> {
        Ok(ctx.load(self.row.follow_up_id).await?.map(ServiceRequest::from))
    }
}

/// What somebody has said to a survey of another system.
#[derive(InputObject)]
pub struct UpsertSurveyResponse {
    /// The system.
    source: Source,
    /// The id it has there.
    external_id: ExternalId,
    /// What they said.
    survey_response: NewSurveyResponse,
}

#[derive(Default)]
pub struct SurveyResponseQuery;

#[Object]
impl SurveyResponseQuery {
    /// Survey responses, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn survey_responses(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<SurveyResponse>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One survey response.
    async fn survey_response(&self, ctx: &Context<'_>, id: Id) -> Result<SurveyResponse> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }

    /// A survey, as somebody sees it who has a link to it.
    async fn open_survey(&self, ctx: &Context<'_>, input: OpenSurvey) -> Result<SharedSurvey> {
        Ok(links::open(ctx.data::<Auth>()?, &input).await?)
    }
}

#[derive(Default)]
pub struct SurveyResponseMutation;

#[Object]
impl SurveyResponseMutation {
    /// Write down what somebody has said to a survey otherwise than by a link. A bad score about a request has follow what the survey wants.
    async fn create_survey_response(
        &self,
        ctx: &Context<'_>,
        input: NewSurveyResponse,
    ) -> Result<SurveyResponse> {
        Ok(responses::create(ctx.me()?, input).await?.into())
    }

    /// Delete a survey response. It can be restored.
    async fn delete_survey_response(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<SurveyResponse> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted survey response back.
    async fn restore_survey_response(&self, ctx: &Context<'_>, id: Id) -> Result<SurveyResponse> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }

    /// Write down what somebody has said to a survey of another system, by the id that it has there, or change it. Nothing follows.
    async fn upsert_survey_response(
        &self,
        ctx: &Context<'_>,
        input: UpsertSurveyResponse,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<SurveyResponse> {
        let UpsertSurveyResponse { source, external_id, survey_response } = input;
        let (me, expected) = (ctx.me()?, if_version.into());
        let upserted =
            responses::upsert(me, source, external_id, expected, survey_response).await?;
        Ok(upserted.0.into())
    }

    /// Make a link for whoever was asked. Any number can be made: one answer is taken.
    async fn create_survey_link(&self, ctx: &Context<'_>, id: Id) -> Result<SurveyLink> {
        Ok(links::make(ctx.me()?, id).await?)
    }

    /// Answer a survey, as somebody who has a link to it. The same again is the same answer.
    async fn answer_survey(&self, ctx: &Context<'_>, input: AnswerSurvey) -> Result<SharedSurvey> {
        Ok(links::answer_by(ctx.data::<Auth>()?, input).await?)
    }
}
