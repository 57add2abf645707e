use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    records,
    sales::pipelines::stages::{self, NewPipelineStage, PipelineStagePatch, ReplacePipelineStage},
};
use rapport_entity::sales::pipeline_stage::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<PipelineStagePatch>` for the schema of a `PipelineStagePatch`.)
type Change = Based<PipelineStagePatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_pipeline_stages)
        .service(search_pipeline_stages)
        .service(create_pipeline_stage)
        .service(get_pipeline_stage)
        .service(update_pipeline_stage)
        .service(delete_pipeline_stage)
        .service(restore_pipeline_stage)
        .service(replace_pipeline_stage);
}

/// Pipeline stages, newest first.
#[utoipa::path(tag = "pipelines", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/pipeline-stages")]
async fn list_pipeline_stages(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Pipeline stages, as a list, with the parameters in the body.
#[utoipa::path(tag = "pipelines", responses((status = 200, body = List<Model>), Problem))]
#[post("/pipeline-stages/search")]
async fn search_pipeline_stages(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a pipeline stage.
#[utoipa::path(tag = "pipelines", responses((status = 201, body = Model), Problem))]
#[post("/pipeline-stages")]
async fn create_pipeline_stage(me: Caller, new: Json<NewPipelineStage>) -> Reply<Created<Model>> {
    Ok(Created { record: stages::create(&me, new.0).await?, at: "pipeline-stages" })
}

/// One pipeline stage.
#[utoipa::path(tag = "pipelines", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/pipeline-stages/{id}")]
async fn get_pipeline_stage(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a pipeline stage: what is left out stays, null clears.
#[utoipa::path(tag = "pipelines", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/pipeline-stages/{id}")]
async fn update_pipeline_stage(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(stages::update(&me, *id, expected, patch.0.patch).await?))
}

/// Delete a pipeline stage. It can be restored.
#[utoipa::path(tag = "pipelines", params(Id), responses((status = 204), Problem))]
#[delete("/pipeline-stages/{id}")]
async fn delete_pipeline_stage(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    stages::delete(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted pipeline stage back.
#[utoipa::path(tag = "pipelines", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/pipeline-stages/{id}/restore")]
async fn restore_pipeline_stage(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?))
}

/// Delete a pipeline stage after the open opportunities in it came into another, whatever that one's criteria say.
#[utoipa::path(tag = "pipelines", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/pipeline-stages/{id}/replace")]
async fn replace_pipeline_stage(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    by: Json<ReplacePipelineStage>,
) -> Reply<Record<Model>> {
    Ok(Record(stages::replace(&me, *id, expected.0, by.0).await?))
}
