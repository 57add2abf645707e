use actix_web::{
    delete, get, patch, post,
    web::{self, Path},
};
use rapport_domain::{
    lifecycle::figures::{self, WinbackFigures},
    lifecycle::programmes::{self, NewWinbackProgramme, WinbackProgrammePatch},
    records,
};
use rapport_entity::lifecycle::winback_programme::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<WinbackProgrammePatch>` for the schema of a `WinbackProgrammePatch`.)
type Change = Based<WinbackProgrammePatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_winback_programmes)
        .service(search_winback_programmes)
        .service(create_winback_programme)
        .service(get_winback_programme)
        .service(update_winback_programme)
        .service(delete_winback_programme)
        .service(restore_winback_programme)
        .service(get_winback_programme_figures);
}

/// Win-back programmes, newest first.
#[utoipa::path(tag = "losses", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/winback-programmes")]
async fn list_winback_programmes(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Win-back programmes, as a list, with the parameters in the body.
#[utoipa::path(tag = "losses", responses((status = 200, body = List<Model>), Problem))]
#[post("/winback-programmes/search")]
async fn search_winback_programmes(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a win-back programme.
#[utoipa::path(tag = "losses", responses((status = 201, body = Model), Problem))]
#[post("/winback-programmes")]
async fn create_winback_programme(
    me: Caller,
    new: Json<NewWinbackProgramme>,
) -> Reply<Created<Model>> {
    Ok(Created { record: programmes::create(&me, new.0).await?, at: "winback-programmes" })
}

/// One win-back programme.
#[utoipa::path(tag = "losses", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/winback-programmes/{id}")]
async fn get_winback_programme(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a win-back programme: what is left out stays, null clears.
#[utoipa::path(tag = "losses", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/winback-programmes/{id}")]
async fn update_winback_programme(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(programmes::update(&me, *id, expected, patch.0.patch).await?))
}

/// Delete a win-back programme. It can be restored.
#[utoipa::path(tag = "losses", params(Id), responses((status = 204), Problem))]
#[delete("/winback-programmes/{id}")]
async fn delete_winback_programme(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted win-back programme back.
#[utoipa::path(tag = "losses", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/winback-programmes/{id}/restore")]
async fn restore_winback_programme(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?))
}

/// How well a programme wins customers back.
#[utoipa::path(tag = "losses", params(Id), responses((status = 200, body = WinbackFigures), Problem))]
#[get("/winback-programmes/{id}/figures")]
async fn get_winback_programme_figures(
    me: Caller,
    id: Path<Id>,
) -> Reply<web::Json<WinbackFigures>> {
    Ok(web::Json(figures::of_programme(&me, *id).await?))
}
