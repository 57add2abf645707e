use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    records,
    sales::leads::assignment::{self, LeadAssignmentRulePatch, NewLeadAssignmentRule},
};
use rapport_entity::sales::lead_assignment_rule::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<LeadAssignmentRulePatch>` for the schema of a `LeadAssignmentRulePatch`.)
type Change = Based<LeadAssignmentRulePatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_lead_assignment_rules)
        .service(search_lead_assignment_rules)
        .service(create_lead_assignment_rule)
        .service(get_lead_assignment_rule)
        .service(update_lead_assignment_rule)
        .service(delete_lead_assignment_rule)
        .service(restore_lead_assignment_rule);
}

/// Assignment rules, newest first.
#[utoipa::path(tag = "leads", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/lead-assignment-rules")]
async fn list_lead_assignment_rules(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Assignment rules, as a list, with the parameters in the body.
#[utoipa::path(tag = "leads", responses((status = 200, body = List<Model>), Problem))]
#[post("/lead-assignment-rules/search")]
async fn search_lead_assignment_rules(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make an assignment rule.
#[utoipa::path(tag = "leads", responses((status = 201, body = Model), Problem))]
#[post("/lead-assignment-rules")]
async fn create_lead_assignment_rule(
    me: Caller,
    new: Json<NewLeadAssignmentRule>,
) -> Reply<Created<Model>> {
    Ok(Created { record: assignment::create(&me, new.0).await?, at: "lead-assignment-rules" })
}

/// One assignment rule.
#[utoipa::path(tag = "leads", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/lead-assignment-rules/{id}")]
async fn get_lead_assignment_rule(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change an assignment rule: what is left out stays, null clears.
#[utoipa::path(tag = "leads", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/lead-assignment-rules/{id}")]
async fn update_lead_assignment_rule(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(assignment::update(&me, *id, expected, patch.0.patch).await?))
}

/// Delete an assignment rule. It can be restored.
#[utoipa::path(tag = "leads", params(Id), responses((status = 204), Problem))]
#[delete("/lead-assignment-rules/{id}")]
async fn delete_lead_assignment_rule(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted assignment rule back.
#[utoipa::path(tag = "leads", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/lead-assignment-rules/{id}/restore")]
async fn restore_lead_assignment_rule(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(assignment::restore(&me, *id).await?))
}
