use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    records,
    sales::close_reasons::{self, CloseReasonPatch, NewCloseReason},
};
use rapport_entity::sales::close_reason::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<CloseReasonPatch>` for the schema of a `CloseReasonPatch`.)
type Change = Based<CloseReasonPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_close_reasons)
        .service(search_close_reasons)
        .service(create_close_reason)
        .service(get_close_reason)
        .service(update_close_reason)
        .service(delete_close_reason)
        .service(restore_close_reason);
}

/// Close reasons, newest first.
#[utoipa::path(tag = "pipelines", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/close-reasons")]
async fn list_close_reasons(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Close reasons, as a list, with the parameters in the body.
#[utoipa::path(tag = "pipelines", responses((status = 200, body = List<Model>), Problem))]
#[post("/close-reasons/search")]
async fn search_close_reasons(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a close reason.
#[utoipa::path(tag = "pipelines", responses((status = 201, body = Model), Problem))]
#[post("/close-reasons")]
async fn create_close_reason(me: Caller, new: Json<NewCloseReason>) -> Reply<Created<Model>> {
    Ok(Created { record: close_reasons::create(&me, new.0).await?, at: "close-reasons" })
}

/// One close reason.
#[utoipa::path(tag = "pipelines", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/close-reasons/{id}")]
async fn get_close_reason(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a close reason: what is left out stays, null clears.
#[utoipa::path(tag = "pipelines", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/close-reasons/{id}")]
async fn update_close_reason(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(close_reasons::update(&me, *id, expected, patch.0.patch).await?))
}

/// Delete a close reason. It can be restored.
#[utoipa::path(tag = "pipelines", params(Id), responses((status = 204), Problem))]
#[delete("/close-reasons/{id}")]
async fn delete_close_reason(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted close reason back.
#[utoipa::path(tag = "pipelines", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/close-reasons/{id}/restore")]
async fn restore_close_reason(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?))
}
