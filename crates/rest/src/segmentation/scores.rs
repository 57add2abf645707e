use actix_web::{
    HttpRequest, delete, get, patch, post,
    web::{self, Path},
};
use rapport_domain::{
    Error, records,
    segmentation::scores::{self, Distribution, NewScore, Preview, ScorePatch, Wanted},
};
use rapport_entity::{
    customers::customer,
    segmentation::{
        customer_score::CustomerScore,
        score::{Entity, Id, Model},
        score_definition::Definition,
    },
};
use rapport_http::{caller::Caller, problem::Problem};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest,
    query::{each, truth, unknown, within},
    reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<ScorePatch>` for the schema of a `ScorePatch`.)
type Change = Based<ScorePatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_scores)
        .service(search_scores)
        .service(preview_score)
        .service(create_score)
        .service(get_score)
        .service(update_score)
        .service(delete_score)
        .service(restore_score)
        .service(preview_score_change)
        .service(list_score_results)
        .service(get_score_distribution)
        .service(list_customer_scores);
}

/// Scores, newest first.
#[utoipa::path(tag = "scores", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/scores")]
async fn list_scores(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Scores, as a list, with the parameters in the body.
#[utoipa::path(tag = "scores", responses((status = 200, body = List<Model>), Problem))]
#[post("/scores/search")]
async fn search_scores(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a score.
#[utoipa::path(tag = "scores", responses((status = 201, body = Model), Problem))]
#[post("/scores")]
async fn create_score(me: Caller, new: Json<NewScore>) -> Reply<Created<Model>> {
    Ok(Created { record: scores::create(&me, new.0).await?, at: "scores" })
}

/// One score.
#[utoipa::path(tag = "scores", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/scores/{id}")]
async fn get_score(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a score: what is left out stays, null clears. A definition is replaced as a whole.
#[utoipa::path(tag = "scores", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/scores/{id}")]
async fn update_score(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    Ok(Record(scores::update(&me, *id, patch.0.expected(expected.0), patch.0.patch).await?))
}

/// Delete a score. No customer has it any more. It can be restored.
#[utoipa::path(tag = "scores", params(Id), responses((status = 204), Problem))]
#[delete("/scores/{id}")]
async fn delete_score(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    scores::delete(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted score back.
#[utoipa::path(tag = "scores", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/scores/{id}/restore")]
async fn restore_score(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(scores::restore(&me, *id).await?))
}

/// A definition to be tried.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PreviewScore {
    /// How the score would be made.
    definition: Definition,
}

/// Try a definition without saving it: how many customers would be in each tier.
#[utoipa::path(tag = "scores", responses((status = 200, body = Preview), Problem))]
#[post("/scores/preview")]
async fn preview_score(me: Caller, body: Json<PreviewScore>) -> Reply<web::Json<Preview>> {
    Ok(web::Json(scores::preview(&me, &body.0.definition).await?))
}

/// Another definition of a score to be tried.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PreviewScoreChange {
    /// How the score would be made; as it is where left out.
    definition: Option<Definition>,
}

/// Try another definition of a score, or its own as of now, without saving anything.
#[utoipa::path(tag = "scores", params(Id), responses((status = 200, body = Preview), Problem))]
#[post("/scores/{id}/preview")]
async fn preview_score_change(
    me: Caller,
    id: Path<Id>,
    body: Json<PreviewScoreChange>,
) -> Reply<web::Json<Preview>> {
    Ok(web::Json(scores::preview_change(&me, *id, body.0.definition).await?))
}

/// Which part of a score's results is asked for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct ResultsQuery {
    /// Only the customers of this tier.
    #[param(min_length = 1, max_length = 100, pattern = r"^[^\u0000]*$")]
    tier: Option<String>,
    /// The `nextCursor` of the page before. One that is not ours is not found.
    #[param(min_length = 1, max_length = 2000, pattern = r"^[^\u0000]*$")]
    cursor: Option<String>,
    /// At most so many.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i32>,
    /// Whether to count all of them, as `total`.
    #[param(default = false)]
    count: Option<bool>,
}

fn wanted(query: &str) -> Result<Wanted, Error> {
    let mut wanted = Wanted { tier: None, cursor: None, limit: 50, count: false };
    each(query, |name, value| {
        match name {
            "tier" => {
                wanted.tier = Some(value.parse().map_err(|err| Error::invalid("/tier", err))?);
            }
            "cursor" => wanted.cursor = Some(value.to_owned()),
            "limit" => wanted.limit = within(name, value, 1, 200)?,
            "count" => wanted.count = truth(name, value)?,
            _ => return Err(unknown(name)),
        }
        Ok(())
    })?;
    Ok(wanted)
}

/// What each customer has of a score, those with the highest value first.
#[utoipa::path(
    tag = "scores",
    params(Id, ResultsQuery),
    responses((status = 200, body = List<CustomerScore>), Problem)
)]
#[get("/scores/{id}/results")]
async fn list_score_results(
    me: Caller,
    id: Path<Id>,
    req: HttpRequest,
) -> Reply<Listed<CustomerScore>> {
    Ok(Listed(scores::results(&me, *id, &wanted(req.query_string())?).await?))
}

/// How many of the customers that you may see are in each tier of a score, and what they come to.
#[utoipa::path(tag = "scores", params(Id), responses((status = 200, body = Distribution), Problem))]
#[get("/scores/{id}/distribution")]
async fn get_score_distribution(me: Caller, id: Path<Id>) -> Reply<web::Json<Distribution>> {
    Ok(web::Json(scores::distribution(&me, *id).await?))
}

/// The scores that a customer has, in the order of their keys: all of them, of which there are at most 100.
#[utoipa::path(
    tag = "scores",
    params(customer::Id),
    responses((status = 200, body = List<CustomerScore>), Problem)
)]
#[get("/customers/{id}/scores")]
async fn list_customer_scores(me: Caller, id: Path<customer::Id>) -> Reply<Listed<CustomerScore>> {
    Ok(Listed(scores::of_customer(&me, *id).await?.into()))
}
