use actix_web::{
    HttpRequest, delete, get, patch, post,
    web::{self, Path},
};
use rapport_domain::{
    records,
    sales::pipelines::{
        board::{self, Board, BoardOf},
        pipelines::{self, NewPipeline, PipelinePatch},
    },
};
use rapport_entity::sales::pipeline::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};
use utoipa::IntoParams;

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest,
    query::{each, rule, unknown, within},
    reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<PipelinePatch>` for the schema of a `PipelinePatch`.)
type Change = Based<PipelinePatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_pipelines)
        .service(search_pipelines)
        .service(create_pipeline)
        .service(get_pipeline)
        .service(update_pipeline)
        .service(delete_pipeline)
        .service(restore_pipeline)
        .service(get_pipeline_board);
}

/// Pipelines, newest first.
#[utoipa::path(tag = "pipelines", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/pipelines")]
async fn list_pipelines(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Pipelines, as a list, with the parameters in the body.
#[utoipa::path(tag = "pipelines", responses((status = 200, body = List<Model>), Problem))]
#[post("/pipelines/search")]
async fn search_pipelines(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a pipeline.
#[utoipa::path(tag = "pipelines", responses((status = 201, body = Model), Problem))]
#[post("/pipelines")]
async fn create_pipeline(me: Caller, new: Json<NewPipeline>) -> Reply<Created<Model>> {
    Ok(Created { record: pipelines::create(&me, new.0).await?, at: "pipelines" })
}

/// One pipeline.
#[utoipa::path(tag = "pipelines", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/pipelines/{id}")]
async fn get_pipeline(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a pipeline: what is left out stays, null clears.
#[utoipa::path(tag = "pipelines", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/pipelines/{id}")]
async fn update_pipeline(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(pipelines::update(&me, *id, expected, patch.0.patch).await?))
}

/// Delete a pipeline. It can be restored.
#[utoipa::path(tag = "pipelines", params(Id), responses((status = 204), Problem))]
#[delete("/pipelines/{id}")]
async fn delete_pipeline(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    pipelines::delete(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted pipeline back.
#[utoipa::path(tag = "pipelines", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/pipelines/{id}/restore")]
async fn restore_pipeline(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?))
}

/// What is asked of a board.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct BoardQuery {
    /// Only the opportunities of which this rule holds: a rule tree, as JSON.
    #[param(max_length = 20000)]
    filter: Option<String>,
    /// How many cards of each stage.
    #[param(minimum = 0, maximum = 100, default = 20)]
    cards: Option<i32>,
}

/// How the open opportunities of a pipeline stand: for each stage how many, what they are worth, and the first of them.
#[utoipa::path(tag = "pipelines", params(Id, BoardQuery), responses((status = 200, body = Board), Problem))]
#[get("/pipelines/{id}/board")]
async fn get_pipeline_board(me: Caller, id: Path<Id>, req: HttpRequest) -> Reply<web::Json<Board>> {
    Ok(web::Json(board::board(&me, *id, &asked(req.query_string())?).await?))
}

fn asked(query: &str) -> rapport_domain::Result<BoardOf> {
    let mut of = BoardOf { filter: None, cards: 20 };
    each(query, |name, value| {
        match name {
            "filter" => of.filter = Some(rule(name, value)?),
            "cards" => of.cards = within(name, value, 0, board::MOST_CARDS)?,
            _ => return Err(unknown(name)),
        }
        Ok(())
    })?;
    Ok(of)
}
