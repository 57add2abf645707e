use actix_web::{
    get, post,
    web::{self, Path},
};
use rapport_domain::integration::webhooks::deliveries::{
    self, DeliveryWithAttempts, ReplayWebhookEndpoint, WebhookReplay,
};
use rapport_entity::integration::{
    webhook_delivery::{self, Entity, WebhookDelivery},
    webhook_endpoint::Id,
};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{Json, ListQuery, Listed, Record, Reply, Routes, reply::List};

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_webhook_deliveries)
        .service(get_webhook_delivery)
        .service(replay_webhook_delivery)
        .service(replay_webhook_endpoint)
        .service(ping_webhook_endpoint);
}

/// What was, is and will be sent to an endpoint, newest first. Dead letters have the status `dead`.
#[utoipa::path(
    tag = "webhook endpoints",
    params(Id, ListQuery<Entity>),
    responses((status = 200, body = List<WebhookDelivery>), Problem)
)]
#[get("/webhook-endpoints/{id}/deliveries")]
async fn list_webhook_deliveries(
    me: Caller,
    id: Path<Id>,
    query: ListQuery<Entity>,
) -> Reply<Listed<WebhookDelivery>> {
    Ok(Listed(deliveries::list(&me, *id, &query.listing()?).await?))
}

/// One delivery, with what was sent, and the answer and the duration of each attempt.
#[utoipa::path(
    tag = "webhook endpoints",
    params(("id" = String, Path, format = Uuid), ("deliveryId" = String, Path, format = Uuid)),
    responses((status = 200, body = DeliveryWithAttempts), Problem)
)]
#[get("/webhook-endpoints/{id}/deliveries/{deliveryId}")]
async fn get_webhook_delivery(
    me: Caller,
    ids: Path<(Id, webhook_delivery::Id)>,
) -> Reply<Record<DeliveryWithAttempts>> {
    Ok(Record(deliveries::get(&me, ids.0, ids.1).await?))
}

/// Send an event again, whatever became of it, under the same id.
#[utoipa::path(
    tag = "webhook endpoints",
    params(("id" = String, Path, format = Uuid), ("deliveryId" = String, Path, format = Uuid)),
    responses((status = 200, body = WebhookDelivery), Problem)
)]
#[post("/webhook-endpoints/{id}/deliveries/{deliveryId}/replay")]
async fn replay_webhook_delivery(
    me: Caller,
    ids: Path<(Id, webhook_delivery::Id)>,
) -> Reply<Record<WebhookDelivery>> {
    Ok(Record(deliveries::replay(&me, ids.0, ids.1).await?))
}

/// Send the events of a stretch of time again, at most 10,000.
#[utoipa::path(tag = "webhook endpoints", params(Id), responses((status = 200, body = WebhookReplay), Problem))]
#[post("/webhook-endpoints/{id}/replay")]
async fn replay_webhook_endpoint(
    me: Caller,
    id: Path<Id>,
    range: Json<ReplayWebhookEndpoint>,
) -> Reply<web::Json<WebhookReplay>> {
    Ok(web::Json(deliveries::replay_since(&me, *id, range.0).await?))
}

/// Send a test event, once. The delivery tells what became of it.
#[utoipa::path(tag = "webhook endpoints", params(Id), responses((status = 200, body = WebhookDelivery), Problem))]
#[post("/webhook-endpoints/{id}/ping")]
async fn ping_webhook_endpoint(me: Caller, id: Path<Id>) -> Reply<Record<WebhookDelivery>> {
    Ok(Record(deliveries::ping(&me, *id).await?))
}
