use actix_web::{
    delete, get, patch, post,
    web::{self, Path},
};
use rapport_domain::{
    plays::{
        dry_run::{self, DryRunNewPlay, DryRunPlay, PlayDryRun},
        plays::{self, NewPlay, PlayPatch},
    },
    records,
};
use rapport_entity::plays::play::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<PlayPatch>` for the schema of a `PlayPatch`.)
type Change = Based<PlayPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_plays)
        .service(search_plays)
        .service(dry_run_new_play)
        .service(create_play)
        .service(get_play)
        .service(update_play)
        .service(delete_play)
        .service(restore_play)
        .service(dry_run_play);
}

/// Plays, newest first.
#[utoipa::path(tag = "plays", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/plays")]
async fn list_plays(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Plays, as a list, with the parameters in the body.
#[utoipa::path(tag = "plays", responses((status = 200, body = List<Model>), Problem))]
#[post("/plays/search")]
async fn search_plays(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a play. It concerns nobody for what came up before.
#[utoipa::path(tag = "plays", responses((status = 201, body = Model), Problem))]
#[post("/plays")]
async fn create_play(me: Caller, new: Json<NewPlay>) -> Reply<Created<Model>> {
    Ok(Created { record: plays::create(&me, new.0).await?, at: "plays" })
}

/// One play.
#[utoipa::path(tag = "plays", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/plays/{id}")]
async fn get_play(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a play: what is left out stays, null clears. What waits of one that is disabled, or waits for something else, is
/// called off.
#[utoipa::path(tag = "plays", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/plays/{id}")]
async fn update_play(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    Ok(Record(plays::update(&me, *id, patch.0.expected(expected.0), patch.0.patch).await?))
}

/// Delete a play. What waits of it is called off. It can be restored.
#[utoipa::path(tag = "plays", params(Id), responses((status = 204), Problem))]
#[delete("/plays/{id}")]
async fn delete_play(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    plays::delete(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted play back, disabled.
#[utoipa::path(tag = "plays", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/plays/{id}/restore")]
async fn restore_play(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(plays::restore(&me, *id).await?))
}

/// For whom a play would have been played in a stretch of time. Nothing is done.
#[utoipa::path(tag = "plays", params(Id), responses((status = 200, body = PlayDryRun), Problem))]
#[post("/plays/{id}/dry-run")]
async fn dry_run_play(
    me: Caller,
    id: Path<Id>,
    of: Json<DryRunPlay>,
) -> Reply<web::Json<PlayDryRun>> {
    Ok(web::Json(dry_run::saved(&me, *id, of.0).await?))
}

/// For whom a play that is not saved would have been played in a stretch of time. Nothing is done.
#[utoipa::path(tag = "plays", responses((status = 200, body = PlayDryRun), Problem))]
#[post("/plays/dry-run")]
async fn dry_run_new_play(me: Caller, of: Json<DryRunNewPlay>) -> Reply<web::Json<PlayDryRun>> {
    Ok(web::Json(dry_run::new(&me, of.0).await?))
}
