use actix_web::{get, patch, post, web::Path};
use rapport_domain::{
    lifecycle::winbacks::{self, NewWinback, WinbackPatch, WinbackResult},
    records,
};
use rapport_entity::lifecycle::winback::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes, SearchRequest,
    reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<WinbackPatch>` for the schema of a `WinbackPatch`.)
type Change = Based<WinbackPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_winbacks)
        .service(search_winbacks)
        .service(create_winback)
        .service(get_winback)
        .service(update_winback)
        .service(win_winback)
        .service(fail_winback);
}

/// Attempts to win lost customers back, newest first.
#[utoipa::path(tag = "losses", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/winbacks")]
async fn list_winbacks(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Attempts to win lost customers back, as a list, with the parameters in the body.
#[utoipa::path(tag = "losses", responses((status = 200, body = List<Model>), Problem))]
#[post("/winbacks/search")]
async fn search_winbacks(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Begin an attempt to win a lost customer back.
#[utoipa::path(tag = "losses", responses((status = 201, body = Model), Problem))]
#[post("/winbacks")]
async fn create_winback(me: Caller, new: Json<NewWinback>) -> Reply<Created<Model>> {
    Ok(Created { record: winbacks::create(&me, new.0).await?, at: "winbacks" })
}

/// One attempt to win a lost customer back.
#[utoipa::path(tag = "losses", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/winbacks/{id}")]
async fn get_winback(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change an attempt to win a lost customer back: what is left out stays, null clears.
#[utoipa::path(tag = "losses", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/winbacks/{id}")]
async fn update_winback(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(winbacks::update(&me, *id, expected, patch.0.patch).await?))
}

/// The customer is back: they move to the stage of those won back, and the loss is made good.
#[utoipa::path(tag = "losses", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/winbacks/{id}/win")]
async fn win_winback(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    how: Json<WinbackResult>,
) -> Reply<Record<Model>> {
    Ok(Record(winbacks::win(&me, *id, expected.0, how.0).await?))
}

/// The customer stays away: the attempt is given up.
#[utoipa::path(tag = "losses", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/winbacks/{id}/fail")]
async fn fail_winback(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    how: Json<WinbackResult>,
) -> Reply<Record<Model>> {
    Ok(Record(winbacks::fail(&me, *id, expected.0, how.0).await?))
}
