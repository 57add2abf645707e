use actix_web::{get, post, web::Path};
use rapport_domain::records;
use rapport_entity::plays::play_run::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{Json, ListQuery, Listed, Record, Reply, Routes, SearchRequest, reply::List};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_play_runs).service(search_play_runs).service(get_play_run);
}

/// Runs of plays, newest first: of one play with `playId`, of one customer with `customerId`.
#[utoipa::path(tag = "plays", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/play-runs")]
async fn list_play_runs(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Runs of plays, as a list, with the parameters in the body.
#[utoipa::path(tag = "plays", responses((status = 200, body = List<Model>), Problem))]
#[post("/play-runs/search")]
async fn search_play_runs(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// One run of a play.
#[utoipa::path(tag = "plays", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/play-runs/{id}")]
async fn get_play_run(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}
