use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    records,
    service::service_plans::{self, NewServicePlan, ServicePlanPatch},
};
use rapport_entity::service::service_plan::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<ServicePlanPatch>` for the schema of a `ServicePlanPatch`.)
type Change = Based<ServicePlanPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_service_plans)
        .service(search_service_plans)
        .service(create_service_plan)
        .service(get_service_plan)
        .service(update_service_plan)
        .service(delete_service_plan)
        .service(restore_service_plan);
}

/// Service plans, newest first.
#[utoipa::path(tag = "service plans", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/service-plans")]
async fn list_service_plans(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Service plans, as a list, with the parameters in the body.
#[utoipa::path(tag = "service plans", responses((status = 200, body = List<Model>), Problem))]
#[post("/service-plans/search")]
async fn search_service_plans(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a service plan: what whoever buys a product from now on is entitled to.
#[utoipa::path(tag = "service plans", responses((status = 201, body = Model), Problem))]
#[post("/service-plans")]
async fn create_service_plan(me: Caller, new: Json<NewServicePlan>) -> Reply<Created<Model>> {
    Ok(Created { record: service_plans::create(&me, new.0).await?, at: "service-plans" })
}

/// One service plan.
#[utoipa::path(tag = "service plans", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/service-plans/{id}")]
async fn get_service_plan(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a service plan: what is left out stays, null clears. What orders have given by it stays as it was given.
#[utoipa::path(tag = "service plans", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/service-plans/{id}")]
async fn update_service_plan(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(service_plans::update(&me, *id, expected, patch.0.patch).await?))
}

/// Delete a service plan. It can be restored.
#[utoipa::path(tag = "service plans", params(Id), responses((status = 204), Problem))]
#[delete("/service-plans/{id}")]
async fn delete_service_plan(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted service plan back.
#[utoipa::path(tag = "service plans", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/service-plans/{id}/restore")]
async fn restore_service_plan(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?))
}
