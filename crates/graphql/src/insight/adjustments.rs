use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::{
    insight::forecast::adjustments::{self, NewForecastAdjustment},
    records,
};
use rapport_entity::{
    rule::Rule,
    sales::forecast_adjustment::{self, Entity, Id, Model},
};

use crate::{
    connection::{Args, Connected, list},
    identity::{Team, User},
    rows::ContextExt,
};

/// What somebody holds a figure of a forecast to be.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ForecastAdjustment {
    #[graphql(flatten)]
    row: forecast_adjustment::ForecastAdjustment,
}

impl From<Model> for ForecastAdjustment {
    fn from(row: Model) -> Self {
        Self { row: row.into() }
    }
}

#[ComplexObject]
impl ForecastAdjustment {
    /// The user whose figure it is.
    async fn user(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(ctx.load(self.row.user_id).await?.map(User::from))
    }

    /// The team whose figure it is.
    async fn team(&self, ctx: &Context<'_>) -> Result<Option<Team>> {
        Ok(ctx.load(self.row.team_id).await?.map(Team::from))
    }

    /// Who made it.
    async fn maker(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(ctx.load(self.row.made_by).await?.map(User::from))
    }
}

#[derive(Default)]
pub struct ForecastAdjustmentQuery;

#[Object]
impl ForecastAdjustmentQuery {
    /// Forecast adjustments, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn forecast_adjustments(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<ForecastAdjustment>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One forecast adjustment.
    async fn forecast_adjustment(&self, ctx: &Context<'_>, id: Id) -> Result<ForecastAdjustment> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct ForecastAdjustmentMutation;

#[Object]
impl ForecastAdjustmentMutation {
    /// Adjust a forecast: beside a figure, what it is held to be. The adjustment whose place it takes stays readable.
    async fn create_forecast_adjustment(
        &self,
        ctx: &Context<'_>,
        input: NewForecastAdjustment,
    ) -> Result<ForecastAdjustment> {
        Ok(adjustments::create(ctx.me()?, input).await?.into())
    }

    /// Withdraw a forecast adjustment. That it held until now stays readable.
    async fn delete_forecast_adjustment(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<ForecastAdjustment> {
        Ok(adjustments::delete(ctx.me()?, id, if_version.into()).await?.into())
    }
}
