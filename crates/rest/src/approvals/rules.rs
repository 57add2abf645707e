use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    approvals::rules::{self, ApprovalRulePatch, NewApprovalRule},
    records,
};
use rapport_entity::approvals::approval_rule::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<ApprovalRulePatch>` for the schema of a `ApprovalRulePatch`.)
type Change = Based<ApprovalRulePatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_approval_rules)
        .service(search_approval_rules)
        .service(create_approval_rule)
        .service(get_approval_rule)
        .service(update_approval_rule)
        .service(delete_approval_rule)
        .service(restore_approval_rule);
}

/// Approval rules, newest first.
#[utoipa::path(tag = "approvals", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/approval-rules")]
async fn list_approval_rules(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Approval rules, as a list, with the parameters in the body.
#[utoipa::path(tag = "approvals", responses((status = 200, body = List<Model>), Problem))]
#[post("/approval-rules/search")]
async fn search_approval_rules(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make an approval rule.
#[utoipa::path(tag = "approvals", responses((status = 201, body = Model), Problem))]
#[post("/approval-rules")]
async fn create_approval_rule(me: Caller, new: Json<NewApprovalRule>) -> Reply<Created<Model>> {
    Ok(Created { record: rules::create(&me, new.0).await?, at: "approval-rules" })
}

/// One approval rule.
#[utoipa::path(tag = "approvals", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/approval-rules/{id}")]
async fn get_approval_rule(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change an approval rule: what is left out stays, null clears.
#[utoipa::path(tag = "approvals", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/approval-rules/{id}")]
async fn update_approval_rule(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(rules::update(&me, *id, expected, patch.0.patch).await?))
}

/// Delete an approval rule. It can be restored.
#[utoipa::path(tag = "approvals", params(Id), responses((status = 204), Problem))]
#[delete("/approval-rules/{id}")]
async fn delete_approval_rule(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted approval rule back.
#[utoipa::path(tag = "approvals", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/approval-rules/{id}/restore")]
async fn restore_approval_rule(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?))
}
