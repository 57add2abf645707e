use actix_web::{delete, get, put, web};
use rapport_domain::identity::logos::{self, NewWorkspaceLogo, WorkspaceLogo};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{Deleted, Json, Reply, Routes};

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(get_workspace_logo).service(set_workspace_logo).service(delete_workspace_logo);
}

/// The picture on the workspace's papers.
#[utoipa::path(tag = "workspaces", responses((status = 200, body = WorkspaceLogo), Problem))]
#[get("/workspace/logo")]
async fn get_workspace_logo(me: Caller) -> Reply<web::Json<WorkspaceLogo>> {
    Ok(web::Json(logos::get(&me).await?))
}

/// Put a picture on the workspace's papers, in place of the one before.
#[utoipa::path(tag = "workspaces", responses((status = 200, body = WorkspaceLogo), Problem))]
#[put("/workspace/logo")]
async fn set_workspace_logo(
    me: Caller,
    new: Json<NewWorkspaceLogo>,
) -> Reply<web::Json<WorkspaceLogo>> {
    Ok(web::Json(logos::set(&me, new.0).await?))
}

/// Take the picture off the workspace's papers.
#[utoipa::path(tag = "workspaces", responses((status = 204), Problem))]
#[delete("/workspace/logo")]
async fn delete_workspace_logo(me: Caller) -> Reply<Deleted> {
    logos::remove(&me).await?;
    Ok(Deleted)
}
