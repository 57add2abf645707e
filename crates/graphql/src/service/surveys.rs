use async_graphql::{ComplexObject, Context, Json, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    service::surveys::surveys::{self, NewSurvey, SurveyPatch},
};
use rapport_entity::{
    rule::Rule,
    service::survey::{Entity, Id, Model},
};

use super::Queue;
use crate::{
    connection::{Args, Connected, list},
    identity::User,
    rows::ContextExt,
};

/// A question that customers are asked once a service request of theirs is closed.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Survey {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for Survey {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl Survey {
    /// What must hold of a service request, of the shape of the input `Rule`; null where it is asked of all.
    async fn condition(&self) -> Option<Json<&Rule>> {
        self.row.condition.as_ref().map(Json)
    }

    /// Who has what follows a bad score.
    async fn follow_up_owner(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(ctx.load(self.row.follow_up_owner_id).await?.map(User::from))
    }

    /// The queue that it waits in.
    async fn follow_up_queue(&self, ctx: &Context<'_>) -> Result<Option<Queue>> {
        Ok(ctx.load(self.row.follow_up_queue_id).await?.map(Queue::from))
    }
}

#[derive(Default)]
pub struct SurveyQuery;

#[Object]
impl SurveyQuery {
    /// Surveys, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn surveys(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Survey>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One survey.
    async fn survey(&self, ctx: &Context<'_>, id: Id) -> Result<Survey> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct SurveyMutation;

#[Object]
impl SurveyMutation {
    /// Make a survey: a question that customers are asked once a service request of theirs is closed.
    async fn create_survey(&self, ctx: &Context<'_>, input: NewSurvey) -> Result<Survey> {
        Ok(surveys::create(ctx.me()?, input).await?.into())
    }

    /// Change a survey: what is left out stays, null clears. Whoever was asked already answers what they were asked.
    async fn update_survey(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: SurveyPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Survey> {
        let expected = Expected::of(if_version, base_version);
        Ok(surveys::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete a survey. It can be restored.
    async fn delete_survey(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<Survey> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted survey back.
    async fn restore_survey(&self, ctx: &Context<'_>, id: Id) -> Result<Survey> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }
}
