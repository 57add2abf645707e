use actix_web::{delete, get, http::StatusCode, patch, post, web::Path};
use rapport_domain::{
    integration::webhooks::endpoints::{
        self, NewWebhookEndpoint, RotateWebhookEndpointSecret, WebhookEndpointPatch,
        WebhookEndpointWithSecret,
    },
    records,
};
use rapport_entity::integration::webhook_endpoint::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, Secret,
    reply::{CreatedSecret, List},
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<WebhookEndpointPatch>` for the schema of a `WebhookEndpointPatch`.)
type Change = Based<WebhookEndpointPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_webhook_endpoints)
        .service(search_webhook_endpoints)
        .service(create_webhook_endpoint)
        .service(get_webhook_endpoint)
        .service(update_webhook_endpoint)
        .service(delete_webhook_endpoint)
        .service(restore_webhook_endpoint)
        .service(rotate_webhook_endpoint_secret);
}

/// Webhook endpoints, newest first.
#[utoipa::path(tag = "webhook endpoints", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/webhook-endpoints")]
async fn list_webhook_endpoints(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Webhook endpoints, as a list, with the parameters in the body.
#[utoipa::path(tag = "webhook endpoints", responses((status = 200, body = List<Model>), Problem))]
#[post("/webhook-endpoints/search")]
async fn search_webhook_endpoints(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a webhook endpoint. The secret in the answer is shown this once.
#[utoipa::path(tag = "webhook endpoints", responses((status = 201, body = WebhookEndpointWithSecret), Problem))]
#[post("/webhook-endpoints")]
async fn create_webhook_endpoint(
    me: Caller,
    new: Json<NewWebhookEndpoint>,
) -> Reply<CreatedSecret<WebhookEndpointWithSecret>> {
    let record = endpoints::create(&me, new.0).await?;
    Ok(CreatedSecret(Created { record, at: "webhook-endpoints" }))
}

/// One webhook endpoint.
#[utoipa::path(tag = "webhook endpoints", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/webhook-endpoints/{id}")]
async fn get_webhook_endpoint(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a webhook endpoint: what is left out stays, null clears.
#[utoipa::path(tag = "webhook endpoints", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/webhook-endpoints/{id}")]
async fn update_webhook_endpoint(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    change: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = change.0.expected(expected.0);
    Ok(Record(endpoints::update(&me, *id, expected, change.0.patch).await?))
}

/// Delete a webhook endpoint. It can be restored.
#[utoipa::path(tag = "webhook endpoints", params(Id), responses((status = 204), Problem))]
#[delete("/webhook-endpoints/{id}")]
async fn delete_webhook_endpoint(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    endpoints::delete(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted webhook endpoint back.
#[utoipa::path(tag = "webhook endpoints", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/webhook-endpoints/{id}/restore")]
async fn restore_webhook_endpoint(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(endpoints::restore(&me, *id).await?))
}

/// Give a webhook endpoint a new secret, which is shown this once. The one before signs along for a while.
#[utoipa::path(tag = "webhook endpoints", params(Id), responses((status = 200, body = WebhookEndpointWithSecret), Problem))]
#[post("/webhook-endpoints/{id}/rotate-secret")]
async fn rotate_webhook_endpoint_secret(
    me: Caller,
    id: Path<Id>,
    rotate: Json<RotateWebhookEndpointSecret>,
) -> Reply<Secret<WebhookEndpointWithSecret>> {
    Ok(Secret(StatusCode::OK, endpoints::rotate_secret(&me, *id, rotate.0).await?))
}
