use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    sales::price_book_entries::{self, NewPriceBookEntry, PriceBookEntryPatch},
};
use rapport_entity::{
    rule::Rule,
    sales::{
        price_book,
        price_book_entry::{self, Entity, Id, Model},
        product,
    },
};

use super::{PriceBook, Product};
use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
};

/// What one of a product costs by a price book, from a quantity on.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct PriceBookEntry {
    #[graphql(flatten)]
    row: price_book_entry::PriceBookEntry,
}

impl From<Model> for PriceBookEntry {
    fn from(row: Model) -> Self {
        Self { row: row.into() }
    }
}

impl From<price_book_entry::PriceBookEntry> for PriceBookEntry {
    fn from(row: price_book_entry::PriceBookEntry) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl PriceBookEntry {
    /// The product.
    async fn product(&self, ctx: &Context<'_>) -> Result<Option<Product>> {
        let row: Option<product::Model> = ctx.load(Some(self.row.product_id)).await?;
        Ok(row.map(Product::from))
    }

    /// The price book.
    async fn price_book(&self, ctx: &Context<'_>) -> Result<Option<PriceBook>> {
        let row: Option<price_book::Model> = ctx.load(Some(self.row.price_book_id)).await?;
        Ok(row.map(PriceBook::from))
    }
}

#[derive(Default)]
pub struct PriceBookEntryQuery;

#[Object]
impl PriceBookEntryQuery {
    /// The prices in price books, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn price_book_entries(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<PriceBookEntry>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One price in a price book.
    async fn price_book_entry(&self, ctx: &Context<'_>, id: Id) -> Result<PriceBookEntry> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct PriceBookEntryMutation;

#[Object]
impl PriceBookEntryMutation {
    /// Make a price in a price book.
    async fn create_price_book_entry(
        &self,
        ctx: &Context<'_>,
        input: NewPriceBookEntry,
    ) -> Result<PriceBookEntry> {
        Ok(price_book_entries::create(ctx.me()?, input).await?.into())
    }

    /// Change a price in a price book: what is left out stays, null clears.
    async fn update_price_book_entry(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: PriceBookEntryPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<PriceBookEntry> {
        Ok(price_book_entries::update(ctx.me()?, id, Expected::of(if_version, base_version), input)
            .await?
            .into())
    }

    /// Delete a price in a price book. It can be restored.
    async fn delete_price_book_entry(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<PriceBookEntry> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted price in a price book back.
    async fn restore_price_book_entry(&self, ctx: &Context<'_>, id: Id) -> Result<PriceBookEntry> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }
}
