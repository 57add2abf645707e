use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::identity::api_keys::{self, ApiKeyPatch, CreatedApiKey, NewApiKey};
use rapport_entity::identity::api_key::{ApiKey, Entity, Id};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for.
type Change = Based<ApiKeyPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_api_keys)
        .service(search_api_keys)
        .service(create_api_key)
        .service(get_api_key)
        .service(update_api_key)
        .service(revoke_api_key);
}

/// API keys, newest first. Those that were revoked are the deleted ones.
#[utoipa::path(tag = "api-keys", params(ListQuery<Entity>), responses((status = 200, body = List<ApiKey>), Problem))]
#[get("/api-keys")]
async fn list_api_keys(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<ApiKey>> {
    Ok(Listed(api_keys::list(&me, &query.listing()?).await?))
}

/// API keys, as a list, with the parameters in the body.
#[utoipa::path(tag = "api-keys", responses((status = 200, body = List<ApiKey>), Problem))]
#[post("/api-keys/search")]
async fn search_api_keys(me: Caller, search: Json<Search>) -> Reply<Listed<ApiKey>> {
    Ok(Listed(api_keys::list(&me, &search.0.listing()?).await?))
}

/// Make an API key, which acts for you. Its secret is in this answer, and in no other.
#[utoipa::path(tag = "api-keys", responses((status = 201, body = CreatedApiKey), Problem))]
#[post("/api-keys")]
async fn create_api_key(me: Caller, new: Json<NewApiKey>) -> Reply<Created<CreatedApiKey>> {
    Ok(Created { record: api_keys::create(&me, new.0).await?, at: "api-keys" })
}

/// One API key.
#[utoipa::path(tag = "api-keys", params(Id), responses((status = 200, body = ApiKey), Problem))]
#[get("/api-keys/{id}")]
async fn get_api_key(me: Caller, id: Path<Id>) -> Reply<Record<ApiKey>> {
    Ok(Record(api_keys::get(&me, *id).await?))
}

/// Change an API key: what is left out stays, null clears.
#[utoipa::path(tag = "api-keys", params(Id), responses((status = 200, body = ApiKey), Problem))]
#[patch("/api-keys/{id}")]
async fn update_api_key(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<ApiKey>> {
    Ok(Record(api_keys::update(&me, *id, patch.0.expected(expected.0), patch.0.patch).await?))
}

/// Revoke an API key for good.
#[utoipa::path(tag = "api-keys", params(Id), responses((status = 204), Problem))]
#[delete("/api-keys/{id}")]
async fn revoke_api_key(me: Caller, id: Path<Id>) -> Reply<Deleted> {
    api_keys::revoke(&me, *id).await?;
    Ok(Deleted)
}
