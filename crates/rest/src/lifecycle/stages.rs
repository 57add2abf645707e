use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    lifecycle::stages::{self, LifecycleStagePatch, NewLifecycleStage},
    records,
};
use rapport_entity::lifecycle::lifecycle_stage::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<LifecycleStagePatch>` for the schema of a `LifecycleStagePatch`.)
type Change = Based<LifecycleStagePatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_lifecycle_stages)
        .service(search_lifecycle_stages)
        .service(create_lifecycle_stage)
        .service(get_lifecycle_stage)
        .service(update_lifecycle_stage)
        .service(delete_lifecycle_stage)
        .service(restore_lifecycle_stage);
}

/// Lifecycle stages, newest first.
#[utoipa::path(tag = "lifecycle stages", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/lifecycle-stages")]
async fn list_lifecycle_stages(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Lifecycle stages, as a list, with the parameters in the body.
#[utoipa::path(tag = "lifecycle stages", responses((status = 200, body = List<Model>), Problem))]
#[post("/lifecycle-stages/search")]
async fn search_lifecycle_stages(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a lifecycle stage.
#[utoipa::path(tag = "lifecycle stages", responses((status = 201, body = Model), Problem))]
#[post("/lifecycle-stages")]
async fn create_lifecycle_stage(me: Caller, new: Json<NewLifecycleStage>) -> Reply<Created<Model>> {
    Ok(Created { record: stages::create(&me, new.0).await?, at: "lifecycle-stages" })
}

/// One lifecycle stage.
#[utoipa::path(tag = "lifecycle stages", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/lifecycle-stages/{id}")]
async fn get_lifecycle_stage(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a lifecycle stage: what is left out stays, null clears.
#[utoipa::path(tag = "lifecycle stages", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/lifecycle-stages/{id}")]
async fn update_lifecycle_stage(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(stages::update(&me, *id, expected, patch.0.patch).await?))
}

/// Delete a lifecycle stage. It can be restored.
#[utoipa::path(tag = "lifecycle stages", params(Id), responses((status = 204), Problem))]
#[delete("/lifecycle-stages/{id}")]
async fn delete_lifecycle_stage(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    stages::delete(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted lifecycle stage back.
#[utoipa::path(tag = "lifecycle stages", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/lifecycle-stages/{id}/restore")]
async fn restore_lifecycle_stage(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(stages::restore(&me, *id).await?))
}
