use async_graphql::{ComplexObject, Context, Json, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    segmentation::scores::{self, Distribution, NewScore, Preview, ScorePatch, Wanted},
};
use rapport_entity::{
    Label,
    customers::customer,
    rule::Rule,
    segmentation::{
        customer_score::CustomerScore as CustomerScoreRow,
        score::{self, Entity, Id, Model},
        score_definition::Definition,
    },
};

use crate::{
    connection::{Args, Connected, by_argument, connect, list},
    customers::Customer,
    rows::ContextExt,
};

/// A number, and mostly a named tier, that every customer has by one definition. It follows the data.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Score {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for Score {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl Score {
    /// How it is made, of the shape of the input `ScoreDefinition`.
    async fn definition(&self) -> Json<&Definition> {
        Json(&self.row.definition)
    }

    /// What each customer has of it, those with the highest value first.
    async fn results(
        &self,
        ctx: &Context<'_>,
        tier: Option<Label>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
    ) -> Result<Connected<CustomerScore>> {
        results(ctx, self.row.id, tier, first, after).await
    }
}

/// What a customer has of a score.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct CustomerScore {
    #[graphql(flatten)]
    row: CustomerScoreRow,
}

impl From<CustomerScoreRow> for CustomerScore {
    fn from(row: CustomerScoreRow) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl CustomerScore {
    /// The score.
    async fn score(&self, ctx: &Context<'_>) -> Result<Option<Score>> {
        let row: Option<score::Model> = ctx.load(Some(self.row.score_id)).await?;
        Ok(row.map(Score::from))
    }

    /// The customer.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        let row: Option<customer::Model> = ctx.load(Some(self.row.customer_id)).await?;
        Ok(row.map(Customer::from))
    }
}

async fn results(
    ctx: &Context<'_>,
    id: Id,
    tier: Option<Label>,
    first: i32,
    after: Option<String>,
) -> Result<Connected<CustomerScore>> {
    let continued = after.is_some();
    let wanted = Wanted {
        tier,
        cursor: after,
        limit: u64::try_from(first).unwrap_or(0),
        count: ctx.look_ahead().field("totalCount").exists(),
    };
    let wanted = wanted.checked().map_err(by_argument)?;
    let page = scores::results(ctx.me()?, id, &wanted).await.map_err(by_argument)?;
    Ok(connect(page, continued))
}

#[derive(Default)]
pub struct ScoreQuery;

#[Object]
impl ScoreQuery {
    /// Scores, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn scores(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Score>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One score.
    async fn score(&self, ctx: &Context<'_>, id: Id) -> Result<Score> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }

    /// What each customer has of a score, those with the highest value first.
    async fn score_results(
        &self,
        ctx: &Context<'_>,
        id: Id,
        tier: Option<Label>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
    ) -> Result<Connected<CustomerScore>> {
        results(ctx, id, tier, first, after).await
    }

    /// How many of the customers that you may see are in each tier of a score, and what they come to.
    async fn score_distribution(&self, ctx: &Context<'_>, id: Id) -> Result<Distribution> {
        Ok(scores::distribution(ctx.me()?, id).await?)
    }

    /// The scores that a customer has, in the order of their keys: all of them, of which there are at most 100.
    async fn customer_scores(
        &self,
        ctx: &Context<'_>,
        id: customer::Id,
    ) -> Result<Connected<CustomerScore>> {
        Ok(connect(scores::of_customer(ctx.me()?, id).await?.into(), false))
    }

    /// How many customers would be in each tier by a definition, without saving it.
    async fn preview_score(&self, ctx: &Context<'_>, definition: Definition) -> Result<Preview> {
        Ok(scores::preview(ctx.me()?, &definition).await?)
    }

    /// The same by another definition of a score, or by its own as of now where there is none.
    async fn preview_score_change(
        &self,
        ctx: &Context<'_>,
        id: Id,
        definition: Option<Definition>,
    ) -> Result<Preview> {
        Ok(scores::preview_change(ctx.me()?, id, definition).await?)
    }
}

#[derive(Default)]
pub struct ScoreMutation;

#[Object]
impl ScoreMutation {
    /// Make a score.
    async fn create_score(&self, ctx: &Context<'_>, input: NewScore) -> Result<Score> {
        Ok(scores::create(ctx.me()?, input).await?.into())
    }

    /// Change a score: what is left out stays, null clears. A definition is replaced as a whole.
    async fn update_score(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: ScorePatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Score> {
        Ok(scores::update(ctx.me()?, id, Expected::of(if_version, base_version), input)
            .await?
            .into())
    }

    /// Delete a score. No customer has it any more. It can be restored.
    async fn delete_score(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<Score> {
        Ok(scores::delete(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted score back.
    async fn restore_score(&self, ctx: &Context<'_>, id: Id) -> Result<Score> {
        Ok(scores::restore(ctx.me()?, id).await?.into())
    }
}
