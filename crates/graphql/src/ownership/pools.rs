use async_graphql::{ComplexObject, Context, Json, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    ownership::pools::{self, NewPool, PoolPatch},
    records,
};
use rapport_entity::{
    identity::team,
    ownership::pool::{Entity, Id, Model},
    rule::Rule,
};

use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
};

/// Customers, or leads, that nobody has, and who may claim them.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Pool {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for Pool {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl Pool {
    /// What must hold of a customer or a lead that nobody has, for it to be in this pool, of the shape of the input `Rule`;
    /// null where all are.
    async fn condition(&self) -> Option<Json<&Rule>> {
        self.row.condition.as_ref().map(Json)
    }

    /// The teams whose people may claim from it, and all teams below them; null where everybody may.
    async fn team_ids(&self) -> Option<&Vec<team::Id>> {
        self.row.team_ids.as_ref().map(|teams| &teams.0)
    }
}

#[derive(Default)]
pub struct PoolQuery;

#[Object]
impl PoolQuery {
    /// Pools, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn pools(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Pool>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One pool.
    async fn pool(&self, ctx: &Context<'_>, id: Id) -> Result<Pool> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct PoolMutation;

#[Object]
impl PoolMutation {
    /// Make a pool.
    async fn create_pool(&self, ctx: &Context<'_>, input: NewPool) -> Result<Pool> {
        Ok(pools::create(ctx.me()?, input).await?.into())
    }

    /// Change a pool: what is left out stays, null clears.
    async fn update_pool(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: PoolPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Pool> {
        let expected = Expected::of(if_version, base_version);
        Ok(pools::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete a pool. It can be restored.
    async fn delete_pool(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<Pool> {
        Ok(pools::delete(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted pool back.
    async fn restore_pool(&self, ctx: &Context<'_>, id: Id) -> Result<Pool> {
        Ok(pools::restore(ctx.me()?, id).await?.into())
    }
}
