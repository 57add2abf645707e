use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::identity::roles::{self, NewRole, RolePatch};
use rapport_entity::identity::role::{Entity, Id, Role};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<RolePatch>` for the schema of a `RolePatch`.)
type Change = Based<RolePatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_roles)
        .service(search_roles)
        .service(create_role)
        .service(get_role)
        .service(update_role)
        .service(delete_role)
        .service(restore_role);
}

/// Roles, newest first.
#[utoipa::path(tag = "roles", params(ListQuery<Entity>), responses((status = 200, body = List<Role>), Problem))]
#[get("/roles")]
async fn list_roles(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Role>> {
    Ok(Listed(roles::list(&me, &query.listing()?).await?))
}

/// Roles, as a list, with the parameters in the body.
#[utoipa::path(tag = "roles", responses((status = 200, body = List<Role>), Problem))]
#[post("/roles/search")]
async fn search_roles(me: Caller, search: Json<Search>) -> Reply<Listed<Role>> {
    Ok(Listed(roles::list(&me, &search.0.listing()?).await?))
}

/// Make a role.
#[utoipa::path(tag = "roles", responses((status = 201, body = Role), Problem))]
#[post("/roles")]
async fn create_role(me: Caller, new: Json<NewRole>) -> Reply<Created<Role>> {
    Ok(Created { record: roles::create(&me, new.0).await?, at: "roles" })
}

/// One role.
#[utoipa::path(tag = "roles", params(Id), responses((status = 200, body = Role), Problem))]
#[get("/roles/{id}")]
async fn get_role(me: Caller, id: Path<Id>) -> Reply<Record<Role>> {
    Ok(Record(roles::get(&me, *id).await?))
}

/// Change a role: what is left out stays, null clears.
#[utoipa::path(tag = "roles", params(Id), responses((status = 200, body = Role), Problem))]
#[patch("/roles/{id}")]
async fn update_role(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Role>> {
    Ok(Record(roles::update(&me, *id, patch.0.expected(expected.0), patch.0.patch).await?))
}

/// Delete a role. It can be restored.
#[utoipa::path(tag = "roles", params(Id), responses((status = 204), Problem))]
#[delete("/roles/{id}")]
async fn delete_role(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    roles::delete(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted role back.
#[utoipa::path(tag = "roles", params(Id), responses((status = 200, body = Role), Problem))]
#[post("/roles/{id}/restore")]
async fn restore_role(me: Caller, id: Path<Id>) -> Reply<Record<Role>> {
    Ok(Record(roles::restore(&me, *id).await?))
}
