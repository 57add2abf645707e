use actix_web::{
    delete, get, patch, post,
    web::{self, Path},
};
use rapport_domain::{
    lifecycle::figures::{self, LossFigures},
    lifecycle::reasons::{self, LossReasonPatch, NewLossReason},
    records,
};
use rapport_entity::lifecycle::loss_reason::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<LossReasonPatch>` for the schema of a `LossReasonPatch`.)
type Change = Based<LossReasonPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_loss_reasons)
        .service(search_loss_reasons)
        .service(create_loss_reason)
        .service(get_loss_reason)
        .service(update_loss_reason)
        .service(delete_loss_reason)
        .service(restore_loss_reason)
        .service(get_loss_reason_figures);
}

/// Reasons for losses, newest first.
#[utoipa::path(tag = "losses", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/loss-reasons")]
async fn list_loss_reasons(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Reasons for losses, as a list, with the parameters in the body.
#[utoipa::path(tag = "losses", responses((status = 200, body = List<Model>), Problem))]
#[post("/loss-reasons/search")]
async fn search_loss_reasons(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a reason for losses.
#[utoipa::path(tag = "losses", responses((status = 201, body = Model), Problem))]
#[post("/loss-reasons")]
async fn create_loss_reason(me: Caller, new: Json<NewLossReason>) -> Reply<Created<Model>> {
    Ok(Created { record: reasons::create(&me, new.0).await?, at: "loss-reasons" })
}

/// One reason for losses.
#[utoipa::path(tag = "losses", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/loss-reasons/{id}")]
async fn get_loss_reason(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a reason for losses: what is left out stays, null clears.
#[utoipa::path(tag = "losses", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/loss-reasons/{id}")]
async fn update_loss_reason(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(reasons::update(&me, *id, expected, patch.0.patch).await?))
}

/// Delete a reason for losses. It can be restored.
#[utoipa::path(tag = "losses", params(Id), responses((status = 204), Problem))]
#[delete("/loss-reasons/{id}")]
async fn delete_loss_reason(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted reason for losses back.
#[utoipa::path(tag = "losses", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/loss-reasons/{id}/restore")]
async fn restore_loss_reason(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?))
}

/// How many customers were lost for a reason, and how many of them came back.
#[utoipa::path(tag = "losses", params(Id), responses((status = 200, body = LossFigures), Problem))]
#[get("/loss-reasons/{id}/figures")]
async fn get_loss_reason_figures(me: Caller, id: Path<Id>) -> Reply<web::Json<LossFigures>> {
    Ok(web::Json(figures::of_reason(&me, *id).await?))
}
