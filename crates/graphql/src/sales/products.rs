use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    sales::products::{self, NewProduct, ProductPatch, ProductWithComponents},
};
use rapport_entity::{
    rule::Rule,
    sales::{
        bundle_component,
        product::{self, Entity, Id, Kind, Model},
    },
};

use crate::{
    connection::{Args, Connected, list},
    customers::{CustomValue, custom_values},
    rows::{ComponentsOf, ContextExt},
};

/// Something we sell.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Product {
    #[graphql(flatten)]
    row: product::Product,
}

impl From<Model> for Product {
    fn from(row: Model) -> Self {
        Self { row: row.into() }
    }
}

impl From<ProductWithComponents> for Product {
    fn from(made: ProductWithComponents) -> Self {
        Self { row: made.product }
    }
}

#[ComplexObject]
impl Product {
    /// The values of custom fields, with their types.
    async fn custom_values(&self, ctx: &Context<'_>) -> Result<Vec<CustomValue>> {
        custom_values(ctx, "product", &self.row.custom)
    }

    /// The products that a bundle is made of; others are made of none.
    async fn components(&self, ctx: &Context<'_>) -> Result<Vec<BundleComponent>> {
        if self.row.kind != Kind::Bundle {
            return Ok(Vec::new());
        }
        let components = ctx.load_many(ComponentsOf(self.row.id)).await?;
        Ok(components.into_iter().map(|row| BundleComponent { row: row.into() }).collect())
    }
}

/// One of the products that a bundle is made of.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct BundleComponent {
    #[graphql(flatten)]
    row: bundle_component::BundleComponent,
}

#[ComplexObject]
impl BundleComponent {
    /// The product.
    async fn product(&self, ctx: &Context<'_>) -> Result<Option<Product>> {
        let row: Option<product::Model> = ctx.load(Some(self.row.product_id)).await?;
        Ok(row.map(Product::from))
    }
}

#[derive(Default)]
pub struct ProductQuery;

#[Object]
impl ProductQuery {
    /// Products, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn products(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Product>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One product.
    async fn product(&self, ctx: &Context<'_>, id: Id) -> Result<Product> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct ProductMutation;

#[Object]
impl ProductMutation {
    /// Make a product.
    async fn create_product(&self, ctx: &Context<'_>, input: NewProduct) -> Result<Product> {
        Ok(products::create(ctx.me()?, input).await?.into())
    }

    /// Change a product: what is left out stays, null clears.
    async fn update_product(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: ProductPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Product> {
        Ok(products::update(ctx.me()?, id, Expected::of(if_version, base_version), input)
            .await?
            .into())
    }

    /// Delete a product. It can be restored.
    async fn delete_product(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<Product> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted product back.
    async fn restore_product(&self, ctx: &Context<'_>, id: Id) -> Result<Product> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }
}
