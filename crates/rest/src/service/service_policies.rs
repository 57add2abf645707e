use actix_web::{
    delete, get, patch, post,
    web::{self, Path},
};
use rapport_domain::{
    records,
    service::clocks::{
        policies::{self, NewServicePolicy, ServicePolicyPatch},
        simulation::{self, ServicePolicySimulation, SimulateServicePolicy},
    },
};
use rapport_entity::service::service_policy::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<ServicePolicyPatch>` for the schema of a `ServicePolicyPatch`.)
type Change = Based<ServicePolicyPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_service_policies)
        .service(search_service_policies)
        .service(create_service_policy)
        .service(get_service_policy)
        .service(update_service_policy)
        .service(delete_service_policy)
        .service(restore_service_policy)
        .service(simulate_service_policy);
}

/// Service policies, newest first.
#[utoipa::path(tag = "service policies", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/service-policies")]
async fn list_service_policies(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Service policies, as a list, with the parameters in the body.
#[utoipa::path(tag = "service policies", responses((status = 200, body = List<Model>), Problem))]
#[post("/service-policies/search")]
async fn search_service_policies(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a service policy.
#[utoipa::path(tag = "service policies", responses((status = 201, body = Model), Problem))]
#[post("/service-policies")]
async fn create_service_policy(me: Caller, new: Json<NewServicePolicy>) -> Reply<Created<Model>> {
    Ok(Created { record: policies::create(&me, new.0).await?, at: "service-policies" })
}

/// One service policy.
#[utoipa::path(tag = "service policies", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/service-policies/{id}")]
async fn get_service_policy(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a service policy: what is left out stays, null clears.
#[utoipa::path(tag = "service policies", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/service-policies/{id}")]
async fn update_service_policy(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(policies::update(&me, *id, expected, patch.0.patch).await?))
}

/// Delete a service policy. It can be restored.
#[utoipa::path(tag = "service policies", params(Id), responses((status = 204), Problem))]
#[delete("/service-policies/{id}")]
async fn delete_service_policy(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    policies::delete(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted service policy back.
#[utoipa::path(tag = "service policies", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/service-policies/{id}/restore")]
async fn restore_service_policy(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(policies::restore(&me, *id).await?))
}

/// What a policy would have made of the service requests that there are, by all that has happened to them: how many clocks it would have
/// met and breached, beside what was decided. Nothing is changed.
#[utoipa::path(tag = "service policies", responses((status = 200, body = ServicePolicySimulation), Problem))]
#[post("/service-policies/simulate")]
async fn simulate_service_policy(
    me: Caller,
    asked: Json<SimulateServicePolicy>,
) -> Reply<web::Json<ServicePolicySimulation>> {
    Ok(web::Json(simulation::simulate(&me, asked.0).await?))
}
