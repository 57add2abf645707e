use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::{
    identity::teams::{self, NewTeam, TeamPatch},
    kernel::Expected,
    records,
};
use rapport_entity::{
    identity::team::{Entity, Id, Model},
    rule::Rule,
};

use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
};

/// A group of users. Teams form a tree: what a team may reach, the teams above it may reach too.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Team {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for Team {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl Team {
    /// The team above it.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<Team>> {
        let row: Option<Model> = ctx.load(self.row.parent_id).await?;
        Ok(row.map(Team::from))
    }
}

#[derive(Default)]
pub struct TeamQuery;

#[Object]
impl TeamQuery {
    /// Teams, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn teams(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Team>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One team.
    async fn team(&self, ctx: &Context<'_>, id: Id) -> Result<Team> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct TeamMutation;

#[Object]
impl TeamMutation {
    /// Make a team.
    async fn create_team(&self, ctx: &Context<'_>, input: NewTeam) -> Result<Team> {
        Ok(teams::create(ctx.me()?, input).await?.into())
    }

    /// Change a team: what is left out stays, null clears.
    async fn update_team(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: TeamPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Team> {
        Ok(teams::update(ctx.me()?, id, Expected::of(if_version, base_version), input)
            .await?
            .into())
    }

    /// Delete a team. It can be restored.
    async fn delete_team(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<Team> {
        Ok(teams::delete(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted team back.
    async fn restore_team(&self, ctx: &Context<'_>, id: Id) -> Result<Team> {
        Ok(teams::restore(ctx.me()?, id).await?.into())
    }
}
