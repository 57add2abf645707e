use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::records;
use rapport_entity::{
    customers::customer,
    plays::{
        play,
        play_run::{Entity, Id, Model},
    },
    rule::Rule,
};

use super::plays::Play;
use crate::{
    connection::{Args, Connected, list},
    customers::Customer,
    rows::ContextExt,
};

/// A play played for a customer on one occasion, or about to be. Of each occasion there is one run. It is kept for 400
/// days.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct PlayRun {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for PlayRun {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl PlayRun {
    /// The play.
    async fn play(&self, ctx: &Context<'_>) -> Result<Option<Play>> {
        let row: Option<play::Model> = ctx.load(Some(self.row.play_id)).await?;
        Ok(row.map(Play::from))
    }

    /// The customer.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        let row: Option<customer::Model> = ctx.load(Some(self.row.customer_id)).await?;
        Ok(row.map(Customer::from))
    }
}

#[derive(Default)]
pub struct PlayRunQuery;

#[Object]
impl PlayRunQuery {
    /// Runs of plays, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn play_runs(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<PlayRun>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One run of a play.
    async fn play_run(&self, ctx: &Context<'_>, id: Id) -> Result<PlayRun> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}
