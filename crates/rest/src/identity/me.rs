use actix_web::{
    get, patch, post,
    web::{self, Data},
};
use rapport_domain::identity::{
    auth::Auth,
    me::{self, ChangePassword, Me},
    workspaces::{self, WorkspacePatch},
};
use rapport_entity::identity::workspace;
use rapport_http::{caller::Caller, problem::Problem};

use crate::{Based, Deleted, IfMatch, Json, Record, Reply, Routes};

/// What a change asks for. (utoipa would take `Based<WorkspacePatch>` for the schema of a `WorkspacePatch`.)
type Change = Based<WorkspacePatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(get_me).service(change_password).service(get_workspace).service(update_workspace);
}

/// Who I am, and what I may do.
#[utoipa::path(tag = "me", responses((status = 200, body = Me), Problem))]
#[get("/me")]
async fn get_me(caller: Caller) -> Reply<web::Json<Me>> {
    Ok(web::Json(me::get(&caller).await?))
}

/// Change my password. My other sessions end.
#[utoipa::path(tag = "me", responses((status = 204), Problem))]
#[post("/me/password")]
async fn change_password(
    auth: Data<Auth>,
    caller: Caller,
    change: Json<ChangePassword>,
) -> Reply<Deleted> {
    me::change_password(&auth, &caller, change.0).await?;
    Ok(Deleted)
}

/// The workspace I work in.
#[utoipa::path(tag = "workspace", responses((status = 200, body = workspace::Model), Problem))]
#[get("/workspace")]
async fn get_workspace(me: Caller) -> Reply<Record<workspace::Model>> {
    Ok(Record(workspaces::get(&me).await?))
}

/// Change the workspace: what is left out stays.
#[utoipa::path(tag = "workspace", responses((status = 200, body = workspace::Model), Problem))]
#[patch("/workspace")]
async fn update_workspace(
    me: Caller,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<workspace::Model>> {
    Ok(Record(workspaces::update(&me, patch.0.expected(expected.0), patch.0.patch).await?))
}
