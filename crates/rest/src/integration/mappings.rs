use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    integration::mappings::{self, MappingPatch, NewMapping},
    records,
};
use rapport_entity::integration::mapping::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<MappingPatch>` for the schema of a `MappingPatch`.)
type Change = Based<MappingPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_mappings)
        .service(search_mappings)
        .service(create_mapping)
        .service(get_mapping)
        .service(update_mapping)
        .service(delete_mapping)
        .service(restore_mapping);
}

/// Mappings, newest first.
#[utoipa::path(tag = "mappings", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/mappings")]
async fn list_mappings(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Mappings, as a list, with the parameters in the body.
#[utoipa::path(tag = "mappings", responses((status = 200, body = List<Model>), Problem))]
#[post("/mappings/search")]
async fn search_mappings(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Save a mapping.
#[utoipa::path(tag = "mappings", responses((status = 201, body = Model), Problem))]
#[post("/mappings")]
async fn create_mapping(me: Caller, new: Json<NewMapping>) -> Reply<Created<Model>> {
    Ok(Created { record: mappings::create(&me, new.0).await?, at: "mappings" })
}

/// One mapping.
#[utoipa::path(tag = "mappings", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/mappings/{id}")]
async fn get_mapping(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a mapping: what is left out stays, null clears.
#[utoipa::path(tag = "mappings", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/mappings/{id}")]
async fn update_mapping(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    Ok(Record(mappings::update(&me, *id, patch.0.expected(expected.0), patch.0.patch).await?))
}

/// Delete a mapping. It can be restored.
#[utoipa::path(tag = "mappings", params(Id), responses((status = 204), Problem))]
#[delete("/mappings/{id}")]
async fn delete_mapping(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted mapping back.
#[utoipa::path(tag = "mappings", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/mappings/{id}/restore")]
async fn restore_mapping(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?))
}
