use actix_web::{get, post, web::Path};
use rapport_domain::{
    approvals::{
        decisions::{self, ApproveApproval, DelegateApproval, RejectApproval},
        requests::{self, NewApproval},
    },
    records,
};
use rapport_entity::approvals::approval::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Created, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes, SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_approvals)
        .service(search_approvals)
        .service(create_approval)
        .service(get_approval)
        .service(approve_approval)
        .service(reject_approval)
        .service(delegate_approval)
        .service(withdraw_approval);
}

/// Approvals, newest first.
#[utoipa::path(tag = "approvals", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/approvals")]
async fn list_approvals(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Approvals, as a list, with the parameters in the body.
#[utoipa::path(tag = "approvals", responses((status = 200, body = List<Model>), Problem))]
#[post("/approvals/search")]
async fn search_approvals(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Ask for the approval that a record needs by the approval rules that hold of it.
#[utoipa::path(tag = "approvals", responses((status = 201, body = Model), Problem))]
#[post("/approvals")]
async fn create_approval(me: Caller, new: Json<NewApproval>) -> Reply<Created<Model>> {
    Ok(Created { record: requests::request(&me, new.0).await?, at: "approvals" })
}

/// One approval.
#[utoipa::path(tag = "approvals", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/approvals/{id}")]
async fn get_approval(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Agree to the step whose turn it is, which is the caller's to decide. After the last step all is approved.
#[utoipa::path(tag = "approvals", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/approvals/{id}/approve")]
async fn approve_approval(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    how: Json<ApproveApproval>,
) -> Reply<Record<Model>> {
    Ok(Record(decisions::approve(&me, *id, expected.0, how.0).await?))
}

/// Do not agree to the step whose turn it is, which is the caller's to decide: all is rejected.
#[utoipa::path(tag = "approvals", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/approvals/{id}/reject")]
async fn reject_approval(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    how: Json<RejectApproval>,
) -> Reply<Record<Model>> {
    Ok(Record(decisions::reject(&me, *id, expected.0, how.0).await?))
}

/// Let somebody else decide on the step whose turn it is.
#[utoipa::path(tag = "approvals", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/approvals/{id}/delegate")]
async fn delegate_approval(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    how: Json<DelegateApproval>,
) -> Reply<Record<Model>> {
    Ok(Record(decisions::delegate(&me, *id, expected.0, how.0).await?))
}

/// Take back what one has asked for. What is withdrawn already stays so.
#[utoipa::path(tag = "approvals", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/approvals/{id}/withdraw")]
async fn withdraw_approval(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Record<Model>> {
    Ok(Record(requests::withdraw(&me, *id, expected.0).await?))
}
