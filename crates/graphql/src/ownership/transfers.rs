use async_graphql::{ComplexObject, Context, Json, Object, Result, SimpleObject, Subscription};
use futures_util::{Stream, TryStreamExt};
use rapport_domain::{
    integration::jobs,
    ownership::transfers::{self, NewOwnershipTransfer, OwnershipTransferPreview},
    records,
};
use rapport_entity::{
    ownership::ownership_transfer::{Entity, Id, Model, Part},
    rule::Rule,
};

use crate::{
    connection::{Args, Connected, list},
    identity::User,
    rows::ContextExt,
};

/// What one user has, on its way to another, or to the pool.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct OwnershipTransfer {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for OwnershipTransfer {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl OwnershipTransfer {
    /// What is transferred.
    async fn parts(&self) -> &Vec<Part> {
        &self.row.parts.0
    }

    /// Only customers of which this rule holds, and what is about them; of the shape of the input `Rule`.
    async fn filter(&self) -> Option<Json<&Rule>> {
        self.row.filter.as_ref().map(Json)
    }

    /// Whose records are transferred.
    #[graphql(name = "fromUser")]
    async fn giver(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(ctx.load(Some(self.row.from_user_id)).await?.map(User::from))
    }

    /// Who gets them.
    async fn to_user(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(ctx.load(self.row.to_user_id).await?.map(User::from))
    }
}

#[derive(Default)]
pub struct TransferQuery;

#[Object]
impl TransferQuery {
    /// Transfers, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn ownership_transfers(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<OwnershipTransfer>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One transfer, as far as it has come.
    async fn ownership_transfer(&self, ctx: &Context<'_>, id: Id) -> Result<OwnershipTransfer> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }

    /// What a transfer would move, as things are now. Nothing is moved.
    async fn preview_ownership_transfer(
        &self,
        ctx: &Context<'_>,
        input: NewOwnershipTransfer,
    ) -> Result<OwnershipTransferPreview> {
        Ok(transfers::preview(ctx.me()?, input).await?)
    }
}

#[derive(Default)]
pub struct TransferMutation;

#[Object]
impl TransferMutation {
    /// Transfer what one user has to another, or to the pool, with the work that is open.
    async fn create_ownership_transfer(
        &self,
        ctx: &Context<'_>,
        input: NewOwnershipTransfer,
    ) -> Result<OwnershipTransfer> {
        Ok(transfers::create(ctx.me()?, input).await?.into())
    }

    /// Call a transfer off. What was transferred stays so.
    async fn cancel_ownership_transfer(
        &self,
        ctx: &Context<'_>,
        id: Id,
    ) -> Result<OwnershipTransfer> {
        Ok(transfers::cancel(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct TransferSubscription;

#[Subscription]
impl TransferSubscription {
    /// How far a transfer has come, as it goes on: the transfer, each time that it has changed, until it is over.
    async fn ownership_transfer(
        &self,
        ctx: &Context<'_>,
        id: Id,
    ) -> Result<impl Stream<Item = Result<OwnershipTransfer>> + use<>> {
        let is_over = |row: &Model| row.state.is_over();
        let progress = jobs::follow::<Entity>(ctx.me()?.clone(), id, is_over).await?;
        Ok(progress.map_ok(OwnershipTransfer::from).map_err(async_graphql::Error::from))
    }
}
