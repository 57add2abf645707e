use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    records,
    service::escalation::rules::{self, NewServiceEscalationRule, ServiceEscalationRulePatch},
};
use rapport_entity::service::service_escalation_rule::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<ServiceEscalationRulePatch>` for the schema of a `ServiceEscalationRulePatch`.)
type Change = Based<ServiceEscalationRulePatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_service_escalation_rules)
        .service(search_service_escalation_rules)
        .service(create_service_escalation_rule)
        .service(get_service_escalation_rule)
        .service(update_service_escalation_rule)
        .service(delete_service_escalation_rule)
        .service(restore_service_escalation_rule);
}

/// Escalation rules, newest first.
#[utoipa::path(tag = "service escalation", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/service-escalation-rules")]
async fn list_service_escalation_rules(
    me: Caller,
    query: ListQuery<Entity>,
) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Escalation rules, as a list, with the parameters in the body.
#[utoipa::path(tag = "service escalation", responses((status = 200, body = List<Model>), Problem))]
#[post("/service-escalation-rules/search")]
async fn search_service_escalation_rules(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make an escalation rule: when requests are escalated, and what is done then.
#[utoipa::path(tag = "service escalation", responses((status = 201, body = Model), Problem))]
#[post("/service-escalation-rules")]
async fn create_service_escalation_rule(
    me: Caller,
    new: Json<NewServiceEscalationRule>,
) -> Reply<Created<Model>> {
    Ok(Created { record: rules::create(&me, new.0).await?, at: "service-escalation-rules" })
}

/// One escalation rule.
#[utoipa::path(tag = "service escalation", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/service-escalation-rules/{id}")]
async fn get_service_escalation_rule(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change an escalation rule: what is left out stays, null clears.
#[utoipa::path(tag = "service escalation", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/service-escalation-rules/{id}")]
async fn update_service_escalation_rule(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(rules::update(&me, *id, expected, patch.0.patch).await?))
}

/// Delete an escalation rule. It can be restored.
#[utoipa::path(tag = "service escalation", params(Id), responses((status = 204), Problem))]
#[delete("/service-escalation-rules/{id}")]
async fn delete_service_escalation_rule(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted escalation rule back.
#[utoipa::path(tag = "service escalation", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/service-escalation-rules/{id}/restore")]
async fn restore_service_escalation_rule(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(rules::restore(&me, *id).await?))
}
