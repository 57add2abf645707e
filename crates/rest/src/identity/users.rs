use actix_web::{delete, get, http::StatusCode, patch, post, web::Path};
use rapport_domain::{
    identity::{
        invitations::{self, Invitation, InviteUser},
        users::{self, UserPatch},
    },
    records,
};
use rapport_entity::identity::user::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes, SearchRequest, Secret,
    reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<UserPatch>` for the schema of a `UserPatch`.)
type Change = Based<UserPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_users)
        .service(search_users)
        .service(invite_user)
        .service(renew_invitation)
        .service(get_user)
        .service(update_user)
        .service(delete_user)
        .service(restore_user);
}

/// Users, newest first.
#[utoipa::path(tag = "users", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/users")]
async fn list_users(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Users, as a list, with the parameters in the body.
#[utoipa::path(tag = "users", responses((status = 200, body = List<Model>), Problem))]
#[post("/users/search")]
async fn search_users(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Invite somebody to the workspace. The token in the answer is shown this once.
#[utoipa::path(tag = "users", responses((status = 201, body = Invitation), Problem))]
#[post("/users/invite")]
async fn invite_user(me: Caller, new: Json<InviteUser>) -> Reply<Secret<Invitation>> {
    Ok(Secret(StatusCode::CREATED, invitations::create(&me, new.0).await?))
}

/// Invite a user once more who has not accepted yet. The invitation before is of no use from then on.
#[utoipa::path(tag = "users", params(Id), responses((status = 201, body = Invitation), Problem))]
#[post("/users/{id}/invitation")]
async fn renew_invitation(me: Caller, id: Path<Id>) -> Reply<Secret<Invitation>> {
    Ok(Secret(StatusCode::CREATED, invitations::renew(&me, *id).await?))
}

/// One user.
#[utoipa::path(tag = "users", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/users/{id}")]
async fn get_user(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a user: what is left out stays, null clears.
#[utoipa::path(tag = "users", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/users/{id}")]
async fn update_user(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    Ok(Record(users::update(&me, *id, patch.0.expected(expected.0), patch.0.patch).await?))
}

/// Delete a user. It can be restored.
#[utoipa::path(tag = "users", params(Id), responses((status = 204), Problem))]
#[delete("/users/{id}")]
async fn delete_user(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    users::delete(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted user back.
#[utoipa::path(tag = "users", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/users/{id}/restore")]
async fn restore_user(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(users::restore(&me, *id).await?))
}
