use async_graphql::{ComplexObject, Context, InputObject, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    sales::opportunities::{
        cloning::{self, CloneOpportunity},
        closing::{self, LoseOpportunity, ReopenOpportunity, WinOpportunity},
        moves::{self, MoveOpportunity},
        opportunities::{self, NewOpportunity, OpportunityPatch},
        parts, periods,
        ways::{self, OpportunityWay},
    },
};
use rapport_entity::{
    ExternalId, Source,
    rule::Rule,
    sales::{
        opportunity::{self, Entity, Id, Model},
        opportunity_competitor::Model as Competitor,
    },
};

use super::{
    CloseReason, Pipeline, PipelineStage,
    parts::{OpportunityContact, OpportunityLine, OpportunityPeriod, OpportunityShare},
};
use crate::{
    approvals::Approval,
    connection::{Args, Connected, by_argument, connect, list, part},
    customers::{CustomValue, Customer, custom_values},
    identity::User,
    ownership::{OwnershipPeriod, of_opportunity},
    rows::{
        ApprovalsOfOpportunity, ContextExt, OpportunityCompetitorsOf, OpportunityContactsOf,
        OpportunityLinesOf, OpportunityTeamOf,
    },
};

/// A sale that may be made.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Opportunity {
    #[graphql(flatten)]
    row: opportunity::Opportunity,
}

impl From<Model> for Opportunity {
    fn from(row: Model) -> Self {
        Self { row: row.into() }
    }
}

#[ComplexObject]
impl Opportunity {
    /// Who had it from when until when, newest first.
    async fn ownership(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
    ) -> Result<Connected<OwnershipPeriod>> {
        of_opportunity(ctx, self.row.id, first, after).await
    }

    /// The values of custom fields, with their types.
    async fn custom_values(&self, ctx: &Context<'_>) -> Result<Vec<CustomValue>> {
        custom_values(ctx, "opportunity", &self.row.custom)
    }

    /// The customer, where it is known who.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        Ok(ctx.load(self.row.customer_id).await?.map(Customer::from))
    }

    /// The user who has it.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(ctx.load(self.row.owner_id).await?.map(User::from))
    }

    /// The pipeline it goes through.
    async fn pipeline(&self, ctx: &Context<'_>) -> Result<Option<Pipeline>> {
        Ok(ctx.load(Some(self.row.pipeline_id)).await?.map(Pipeline::from))
    }

    /// The stage it is in; of one that is closed, the last one.
    async fn stage(&self, ctx: &Context<'_>) -> Result<Option<PipelineStage>> {
        Ok(ctx.load(Some(self.row.stage_id)).await?.map(PipelineStage::from))
    }

    /// Why it was won or lost.
    async fn close_reason(&self, ctx: &Context<'_>) -> Result<Option<CloseReason>> {
        Ok(ctx.load(self.row.close_reason_id).await?.map(CloseReason::from))
    }

    /// What is to be sold.
    async fn lines(&self, ctx: &Context<'_>) -> Result<Vec<OpportunityLine>> {
        let lines = ctx.load_many(OpportunityLinesOf(self.row.id)).await?;
        let shown = parts::shown(&lines, &self.row.amount.currency);
        Ok(shown.into_iter().map(OpportunityLine::from).collect())
    }

    /// Who has a part in it on the customer's side, the one to speak with first first.
    async fn contacts(&self, ctx: &Context<'_>) -> Result<Vec<OpportunityContact>> {
        let rows = ctx.load_many(OpportunityContactsOf(self.row.id)).await?;
        Ok(rows.into_iter().map(OpportunityContact::from).collect())
    }

    /// Who works on it on our side.
    async fn team(&self, ctx: &Context<'_>) -> Result<Vec<OpportunityShare>> {
        let team = ctx.load_many(OpportunityTeamOf(self.row.id)).await?;
        let shares = parts::shares(team, &self.row.amount)?;
        Ok(shares.into_iter().map(OpportunityShare::from).collect())
    }

    /// Who else wants to make the sale.
    async fn competitors(&self, ctx: &Context<'_>) -> Result<Vec<Competitor>> {
        ctx.load_many(OpportunityCompetitorsOf(self.row.id)).await
    }

    /// The approvals that have been asked for, the newest 20.
    async fn approvals(&self, ctx: &Context<'_>) -> Result<Vec<Approval>> {
        let rows = ctx.load_many(ApprovalsOfOpportunity(self.row.id)).await?;
        Ok(rows.into_iter().map(Approval::from).collect())
    }

    /// What it was from when until when, newest first.
    async fn periods(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
    ) -> Result<Connected<OpportunityPeriod>> {
        periods_of(ctx, self.row.id, first, after).await
    }
}

impl From<opportunity::Opportunity> for Opportunity {
    fn from(row: opportunity::Opportunity) -> Self {
        Self { row }
    }
}

/// The opportunity that another system knows by an id.
#[derive(InputObject)]
struct UpsertOpportunity {
    /// The system.
    source: Source,
    /// The id it has there.
    external_id: ExternalId,
    /// What it is there.
    opportunity: NewOpportunity,
}

async fn periods_of(
    ctx: &Context<'_>,
    id: Id,
    first: i32,
    after: Option<String>,
) -> Result<Connected<OpportunityPeriod>> {
    let (part, continued) = part(first, after)?;
    let page = periods::list(ctx.me()?, id, &part).await.map_err(by_argument)?;
    Ok(connect(page, continued))
}

#[derive(Default)]
pub struct OpportunityQuery;

#[Object]
impl OpportunityQuery {
    /// Opportunities, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn opportunities(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Opportunity>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One opportunity.
    async fn opportunity(&self, ctx: &Context<'_>, id: Id) -> Result<Opportunity> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }

    /// The ways that an open opportunity may go, as it is now: to each other stage of its pipeline, and to be won. What stands
    /// in the way is named.
    async fn opportunity_ways(&self, ctx: &Context<'_>, id: Id) -> Result<Vec<OpportunityWay>> {
        Ok(ways::list(ctx.me()?, id).await?)
    }

    /// What an opportunity was from when until when, newest first.
    async fn opportunity_periods(
        &self,
        ctx: &Context<'_>,
        id: Id,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
    ) -> Result<Connected<OpportunityPeriod>> {
        periods_of(ctx, id, first, after).await
    }
}

#[derive(Default)]
pub struct OpportunityMutation;

#[Object]
impl OpportunityMutation {
    /// Make an opportunity.
    async fn create_opportunity(
        &self,
        ctx: &Context<'_>,
        input: NewOpportunity,
    ) -> Result<Opportunity> {
        Ok(opportunities::create(ctx.me()?, input).await?.into())
    }

    /// Change an opportunity: what is left out stays, null clears.
    async fn update_opportunity(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: OpportunityPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Opportunity> {
        let expected = Expected::of(if_version, base_version);
        Ok(opportunities::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete an opportunity. It can be restored.
    async fn delete_opportunity(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<Opportunity> {
        Ok(opportunities::delete(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted opportunity back.
    async fn restore_opportunity(&self, ctx: &Context<'_>, id: Id) -> Result<Opportunity> {
        Ok(opportunities::restore(ctx.me()?, id).await?.into())
    }

    /// Make the opportunity that another system knows by this id, or change it. What is left out, or null, stays as it is, and
    /// so does where it stands.
    async fn upsert_opportunity(
        &self,
        ctx: &Context<'_>,
        input: UpsertOpportunity,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Opportunity> {
        let UpsertOpportunity { source, external_id, opportunity } = input;
        let expected = if_version.into();
        let (row, _) =
            opportunities::upsert(ctx.me()?, source, external_id, expected, opportunity).await?;
        Ok(row.into())
    }

    /// Move an open opportunity to another stage. One that is in it already stays there, and nothing happens.
    async fn move_opportunity(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: MoveOpportunity,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Opportunity> {
        Ok(moves::move_opportunity(ctx.me()?, id, if_version.into(), input).await?.into())
    }

    /// Win an open opportunity.
    async fn win_opportunity(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: WinOpportunity,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Opportunity> {
        Ok(closing::win(ctx.me()?, id, if_version.into(), input).await?.into())
    }

    /// Lose an open opportunity.
    async fn lose_opportunity(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: LoseOpportunity,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Opportunity> {
        Ok(closing::lose(ctx.me()?, id, if_version.into(), input).await?.into())
    }

    /// Open a closed opportunity again. One that is open stays as it is.
    async fn reopen_opportunity(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: ReopenOpportunity,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Opportunity> {
        Ok(closing::reopen(ctx.me()?, id, if_version.into(), input).await?.into())
    }

    /// Make an open copy of an opportunity, with all that belongs to it, in the first stage of its pipeline.
    async fn clone_opportunity(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: CloneOpportunity,
    ) -> Result<Opportunity> {
        Ok(cloning::clone(ctx.me()?, id, input).await?.into())
    }
}
