use actix_web::{
    delete, get,
    http::StatusCode,
    post,
    web::{Data, Path},
};
use rapport_domain::identity::{
    auth::Auth,
    invitations::{self, AcceptInvitation},
    sessions::{self, NewSession, RefreshSession, Tokens, Which},
};
use rapport_entity::identity::session::{Entity, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{Deleted, Json, ListQuery, Listed, Record, Reply, Routes, Secret, reply::List};

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(create_session)
        .service(refresh_session)
        .service(accept_invitation)
        .service(list_sessions)
        .service(end_sessions)
        .service(get_session)
        .service(end_session);
}

/// Sign in.
#[utoipa::path(tag = "sessions", security(()), responses((status = 201, body = Tokens), Problem))]
#[post("/sessions")]
async fn create_session(auth: Data<Auth>, new: Json<NewSession>) -> Reply<Secret<Tokens>> {
    Ok(Secret(StatusCode::CREATED, sessions::create(&auth, new.0).await?))
}

/// New tokens for old ones. A refresh token is good for one use; the second ends the session.
#[utoipa::path(tag = "sessions", security(()), responses((status = 200, body = Tokens), Problem))]
#[post("/sessions/refresh")]
async fn refresh_session(auth: Data<Auth>, token: Json<RefreshSession>) -> Reply<Secret<Tokens>> {
    Ok(Secret(StatusCode::OK, sessions::refresh(&auth, token.0).await?))
}

/// Accept an invitation: choose a password, and be signed in.
#[utoipa::path(tag = "sessions", security(()), responses((status = 201, body = Tokens), Problem))]
#[post("/invitations/accept")]
async fn accept_invitation(
    auth: Data<Auth>,
    answer: Json<AcceptInvitation>,
) -> Reply<Secret<Tokens>> {
    Ok(Secret(StatusCode::CREATED, invitations::accept(&auth, answer.0).await?))
}

/// Where one is signed in; for who may read all sessions, where everybody is.
#[utoipa::path(tag = "sessions", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/sessions")]
async fn list_sessions(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(sessions::list(&me, &query.listing()?).await?))
}

/// One session: its id, or `current`.
#[utoipa::path(tag = "sessions", params(("id" = Which, Path)), responses((status = 200, body = Model), Problem))]
#[get("/sessions/{id}")]
async fn get_session(me: Caller, id: Path<String>) -> Reply<Record<Model>> {
    Ok(Record(sessions::get(&me, id.parse()?).await?))
}

/// Log out: end one session, by its id or as `current`.
#[utoipa::path(tag = "sessions", params(("id" = Which, Path)), responses((status = 204), Problem))]
#[delete("/sessions/{id}")]
async fn end_session(me: Caller, id: Path<String>) -> Reply<Deleted> {
    sessions::end(&me, id.parse()?).await?;
    Ok(Deleted)
}

/// Log out everywhere: end all of one's sessions.
#[utoipa::path(tag = "sessions", responses((status = 204), Problem))]
#[delete("/sessions")]
async fn end_sessions(me: Caller) -> Reply<Deleted> {
    sessions::end_all(&me).await?;
    Ok(Deleted)
}
