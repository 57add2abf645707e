use async_graphql::{ComplexObject, Context, Json, Object, Result, SimpleObject};
use rapport_domain::{
    integration::webhooks::endpoints::{
        self, NewWebhookEndpoint, RotateWebhookEndpointSecret, WebhookEndpointPatch,
        WebhookEndpointWithSecret as WithSecret,
    },
    kernel::Expected,
    records,
};
use rapport_entity::{
    EventType,
    identity::user,
    integration::webhook_endpoint::{Entity, Id, Model},
    rule::Rule,
};

use crate::{
    connection::{Args, Connected, list},
    identity::User,
    rows::ContextExt,
};

/// Where events are sent as they happen, signed as Standard Webhooks 1.0 says.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct WebhookEndpoint {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for WebhookEndpoint {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl WebhookEndpoint {
    /// Which events are sent.
    async fn event_types(&self) -> &[EventType] {
        &self.row.event_types.0
    }

    /// Of those only the ones about a record of which this rule holds, of the shape of the input `Rule`.
    async fn filter(&self) -> Option<Json<&Rule>> {
        self.row.filter.as_ref().map(Json)
    }

    /// The user with whose leave it reads.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let row: Option<user::Model> = ctx.load(self.row.owner_id).await?;
        Ok(row.map(User::from))
    }
}

/// A webhook endpoint with its secret.
#[derive(SimpleObject)]
pub struct WebhookEndpointWithSecret {
    /// The endpoint.
    webhook_endpoint: WebhookEndpoint,
    /// What signs (Standard Webhooks 1.0). It is shown this once; null where a create was repeated.
    secret: Option<String>,
}

impl From<WithSecret> for WebhookEndpointWithSecret {
    fn from(made: WithSecret) -> Self {
        Self { webhook_endpoint: made.endpoint.into(), secret: made.secret }
    }
}

#[derive(Default)]
pub struct WebhookEndpointQuery;

#[Object]
impl WebhookEndpointQuery {
    /// Webhook endpoints, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn webhook_endpoints(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<WebhookEndpoint>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One webhook endpoint.
    async fn webhook_endpoint(&self, ctx: &Context<'_>, id: Id) -> Result<WebhookEndpoint> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct WebhookEndpointMutation;

#[Object]
impl WebhookEndpointMutation {
    /// Make a webhook endpoint. The secret in the answer is shown this once.
    async fn create_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        input: NewWebhookEndpoint,
    ) -> Result<WebhookEndpointWithSecret> {
        Ok(endpoints::create(ctx.me()?, input).await?.into())
    }

    /// Change a webhook endpoint: what is left out stays, null clears.
    async fn update_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: WebhookEndpointPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<WebhookEndpoint> {
        let expected = Expected::of(if_version, base_version);
        Ok(endpoints::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete a webhook endpoint. It can be restored.
    async fn delete_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<WebhookEndpoint> {
        Ok(endpoints::delete(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted webhook endpoint back.
    async fn restore_webhook_endpoint(&self, ctx: &Context<'_>, id: Id) -> Result<WebhookEndpoint> {
        Ok(endpoints::restore(ctx.me()?, id).await?.into())
    }

    /// Give a webhook endpoint a new secret, which is shown this once. The one before signs along for a while.
    async fn rotate_webhook_endpoint_secret(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: Option<RotateWebhookEndpointSecret>,
    ) -> Result<WebhookEndpointWithSecret> {
        Ok(endpoints::rotate_secret(ctx.me()?, id, input.unwrap_or_default()).await?.into())
    }
}
