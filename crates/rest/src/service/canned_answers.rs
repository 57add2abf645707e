use actix_web::{
    delete, get, patch, post,
    web::{self, Path},
};
use rapport_domain::{
    records,
    service::canned_answers::{
        CannedAnswerPatch, NewCannedAnswer, answers,
        rendering::{self, RenderedAnswer},
    },
};
use rapport_entity::service::{
    canned_answer::{Entity, Id, Model},
    service_request,
};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<CannedAnswerPatch>` for the schema of a `CannedAnswerPatch`.)
type Change = Based<CannedAnswerPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_canned_answers)
        .service(search_canned_answers)
        .service(create_canned_answer)
        .service(get_canned_answer)
        .service(update_canned_answer)
        .service(delete_canned_answer)
        .service(restore_canned_answer)
        .service(list_offered_answers)
        .service(render_canned_answer);
}

/// Canned answers, newest first.
#[utoipa::path(tag = "canned answers", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/canned-answers")]
async fn list_canned_answers(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Canned answers, as a list, with the parameters in the body.
#[utoipa::path(tag = "canned answers", responses((status = 200, body = List<Model>), Problem))]
#[post("/canned-answers/search")]
async fn search_canned_answers(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a canned answer.
#[utoipa::path(tag = "canned answers", responses((status = 201, body = Model), Problem))]
#[post("/canned-answers")]
async fn create_canned_answer(me: Caller, new: Json<NewCannedAnswer>) -> Reply<Created<Model>> {
    Ok(Created { record: answers::create(&me, new.0).await?, at: "canned-answers" })
}

/// One canned answer.
#[utoipa::path(tag = "canned answers", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/canned-answers/{id}")]
async fn get_canned_answer(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a canned answer: what is left out stays, null clears.
#[utoipa::path(tag = "canned answers", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/canned-answers/{id}")]
async fn update_canned_answer(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(answers::update(&me, *id, expected, patch.0.patch).await?))
}

/// Delete a canned answer. It can be restored.
#[utoipa::path(tag = "canned answers", params(Id), responses((status = 204), Problem))]
#[delete("/canned-answers/{id}")]
async fn delete_canned_answer(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted canned answer back.
#[utoipa::path(tag = "canned answers", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/canned-answers/{id}/restore")]
async fn restore_canned_answer(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?))
}

/// The canned answers that are offered for a service request: those that are shared and the caller's own, for its queue or for
/// all.
#[utoipa::path(
    tag = "canned answers",
    params(service_request::Id, ListQuery<Entity>),
    responses((status = 200, body = List<Model>), Problem)
)]
#[get("/service-requests/{id}/canned-answers")]
async fn list_offered_answers(
    me: Caller,
    id: Path<service_request::Id>,
    query: ListQuery<Entity>,
) -> Reply<Listed<Model>> {
    Ok(Listed(rendering::offered(&me, *id, &query.listing()?).await?))
}

/// Fill a canned answer in for a service request. It is counted as used; nothing is sent.
#[utoipa::path(
    tag = "canned answers",
    params(("id" = String, Path, format = Uuid), ("answerId" = String, Path, format = Uuid)),
    responses((status = 200, body = RenderedAnswer), Problem)
)]
#[post("/service-requests/{id}/canned-answers/{answerId}/render")]
async fn render_canned_answer(
    me: Caller,
    ids: Path<(service_request::Id, Id)>,
) -> Reply<web::Json<RenderedAnswer>> {
    let (request, answer) = ids.into_inner();
    Ok(web::Json(rendering::render(&me, request, answer).await?))
}
