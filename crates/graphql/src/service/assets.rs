use async_graphql::{ComplexObject, Context, InputObject, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    service::assets::{
        assets::{self, AssetPatch, NewAsset},
        steps,
    },
};
use rapport_entity::{
    ExternalId, Source,
    rule::Rule,
    service::{
        asset::{Entity, Id, Model},
        asset_step::Model as AssetStep,
    },
};

use super::Site;
use crate::{
    connection::{Args, Connected, by_argument, connect, list, part},
    customers::{Contact, Customer},
    rows::ContextExt,
    sales::{Order, Product},
};

/// Something that a customer has and that we look after: a machine, a vehicle, a licence.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Asset {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for Asset {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl Asset {
    /// The customer who has it.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        Ok(ctx.load(Some(self.row.customer_id)).await?.map(Customer::from))
    }

    /// The person there to talk to about it.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Option<Contact>> {
        Ok(ctx.load(self.row.contact_id).await?.map(Contact::from))
    }

    /// What it is one of.
    async fn product(&self, ctx: &Context<'_>) -> Result<Option<Product>> {
        Ok(ctx.load(self.row.product_id).await?.map(Product::from))
    }

    /// The asset that it is a part of.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<Asset>> {
        Ok(ctx.load(self.row.parent_id).await?.map(Asset::from))
    }

    /// The site at which it stands.
    async fn site(&self, ctx: &Context<'_>) -> Result<Option<Site>> {
        Ok(ctx.load(self.row.site_id).await?.map(Site::from))
    }

    /// The order that it was bought by.
    async fn order(&self, ctx: &Context<'_>) -> Result<Option<Order>> {
        Ok(ctx.load(self.row.order_id).await?.map(Order::from))
    }

    /// What became of it, newest first.
    async fn history(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
    ) -> Result<Connected<AssetStep>> {
        of_asset(ctx, self.row.id, first, after).await
    }
}

#[derive(InputObject)]
struct UpsertAsset {
    /// The system that knows it.
    source: Source,
    /// The id it has there.
    external_id: ExternalId,
    /// What it is to be like.
    asset: NewAsset,
}

#[derive(Default)]
pub struct AssetQuery;

#[Object]
impl AssetQuery {
    /// Assets, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn assets(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Asset>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One asset.
    async fn asset(&self, ctx: &Context<'_>, id: Id) -> Result<Asset> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }

    /// What became of an asset, newest first: who had it, where, and in which status.
    async fn asset_history(
        &self,
        ctx: &Context<'_>,
        id: Id,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
    ) -> Result<Connected<AssetStep>> {
        of_asset(ctx, id, first, after).await
    }
}

#[derive(Default)]
pub struct AssetMutation;

#[Object]
impl AssetMutation {
    /// Make an asset.
    async fn create_asset(&self, ctx: &Context<'_>, input: NewAsset) -> Result<Asset> {
        Ok(assets::create(ctx.me()?, input).await?.into())
    }

    /// Change an asset: what is left out stays, null clears. What is part of it goes to another customer
    /// with it, and to its site there.
    async fn update_asset(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: AssetPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Asset> {
        let expected = Expected::of(if_version, base_version);
        Ok(assets::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete an asset. It can be restored.
    async fn delete_asset(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<Asset> {
        Ok(assets::delete(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted asset back.
    async fn restore_asset(&self, ctx: &Context<'_>, id: Id) -> Result<Asset> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }

    /// Make the asset that another system knows by this id, or change it. What is left out, or null, stays as it is.
    async fn upsert_asset(
        &self,
        ctx: &Context<'_>,
        input: UpsertAsset,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Asset> {
        let UpsertAsset { source, external_id, asset } = input;
        let expected = if_version.into();
        let (made, _) = assets::upsert(ctx.me()?, source, external_id, expected, asset).await?;
        Ok(made.into())
    }
}

async fn of_asset(
    ctx: &Context<'_>,
    id: Id,
    first: i32,
    after: Option<String>,
) -> Result<Connected<AssetStep>> {
    let (part, continued) = part(first, after)?;
    let page = steps::of_asset(ctx.me()?, id, &part).await.map_err(by_argument)?;
    Ok(connect(page, continued))
}
