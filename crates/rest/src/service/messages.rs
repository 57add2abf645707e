use actix_web::{get, post, web::Path};
use rapport_domain::{
    records,
    service::requests::messages::{self, NewRequestMessage},
};
use rapport_entity::service::{
    request_message::{Entity, Id, Model},
    service_request,
};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{Created, Json, ListQuery, Listed, Record, Reply, Routes, reply::List};

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_request_messages).service(create_request_message).service(get_request_message);
}

/// What was written about a service request, the latest first.
#[utoipa::path(
    tag = "service requests",
    params(service_request::Id, ListQuery<Entity>),
    responses((status = 200, body = List<Model>), Problem)
)]
#[get("/service-requests/{id}/messages")]
async fn list_request_messages(
    me: Caller,
    id: Path<service_request::Id>,
    query: ListQuery<Entity>,
) -> Reply<Listed<Model>> {
    Ok(Listed(messages::list(&me, *id, &query.listing()?).await?))
}

/// Write about a service request: as the customer, to the customer, or among ourselves. What the customer writes brings a request that waits back to us and reopens one that is resolved; after one that is closed another begins.
#[utoipa::path(tag = "service requests", params(service_request::Id), responses((status = 201, body = Model), Problem))]
#[post("/service-requests/{id}/messages")]
async fn create_request_message(
    me: Caller,
    id: Path<service_request::Id>,
    new: Json<NewRequestMessage>,
) -> Reply<Created<Model>> {
    Ok(Created { record: messages::create(&me, *id, new.0).await?, at: "request-messages" })
}

/// One message.
#[utoipa::path(tag = "service requests", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/request-messages/{id}")]
async fn get_request_message(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}
