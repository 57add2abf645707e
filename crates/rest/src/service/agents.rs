use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    records,
    service::agents::{self, NewServiceAgent, ServiceAgentPatch, SetServiceAgentAvailability},
};
use rapport_entity::service::service_agent::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<ServiceAgentPatch>` for the schema of a `ServiceAgentPatch`.)
type Change = Based<ServiceAgentPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_service_agents)
        .service(search_service_agents)
        .service(create_service_agent)
        .service(get_service_agent)
        .service(update_service_agent)
        .service(delete_service_agent)
        .service(restore_service_agent)
        .service(set_service_agent_availability);
}

/// Agents' profiles, newest first.
#[utoipa::path(tag = "service agents", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/service-agents")]
async fn list_service_agents(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Agents' profiles, as a list, with the parameters in the body.
#[utoipa::path(tag = "service agents", responses((status = 200, body = List<Model>), Problem))]
#[post("/service-agents/search")]
async fn search_service_agents(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make an agent's profile: what waits for somebody like them is theirs soon.
#[utoipa::path(tag = "service agents", responses((status = 201, body = Model), Problem))]
#[post("/service-agents")]
async fn create_service_agent(me: Caller, new: Json<NewServiceAgent>) -> Reply<Created<Model>> {
    Ok(Created { record: agents::create(&me, new.0).await?, at: "service-agents" })
}

/// One agent's profile.
#[utoipa::path(tag = "service agents", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/service-agents/{id}")]
async fn get_service_agent(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change an agent's profile: what is left out stays, null clears. What they have stays theirs.
#[utoipa::path(tag = "service agents", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/service-agents/{id}")]
async fn update_service_agent(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(agents::update(&me, *id, expected, patch.0.patch).await?))
}

/// Delete an agent's profile: they are given requests no more. It can be restored.
#[utoipa::path(tag = "service agents", params(Id), responses((status = 204), Problem))]
#[delete("/service-agents/{id}")]
async fn delete_service_agent(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted profile back.
#[utoipa::path(tag = "service agents", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/service-agents/{id}/restore")]
async fn restore_service_agent(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(agents::restore(&me, *id).await?))
}

/// Say whether an agent is there for more requests: oneself, or with leave to change the profile.
#[utoipa::path(tag = "service agents", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/service-agents/{id}/availability")]
async fn set_service_agent_availability(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    to: Json<SetServiceAgentAvailability>,
) -> Reply<Record<Model>> {
    Ok(Record(agents::set_availability(&me, *id, expected.0, to.0).await?))
}
