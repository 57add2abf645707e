use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    sales::product_costs::{self, NewProductCost, ProductCostPatch},
};
use rapport_entity::{
    rule::Rule,
    sales::{
        product,
        product_cost::{self, Entity, Id, Model},
    },
};

use super::Product;
use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
};

/// What one of a product costs us from a day on.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ProductCost {
    #[graphql(flatten)]
    row: product_cost::ProductCost,
}

impl From<Model> for ProductCost {
    fn from(row: Model) -> Self {
        Self { row: row.into() }
    }
}

impl From<product_cost::ProductCost> for ProductCost {
    fn from(row: product_cost::ProductCost) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl ProductCost {
    /// The product.
    async fn product(&self, ctx: &Context<'_>) -> Result<Option<Product>> {
        let row: Option<product::Model> = ctx.load(Some(self.row.product_id)).await?;
        Ok(row.map(Product::from))
    }
}

#[derive(Default)]
pub struct ProductCostQuery;

#[Object]
impl ProductCostQuery {
    /// What products cost us, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn product_costs(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<ProductCost>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One cost of a product.
    async fn product_cost(&self, ctx: &Context<'_>, id: Id) -> Result<ProductCost> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct ProductCostMutation;

#[Object]
impl ProductCostMutation {
    /// Make a cost of a product.
    async fn create_product_cost(
        &self,
        ctx: &Context<'_>,
        input: NewProductCost,
    ) -> Result<ProductCost> {
        Ok(product_costs::create(ctx.me()?, input).await?.into())
    }

    /// Change a cost of a product: what is left out stays, null clears.
    async fn update_product_cost(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: ProductCostPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<ProductCost> {
        Ok(product_costs::update(ctx.me()?, id, Expected::of(if_version, base_version), input)
            .await?
            .into())
    }

    /// Delete a cost of a product. It can be restored.
    async fn delete_product_cost(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<ProductCost> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted cost of a product back.
    async fn restore_product_cost(&self, ctx: &Context<'_>, id: Id) -> Result<ProductCost> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }
}
