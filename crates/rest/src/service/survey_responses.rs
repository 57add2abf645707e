use actix_web::{
    delete, get, post, put,
    web::{self, Path},
};
use rapport_domain::{
    records,
    service::surveys::{
        links::{self, SurveyLink},
        responses::{self, NewSurveyResponse},
    },
};
use rapport_entity::{
    ExternalId, Source,
    service::survey_response::{Entity, Id, Model},
};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes, SearchRequest,
    reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_survey_responses)
        .service(search_survey_responses)
        .service(create_survey_response)
        .service(get_survey_response)
        .service(delete_survey_response)
        .service(restore_survey_response)
        .service(upsert_survey_response)
        .service(create_survey_link);
}

/// Survey responses, newest first.
#[utoipa::path(tag = "survey responses", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/survey-responses")]
async fn list_survey_responses(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Survey responses, as a list, with the parameters in the body.
#[utoipa::path(tag = "survey responses", responses((status = 200, body = List<Model>), Problem))]
#[post("/survey-responses/search")]
async fn search_survey_responses(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Write down what somebody has said to a survey otherwise than by a link. A bad score about a request has follow what the survey wants.
#[utoipa::path(tag = "survey responses", responses((status = 201, body = Model), Problem))]
#[post("/survey-responses")]
async fn create_survey_response(me: Caller, new: Json<NewSurveyResponse>) -> Reply<Created<Model>> {
    Ok(Created { record: responses::create(&me, new.0).await?, at: "survey-responses" })
}

/// One survey response.
#[utoipa::path(tag = "survey responses", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/survey-responses/{id}")]
async fn get_survey_response(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Delete a survey response. It can be restored.
#[utoipa::path(tag = "survey responses", params(Id), responses((status = 204), Problem))]
#[delete("/survey-responses/{id}")]
async fn delete_survey_response(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted survey response back.
#[utoipa::path(tag = "survey responses", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/survey-responses/{id}/restore")]
async fn restore_survey_response(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?))
}

/// Write down what somebody has said to a survey of another system, by the id that it has there, or change it. Nothing follows.
#[utoipa::path(
    tag = "survey responses",
    params(("source" = Source, Path), ("externalId" = ExternalId, Path)),
    responses((status = 200, body = Model), (status = 201, body = Model), Problem)
)]
#[put("/survey-responses/by-external/{source}/{externalId}")]
async fn upsert_survey_response(
    me: Caller,
    key: Path<(Source, ExternalId)>,
    expected: IfMatch,
    new: Json<NewSurveyResponse>,
) -> Reply<web::Either<Created<Model>, Record<Model>>> {
    let (source, external_id) = key.into_inner();
    let (record, made) = responses::upsert(&me, source, external_id, expected.0, new.0).await?;
    Ok(match made {
        true => web::Either::Left(Created { record, at: "survey-responses" }),
        false => web::Either::Right(Record(record)),
    })
}

/// Make a link for whoever was asked. Any number can be made: one answer is taken.
#[utoipa::path(tag = "survey responses", params(Id), responses((status = 200, body = SurveyLink), Problem))]
#[post("/survey-responses/{id}/link")]
async fn create_survey_link(me: Caller, id: Path<Id>) -> Reply<web::Json<SurveyLink>> {
    Ok(web::Json(links::make(&me, *id).await?))
}
