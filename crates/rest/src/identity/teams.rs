use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    identity::teams::{self, NewTeam, TeamPatch},
    records,
};
use rapport_entity::identity::team::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<TeamPatch>` for the schema of a `TeamPatch`.)
type Change = Based<TeamPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_teams)
        .service(search_teams)
        .service(create_team)
        .service(get_team)
        .service(update_team)
        .service(delete_team)
        .service(restore_team);
}

/// Teams, newest first.
#[utoipa::path(tag = "teams", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/teams")]
async fn list_teams(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Teams, as a list, with the parameters in the body.
#[utoipa::path(tag = "teams", responses((status = 200, body = List<Model>), Problem))]
#[post("/teams/search")]
async fn search_teams(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a team.
#[utoipa::path(tag = "teams", responses((status = 201, body = Model), Problem))]
#[post("/teams")]
async fn create_team(me: Caller, new: Json<NewTeam>) -> Reply<Created<Model>> {
    Ok(Created { record: teams::create(&me, new.0).await?, at: "teams" })
}

/// One team.
#[utoipa::path(tag = "teams", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/teams/{id}")]
async fn get_team(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a team: what is left out stays, null clears.
#[utoipa::path(tag = "teams", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/teams/{id}")]
async fn update_team(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    Ok(Record(teams::update(&me, *id, patch.0.expected(expected.0), patch.0.patch).await?))
}

/// Delete a team. It can be restored.
#[utoipa::path(tag = "teams", params(Id), responses((status = 204), Problem))]
#[delete("/teams/{id}")]
async fn delete_team(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    teams::delete(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted team back.
#[utoipa::path(tag = "teams", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/teams/{id}/restore")]
async fn restore_team(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(teams::restore(&me, *id).await?))
}
