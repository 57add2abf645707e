use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    records,
    service::complaints::promises::{self, CheckPromise, NewPromise, PromisePatch},
};
use rapport_entity::service::promise::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<PromisePatch>` for the schema of a `PromisePatch`.)
type Change = Based<PromisePatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_promises)
        .service(search_promises)
        .service(create_promise)
        .service(get_promise)
        .service(update_promise)
        .service(delete_promise)
        .service(restore_promise)
        .service(keep_promise)
        .service(break_promise)
        .service(withdraw_promise);
}

/// Promises, newest first.
#[utoipa::path(tag = "promises", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/promises")]
async fn list_promises(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Promises, as a list, with the parameters in the body.
#[utoipa::path(tag = "promises", responses((status = 200, body = List<Model>), Problem))]
#[post("/promises/search")]
async fn search_promises(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Write down what a customer was promised in a service request, and by when.
#[utoipa::path(tag = "promises", responses((status = 201, body = Model), Problem))]
#[post("/promises")]
async fn create_promise(me: Caller, new: Json<NewPromise>) -> Reply<Created<Model>> {
    Ok(Created { record: promises::create(&me, new.0).await?, at: "promises" })
}

/// One promise.
#[utoipa::path(tag = "promises", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/promises/{id}")]
async fn get_promise(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change what was promised, while nobody has said whether it was kept: what is left out stays, null clears.
#[utoipa::path(tag = "promises", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/promises/{id}")]
async fn update_promise(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(promises::update(&me, *id, expected, patch.0.patch).await?))
}

/// Delete a promise. It can be restored.
#[utoipa::path(tag = "promises", params(Id), responses((status = 204), Problem))]
#[delete("/promises/{id}")]
async fn delete_promise(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    promises::delete(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted promise back.
#[utoipa::path(tag = "promises", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/promises/{id}/restore")]
async fn restore_promise(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(promises::restore(&me, *id).await?))
}

/// Say that a promise was kept.
#[utoipa::path(tag = "promises", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/promises/{id}/keep")]
async fn keep_promise(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    how: Json<CheckPromise>,
) -> Reply<Record<Model>> {
    Ok(Record(promises::keep(&me, *id, expected.0, how.0).await?))
}

/// Say that a promise was broken.
#[utoipa::path(tag = "promises", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/promises/{id}/break")]
async fn break_promise(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    how: Json<CheckPromise>,
) -> Reply<Record<Model>> {
    Ok(Record(promises::break_it(&me, *id, expected.0, how.0).await?))
}

/// Say that the customer no longer wants what they were promised.
#[utoipa::path(tag = "promises", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/promises/{id}/withdraw")]
async fn withdraw_promise(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    how: Json<CheckPromise>,
) -> Reply<Record<Model>> {
    Ok(Record(promises::withdraw(&me, *id, expected.0, how.0).await?))
}
