use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    service::entitlements::{
        coverage::{self, Coverage, CoverageRequest},
        entitlements::{self, EntitlementPatch, NewEntitlement},
    },
};
use rapport_entity::{
    rule::Rule,
    service::entitlement::{Entity, Id, Model},
};

use super::{Agreement, Asset, Site};
use crate::{
    connection::{Args, Connected, list},
    customers::Customer,
    rows::ContextExt,
    sales::{Order, Product},
};

/// What a customer may ask of us: by an agreement, or by what they bought.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Entitlement {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for Entitlement {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl Entitlement {
    /// The customer.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        Ok(ctx.load(Some(self.row.customer_id)).await?.map(Customer::from))
    }

    /// The agreement that it is a part of.
    async fn agreement(&self, ctx: &Context<'_>) -> Result<Option<Agreement>> {
        Ok(ctx.load(self.row.agreement_id).await?.map(Agreement::from))
    }

    /// The only product that it covers.
    async fn product(&self, ctx: &Context<'_>) -> Result<Option<Product>> {
        Ok(ctx.load(self.row.product_id).await?.map(Product::from))
    }

    /// The only asset that it covers.
    async fn asset(&self, ctx: &Context<'_>) -> Result<Option<Asset>> {
        Ok(ctx.load(self.row.asset_id).await?.map(Asset::from))
    }

    /// The only site that it covers.
    async fn site(&self, ctx: &Context<'_>) -> Result<Option<Site>> {
        Ok(ctx.load(self.row.site_id).await?.map(Site::from))
    }

    /// The order that it comes from.
    async fn order(&self, ctx: &Context<'_>) -> Result<Option<Order>> {
        Ok(ctx.load(self.row.order_id).await?.map(Order::from))
    }
}

#[derive(Default)]
pub struct EntitlementQuery;

#[Object]
impl EntitlementQuery {
    /// Entitlements, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn entitlements(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Entitlement>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One entitlement.
    async fn entitlement(&self, ctx: &Context<'_>, id: Id) -> Result<Entitlement> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }

    /// Whether something is covered, and why: asked before work starts.
    async fn check_coverage(&self, ctx: &Context<'_>, input: CoverageRequest) -> Result<Coverage> {
        Ok(coverage::of(ctx.me()?, &input).await?)
    }
}

#[derive(Default)]
pub struct EntitlementMutation;

#[Object]
impl EntitlementMutation {
    /// Make an entitlement. What a product carries is made by its orders.
    async fn create_entitlement(
        &self,
        ctx: &Context<'_>,
        input: NewEntitlement,
    ) -> Result<Entitlement> {
        Ok(entitlements::create(ctx.me()?, input).await?.into())
    }

    /// Change an entitlement: what is left out stays, null clears.
    async fn update_entitlement(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: EntitlementPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Entitlement> {
        let expected = Expected::of(if_version, base_version);
        Ok(entitlements::update(ctx.me()?, id, expected, input).await?.into())
    }
}
