use actix_web::{
    HttpRequest, HttpResponse, get, post,
    web::{self, Path},
};
use futures_util::StreamExt;
use rapport_domain::{
    integration::jobs,
    ownership::transfers::{self, NewOwnershipTransfer, OwnershipTransferPreview},
    records,
};
use rapport_entity::ownership::ownership_transfer::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem, sse};

use crate::{
    Created, Json, ListQuery, Listed, Record, Reply, Routes, SearchRequest,
    integration::imports::message, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_ownership_transfers)
        .service(search_ownership_transfers)
        .service(preview_ownership_transfer)
        .service(create_ownership_transfer)
        .service(get_ownership_transfer)
        .service(cancel_ownership_transfer)
        .service(follow_ownership_transfer);
}

/// Transfers, newest first.
#[utoipa::path(tag = "ownership", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/ownership-transfers")]
async fn list_ownership_transfers(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Transfers, as a list, with the parameters in the body.
#[utoipa::path(tag = "ownership", responses((status = 200, body = List<Model>), Problem))]
#[post("/ownership-transfers/search")]
async fn search_ownership_transfers(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// What a transfer would move, as things are now. Nothing is moved.
#[utoipa::path(
    tag = "ownership",
    responses((status = 200, body = OwnershipTransferPreview), Problem)
)]
#[post("/ownership-transfers/preview")]
async fn preview_ownership_transfer(
    me: Caller,
    of: Json<NewOwnershipTransfer>,
) -> Reply<web::Json<OwnershipTransferPreview>> {
    Ok(web::Json(transfers::preview(&me, of.0).await?))
}

/// Transfer what one user has to another, or to the pool, with the work that is open.
#[utoipa::path(tag = "ownership", responses((status = 201, body = Model), Problem))]
#[post("/ownership-transfers")]
async fn create_ownership_transfer(
    me: Caller,
    new: Json<NewOwnershipTransfer>,
) -> Reply<Created<Model>> {
    Ok(Created { record: transfers::create(&me, new.0).await?, at: "ownership-transfers" })
}

/// One transfer, as far as it has come.
#[utoipa::path(tag = "ownership", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/ownership-transfers/{id}")]
async fn get_ownership_transfer(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Call a transfer off. What was transferred stays so.
#[utoipa::path(tag = "ownership", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/ownership-transfers/{id}/cancel")]
async fn cancel_ownership_transfer(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(transfers::cancel(&me, *id).await?))
}

/// How far a transfer has come, as it goes on: the transfer, each time that it has changed, until it is over.
#[utoipa::path(
    tag = "ownership",
    params(Id),
    responses((status = 200, body = String, content_type = "text/event-stream"), Problem)
)]
#[get("/ownership-transfers/{id}/progress")]
async fn follow_ownership_transfer(
    me: Caller,
    id: Path<Id>,
    req: HttpRequest,
) -> Reply<HttpResponse> {
    let is_over = |row: &Model| row.state.is_over();
    let progress = jobs::follow::<Entity>(me.clone(), *id, is_over).await?;
    Ok(sse::answer(&req, progress.map(|row| message(&row?))))
}
