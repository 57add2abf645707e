use async_graphql::{Context, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    sales::exchange_rates::{self, ExchangeRatePatch, NewExchangeRate},
};
use rapport_entity::{
    rule::Rule,
    sales::exchange_rate::{Entity, Id, Model},
};

use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
};

/// What a currency is worth in the workspace's, from a day on until the day of the next rate.
#[derive(SimpleObject)]
#[graphql(name = "ExchangeRate")]
pub struct ExchangeRate {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for ExchangeRate {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[derive(Default)]
pub struct ExchangeRateQuery;

#[Object]
impl ExchangeRateQuery {
    /// Exchange rates, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn exchange_rates(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<ExchangeRate>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One exchange rate.
    async fn exchange_rate(&self, ctx: &Context<'_>, id: Id) -> Result<ExchangeRate> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct ExchangeRateMutation;

#[Object]
impl ExchangeRateMutation {
    /// Make an exchange rate.
    async fn create_exchange_rate(
        &self,
        ctx: &Context<'_>,
        input: NewExchangeRate,
    ) -> Result<ExchangeRate> {
        Ok(exchange_rates::create(ctx.me()?, input).await?.into())
    }

    /// Change an exchange rate: what is left out stays, null clears.
    async fn update_exchange_rate(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: ExchangeRatePatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<ExchangeRate> {
        let expected = Expected::of(if_version, base_version);
        Ok(exchange_rates::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete an exchange rate. It can be restored.
    async fn delete_exchange_rate(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<ExchangeRate> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted exchange rate back.
    async fn restore_exchange_rate(&self, ctx: &Context<'_>, id: Id) -> Result<ExchangeRate> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }
}
