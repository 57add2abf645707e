use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    sales::price_books::{self, NewPriceBook, PriceBookPatch},
};
use rapport_entity::{
    customers::customer,
    rule::Rule,
    sales::price_book::{Entity, Id, Model},
    segmentation::segment,
};

use crate::{
    connection::{Args, Connected, list},
    customers::Customer,
    rows::ContextExt,
    segmentation::Segment,
};

/// Prices in one currency, for a customer, for the members of a segment or for everybody, while they hold.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct PriceBook {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for PriceBook {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl PriceBook {
    /// The customer that it is for.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        let row: Option<customer::Model> = ctx.load(self.row.customer_id).await?;
        Ok(row.map(Customer::from))
    }

    /// The segment whose members it is for.
    async fn segment(&self, ctx: &Context<'_>) -> Result<Option<Segment>> {
        let row: Option<segment::Model> = ctx.load(self.row.segment_id).await?;
        Ok(row.map(Segment::from))
    }
}

#[derive(Default)]
pub struct PriceBookQuery;

#[Object]
impl PriceBookQuery {
    /// Price books, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn price_books(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<PriceBook>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One price book.
    async fn price_book(&self, ctx: &Context<'_>, id: Id) -> Result<PriceBook> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct PriceBookMutation;

#[Object]
impl PriceBookMutation {
    /// Make a price book.
    async fn create_price_book(&self, ctx: &Context<'_>, input: NewPriceBook) -> Result<PriceBook> {
        Ok(price_books::create(ctx.me()?, input).await?.into())
    }

    /// Change a price book: what is left out stays, null clears.
    async fn update_price_book(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: PriceBookPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<PriceBook> {
        Ok(price_books::update(ctx.me()?, id, Expected::of(if_version, base_version), input)
            .await?
            .into())
    }

    /// Delete a price book. It can be restored.
    async fn delete_price_book(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<PriceBook> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted price book back.
    async fn restore_price_book(&self, ctx: &Context<'_>, id: Id) -> Result<PriceBook> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }
}
