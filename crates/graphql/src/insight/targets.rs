use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_charts as charts;
use rapport_domain::{
    insight::targets::{self, AttainmentAsked, NewTarget, TargetPatch},
    kernel::Expected,
    records,
};
use rapport_entity::{
    Month,
    identity::{team, user},
    rule::Rule,
    sales::{
        analysis::FiscalPeriod,
        target::{self, Entity, Id, Measure, Model},
    },
};

use super::charted;
use crate::{
    connection::{Args, Connected, list},
    identity::{Team, User},
    rows::ContextExt,
    sales::Product,
};

charted! {
    /// How much of what is to be reached in a period has been.
    Attainment(targets::Attainment) by charts::attainment;
}

/// What somebody is to reach in a period.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Target {
    #[graphql(flatten)]
    row: target::Target,
}

impl From<Model> for Target {
    fn from(row: Model) -> Self {
        Self { row: row.into() }
    }
}

#[ComplexObject]
impl Target {
    /// The user whose target it is.
    async fn user(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(ctx.load(self.row.user_id).await?.map(User::from))
    }

    /// The team whose target it is.
    async fn team(&self, ctx: &Context<'_>) -> Result<Option<Team>> {
        Ok(ctx.load(self.row.team_id).await?.map(Team::from))
    }

    /// The product that alone counts.
    async fn product(&self, ctx: &Context<'_>) -> Result<Option<Product>> {
        Ok(ctx.load(self.row.product_id).await?.map(Product::from))
    }
}

#[derive(Default)]
pub struct TargetQuery;

#[Object]
impl TargetQuery {
    /// Targets, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn targets(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Target>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One target.
    async fn target(&self, ctx: &Context<'_>, id: Id) -> Result<Target> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }

    /// How much of what is to be reached in a period has been: of each user, each team and the workspace, and of products that
    /// there are targets of.
    async fn attainment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is measured.", default)] measure: Measure,
        #[graphql(desc = "How long the period is.", default)] period: FiscalPeriod,
        #[graphql(desc = "A month of the period; this month where left out.")] month: Option<Month>,
        #[graphql(desc = "Only of this user.")] user_id: Option<user::Id>,
        #[graphql(desc = "Only of this team, and all below it.")] team_id: Option<team::Id>,
    ) -> Result<Attainment> {
        let asked = AttainmentAsked { measure, period, month, user_id, team_id };
        Ok(targets::attainment(ctx.me()?, &asked).await?.into())
    }
}

#[derive(Default)]
pub struct TargetMutation;

#[Object]
impl TargetMutation {
    /// Make a target.
    async fn create_target(&self, ctx: &Context<'_>, input: NewTarget) -> Result<Target> {
        Ok(targets::create(ctx.me()?, input).await?.into())
    }

    /// Change a target: what is left out stays, null clears.
    async fn update_target(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: TargetPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Target> {
        let expected = Expected::of(if_version, base_version);
        Ok(targets::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete a target. It can be restored.
    async fn delete_target(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<Target> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted target back.
    async fn restore_target(&self, ctx: &Context<'_>, id: Id) -> Result<Target> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }
}
