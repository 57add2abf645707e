use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    records,
    service::surveys::surveys::{self, NewSurvey, SurveyPatch},
};
use rapport_entity::service::survey::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<SurveyPatch>` for the schema of a `SurveyPatch`.)
type Change = Based<SurveyPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_surveys)
        .service(search_surveys)
        .service(create_survey)
        .service(get_survey)
        .service(update_survey)
        .service(delete_survey)
        .service(restore_survey);
}

/// Surveys, newest first.
#[utoipa::path(tag = "surveys", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/surveys")]
async fn list_surveys(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Surveys, as a list, with the parameters in the body.
#[utoipa::path(tag = "surveys", responses((status = 200, body = List<Model>), Problem))]
#[post("/surveys/search")]
async fn search_surveys(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a survey: a question that customers are asked once a service request of theirs is closed.
#[utoipa::path(tag = "surveys", responses((status = 201, body = Model), Problem))]
#[post("/surveys")]
async fn create_survey(me: Caller, new: Json<NewSurvey>) -> Reply<Created<Model>> {
    Ok(Created { record: surveys::create(&me, new.0).await?, at: "surveys" })
}

/// One survey.
#[utoipa::path(tag = "surveys", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/surveys/{id}")]
async fn get_survey(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a survey: what is left out stays, null clears. Whoever was asked already answers what they were asked.
#[utoipa::path(tag = "surveys", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/surveys/{id}")]
async fn update_survey(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(surveys::update(&me, *id, expected, patch.0.patch).await?))
}

/// Delete a survey. It can be restored.
#[utoipa::path(tag = "surveys", params(Id), responses((status = 204), Problem))]
#[delete("/surveys/{id}")]
async fn delete_survey(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted survey back.
#[utoipa::path(tag = "surveys", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/surveys/{id}/restore")]
async fn restore_survey(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?))
}
