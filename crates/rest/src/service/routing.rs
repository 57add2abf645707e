use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    records,
    service::routing::{self, NewServiceRoutingRule, ServiceRoutingRulePatch},
};
use rapport_entity::service::service_routing_rule::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<ServiceRoutingRulePatch>` for the schema of a `ServiceRoutingRulePatch`.)
type Change = Based<ServiceRoutingRulePatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_service_routing_rules)
        .service(search_service_routing_rules)
        .service(create_service_routing_rule)
        .service(get_service_routing_rule)
        .service(update_service_routing_rule)
        .service(delete_service_routing_rule)
        .service(restore_service_routing_rule);
}

/// Routing rules, newest first.
#[utoipa::path(tag = "service routing", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/service-routing-rules")]
async fn list_service_routing_rules(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Routing rules, as a list, with the parameters in the body.
#[utoipa::path(tag = "service routing", responses((status = 200, body = List<Model>), Problem))]
#[post("/service-routing-rules/search")]
async fn search_service_routing_rules(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a routing rule: which queue requests come into, and what they need.
#[utoipa::path(tag = "service routing", responses((status = 201, body = Model), Problem))]
#[post("/service-routing-rules")]
async fn create_service_routing_rule(
    me: Caller,
    new: Json<NewServiceRoutingRule>,
) -> Reply<Created<Model>> {
    Ok(Created { record: routing::create(&me, new.0).await?, at: "service-routing-rules" })
}

/// One routing rule.
#[utoipa::path(tag = "service routing", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/service-routing-rules/{id}")]
async fn get_service_routing_rule(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a routing rule: what is left out stays, null clears. Requests that are in queues stay there.
#[utoipa::path(tag = "service routing", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/service-routing-rules/{id}")]
async fn update_service_routing_rule(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(routing::update(&me, *id, expected, patch.0.patch).await?))
}

/// Delete a routing rule. It can be restored.
#[utoipa::path(tag = "service routing", params(Id), responses((status = 204), Problem))]
#[delete("/service-routing-rules/{id}")]
async fn delete_service_routing_rule(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted routing rule back.
#[utoipa::path(tag = "service routing", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/service-routing-rules/{id}/restore")]
async fn restore_service_routing_rule(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(routing::restore(&me, *id).await?))
}
