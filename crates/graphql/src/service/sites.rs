use async_graphql::{ComplexObject, Context, InputObject, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    service::sites::{self, NewSite, SitePatch},
};
use rapport_entity::{
    ExternalId, Source,
    rule::Rule,
    service::site::{Entity, Id, Model},
};

use super::{Asset, ServiceRequest};
use crate::{
    connection::{Args, Connected, list},
    customers::{Contact, Customer},
    rows::{AssetsAt, ContextExt, RequestsAt, few},
};

/// A place of a customer where assets stand and service is done: a plant, a branch, a building.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Site {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for Site {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl Site {
    /// The customer whose place it is.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        Ok(ctx.load(Some(self.row.customer_id)).await?.map(Customer::from))
    }

    /// The person there to talk to.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Option<Contact>> {
        Ok(ctx.load(self.row.contact_id).await?.map(Contact::from))
    }

    /// The newest assets that stand there, at most 50.
    async fn assets(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10)] first: i32,
    ) -> Result<Vec<Asset>> {
        let rows = ctx.load_many(AssetsAt(self.row.id, few(first)?)).await?;
        Ok(rows.into_iter().map(Asset::from).collect())
    }

    /// The newest service requests at it, at most 50.
    async fn service_requests(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10)] first: i32,
    ) -> Result<Vec<ServiceRequest>> {
        let rows = ctx.load_many(RequestsAt(self.row.id, few(first)?)).await?;
        Ok(rows.into_iter().map(ServiceRequest::from).collect())
    }
}

#[derive(InputObject)]
struct UpsertSite {
    /// The system that knows it.
    source: Source,
    /// The id it has there.
    external_id: ExternalId,
    /// What it is to be like.
    site: NewSite,
}

#[derive(Default)]
pub struct SiteQuery;

#[Object]
impl SiteQuery {
    /// Sites, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn sites(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Site>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One site.
    async fn site(&self, ctx: &Context<'_>, id: Id) -> Result<Site> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct SiteMutation;

#[Object]
impl SiteMutation {
    /// Make a site.
    async fn create_site(&self, ctx: &Context<'_>, input: NewSite) -> Result<Site> {
        Ok(sites::create(ctx.me()?, input).await?.into())
    }

    /// Change a site: what is left out stays, null clears.
    async fn update_site(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: SitePatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Site> {
        let expected = Expected::of(if_version, base_version);
        Ok(sites::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete a site that nothing is at. It can be restored.
    async fn delete_site(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<Site> {
        Ok(sites::delete(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted site back.
    async fn restore_site(&self, ctx: &Context<'_>, id: Id) -> Result<Site> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }

    /// Make the site that another system knows by this id, or change it. What is left out, or null, stays as it is.
    async fn upsert_site(
        &self,
        ctx: &Context<'_>,
        input: UpsertSite,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Site> {
        let UpsertSite { source, external_id, site } = input;
        let expected = if_version.into();
        let (made, _) = sites::upsert(ctx.me()?, source, external_id, expected, site).await?;
        Ok(made.into())
    }
}
