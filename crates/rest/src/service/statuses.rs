use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    records,
    service::statuses::{self, NewServiceStatus, ReplaceServiceStatus, ServiceStatusPatch},
};
use rapport_entity::service::service_status::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<ServiceStatusPatch>` for the schema of a `ServiceStatusPatch`.)
type Change = Based<ServiceStatusPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_service_statuses)
        .service(search_service_statuses)
        .service(create_service_status)
        .service(get_service_status)
        .service(update_service_status)
        .service(delete_service_status)
        .service(restore_service_status)
        .service(replace_service_status);
}

/// Service statuses, newest first.
#[utoipa::path(tag = "service statuses", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/service-statuses")]
async fn list_service_statuses(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Service statuses, as a list, with the parameters in the body.
#[utoipa::path(tag = "service statuses", responses((status = 200, body = List<Model>), Problem))]
#[post("/service-statuses/search")]
async fn search_service_statuses(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a service status.
#[utoipa::path(tag = "service statuses", responses((status = 201, body = Model), Problem))]
#[post("/service-statuses")]
async fn create_service_status(me: Caller, new: Json<NewServiceStatus>) -> Reply<Created<Model>> {
    Ok(Created { record: statuses::create(&me, new.0).await?, at: "service-statuses" })
}

/// One service status.
#[utoipa::path(tag = "service statuses", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/service-statuses/{id}")]
async fn get_service_status(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a service status: what is left out stays, null clears.
#[utoipa::path(tag = "service statuses", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/service-statuses/{id}")]
async fn update_service_status(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(statuses::update(&me, *id, expected, patch.0.patch).await?))
}

/// Delete a service status. It can be restored.
#[utoipa::path(tag = "service statuses", params(Id), responses((status = 204), Problem))]
#[delete("/service-statuses/{id}")]
async fn delete_service_status(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    statuses::delete(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted service status back.
#[utoipa::path(tag = "service statuses", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/service-statuses/{id}/restore")]
async fn restore_service_status(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(statuses::restore(&me, *id).await?))
}

/// Delete a service status after the requests that have it came into another, whatever its `next` says.
#[utoipa::path(tag = "service statuses", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/service-statuses/{id}/replace")]
async fn replace_service_status(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    by: Json<ReplaceServiceStatus>,
) -> Reply<Record<Model>> {
    Ok(Record(statuses::replace(&me, *id, expected.0, by.0).await?))
}
