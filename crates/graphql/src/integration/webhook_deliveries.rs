use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::integration::webhooks::deliveries::{
    self, DeliveryRequest, DeliveryWithAttempts, ReplayWebhookEndpoint, WebhookReplay,
};
use rapport_entity::{
    integration::{
        webhook_delivery::{self, Attempt},
        webhook_endpoint::Id,
    },
    rule::Rule,
};

use crate::{
    connection::{Args, Connected, by_argument, connect},
    rows::ContextExt,
};

/// An event on its way to an endpoint.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct WebhookDelivery {
    #[graphql(flatten)]
    row: webhook_delivery::WebhookDelivery,
}

impl From<webhook_delivery::WebhookDelivery> for WebhookDelivery {
    fn from(row: webhook_delivery::WebhookDelivery) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl WebhookDelivery {
    /// What is posted; null where one may not read the record it is about, or the event has left the log.
    async fn request(&self, ctx: &Context<'_>) -> Result<Option<DeliveryRequest>> {
        Ok(self.whole(ctx).await?.request)
    }

    /// The attempts, oldest first: the last thirty.
    async fn attempts(&self, ctx: &Context<'_>) -> Result<Vec<Attempt>> {
        Ok(self.whole(ctx).await?.attempts)
    }
}

impl WebhookDelivery {
    async fn whole(&self, ctx: &Context<'_>) -> Result<DeliveryWithAttempts> {
        Ok(deliveries::get(ctx.me()?, self.row.endpoint_id, self.row.id).await?)
    }
}

#[derive(Default)]
pub struct WebhookDeliveryQuery;

#[Object]
impl WebhookDeliveryQuery {
    /// What was, is and will be sent to an endpoint, newest first. Dead letters have the status `DEAD`.
    async fn webhook_deliveries(
        &self,
        ctx: &Context<'_>,
        id: Id,
        filter: Option<Rule>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
    ) -> Result<Connected<WebhookDelivery>> {
        let listing = Args { filter, sort, first, after, ..Args::default() }.listing(ctx)?;
        let page = deliveries::list(ctx.me()?, id, &listing).await.map_err(by_argument)?;
        Ok(connect(page, listing.cursor.is_some()))
    }

    /// One delivery, with what was sent, and the answer and the duration of each attempt.
    async fn webhook_delivery(
        &self,
        ctx: &Context<'_>,
        id: Id,
        delivery_id: webhook_delivery::Id,
    ) -> Result<WebhookDelivery> {
        Ok(deliveries::get(ctx.me()?, id, delivery_id).await?.delivery.into())
    }
}

#[derive(Default)]
pub struct WebhookDeliveryMutation;

#[Object]
impl WebhookDeliveryMutation {
    /// Send an event again, whatever became of it, under the same id.
    async fn replay_webhook_delivery(
        &self,
        ctx: &Context<'_>,
        id: Id,
        delivery_id: webhook_delivery::Id,
    ) -> Result<WebhookDelivery> {
        Ok(deliveries::replay(ctx.me()?, id, delivery_id).await?.into())
    }

    /// Send the events of a stretch of time again, at most 10,000.
    async fn replay_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: ReplayWebhookEndpoint,
    ) -> Result<WebhookReplay> {
        Ok(deliveries::replay_since(ctx.me()?, id, input).await?)
    }

    /// Send a test event, once. The delivery tells what became of it.
    async fn ping_webhook_endpoint(&self, ctx: &Context<'_>, id: Id) -> Result<WebhookDelivery> {
        Ok(deliveries::ping(ctx.me()?, id).await?.into())
    }
}
