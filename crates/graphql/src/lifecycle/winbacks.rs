use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    lifecycle::winbacks::{self, NewWinback, WinbackPatch, WinbackResult},
    records,
};
use rapport_entity::{
    identity::user,
    lifecycle::winback::{Entity, Id, Model},
    rule::Rule,
};

use super::{Loss, WinbackProgramme};
use crate::{
    connection::{Args, Connected, list},
    customers::Customer,
    identity::User,
    rows::ContextExt,
};

/// An attempt to win a lost customer back.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Winback {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for Winback {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl Winback {
    /// Who is to be won back.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        Ok(ctx.load(Some(self.row.customer_id)).await?.map(Customer::from))
    }

    /// The loss that is to be made good.
    async fn loss(&self, ctx: &Context<'_>) -> Result<Option<Loss>> {
        Ok(ctx.load(Some(self.row.loss_id)).await?.map(Loss::from))
    }

    /// The programme that it is a part of.
    async fn programme(&self, ctx: &Context<'_>) -> Result<Option<WinbackProgramme>> {
        Ok(ctx.load(self.row.programme_id).await?.map(WinbackProgramme::from))
    }

    /// The user who sees to it.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let row: Option<user::Model> = ctx.load(self.row.owner_id).await?;
        Ok(row.map(User::from))
    }
}

#[derive(Default)]
pub struct WinbackQuery;

#[Object]
impl WinbackQuery {
    /// Attempts to win lost customers back, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn winbacks(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Winback>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One attempt to win a lost customer back.
    async fn winback(&self, ctx: &Context<'_>, id: Id) -> Result<Winback> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct WinbackMutation;

#[Object]
impl WinbackMutation {
    /// Begin an attempt to win a lost customer back.
    async fn create_winback(&self, ctx: &Context<'_>, input: NewWinback) -> Result<Winback> {
        Ok(winbacks::create(ctx.me()?, input).await?.into())
    }

    /// Change an attempt to win a lost customer back: what is left out stays, null clears.
    async fn update_winback(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: WinbackPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Winback> {
        Ok(winbacks::update(ctx.me()?, id, Expected::of(if_version, base_version), input)
            .await?
            .into())
    }

    /// The customer is back: they move to the stage of those won back, and the loss is made good.
    async fn win_winback(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: WinbackResult,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Winback> {
        Ok(winbacks::win(ctx.me()?, id, if_version.into(), input).await?.into())
    }

    /// The customer stays away: the attempt is given up.
    async fn fail_winback(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: WinbackResult,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Winback> {
        Ok(winbacks::fail(ctx.me()?, id, if_version.into(), input).await?.into())
    }
}
