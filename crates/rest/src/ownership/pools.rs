use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    ownership::pools::{self, NewPool, PoolPatch},
    records,
};
use rapport_entity::ownership::pool::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<PoolPatch>` for the schema of a `PoolPatch`.)
type Change = Based<PoolPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_pools)
        .service(search_pools)
        .service(create_pool)
        .service(get_pool)
        .service(update_pool)
        .service(delete_pool)
        .service(restore_pool);
}

/// Pools, newest first.
#[utoipa::path(tag = "ownership", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/pools")]
async fn list_pools(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Pools, as a list, with the parameters in the body.
#[utoipa::path(tag = "ownership", responses((status = 200, body = List<Model>), Problem))]
#[post("/pools/search")]
async fn search_pools(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a pool.
#[utoipa::path(tag = "ownership", responses((status = 201, body = Model), Problem))]
#[post("/pools")]
async fn create_pool(me: Caller, new: Json<NewPool>) -> Reply<Created<Model>> {
    Ok(Created { record: pools::create(&me, new.0).await?, at: "pools" })
}

/// One pool.
#[utoipa::path(tag = "ownership", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/pools/{id}")]
async fn get_pool(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a pool: what is left out stays, null clears.
#[utoipa::path(tag = "ownership", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/pools/{id}")]
async fn update_pool(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(pools::update(&me, *id, expected, patch.0.patch).await?))
}

/// Delete a pool. It can be restored.
#[utoipa::path(tag = "ownership", params(Id), responses((status = 204), Problem))]
#[delete("/pools/{id}")]
async fn delete_pool(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    pools::delete(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted pool back.
#[utoipa::path(tag = "ownership", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/pools/{id}/restore")]
async fn restore_pool(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(pools::restore(&me, *id).await?))
}
