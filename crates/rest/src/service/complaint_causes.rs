use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    records,
    service::complaints::causes::{self, ComplaintCausePatch, NewComplaintCause},
};
use rapport_entity::service::complaint_cause::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<ComplaintCausePatch>` for the schema of a `ComplaintCausePatch`.)
type Change = Based<ComplaintCausePatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_complaint_causes)
        .service(search_complaint_causes)
        .service(create_complaint_cause)
        .service(get_complaint_cause)
        .service(update_complaint_cause)
        .service(delete_complaint_cause)
        .service(restore_complaint_cause);
}

/// Complaint causes, newest first.
#[utoipa::path(tag = "complaint causes", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/complaint-causes")]
async fn list_complaint_causes(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Complaint causes, as a list, with the parameters in the body.
#[utoipa::path(tag = "complaint causes", responses((status = 200, body = List<Model>), Problem))]
#[post("/complaint-causes/search")]
async fn search_complaint_causes(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a complaint cause.
#[utoipa::path(tag = "complaint causes", responses((status = 201, body = Model), Problem))]
#[post("/complaint-causes")]
async fn create_complaint_cause(me: Caller, new: Json<NewComplaintCause>) -> Reply<Created<Model>> {
    Ok(Created { record: causes::create(&me, new.0).await?, at: "complaint-causes" })
}

/// One complaint cause.
#[utoipa::path(tag = "complaint causes", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/complaint-causes/{id}")]
async fn get_complaint_cause(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a complaint cause: what is left out stays, null clears.
#[utoipa::path(tag = "complaint causes", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/complaint-causes/{id}")]
async fn update_complaint_cause(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(causes::update(&me, *id, expected, patch.0.patch).await?))
}

/// Delete a complaint cause. It can be restored.
#[utoipa::path(tag = "complaint causes", params(Id), responses((status = 204), Problem))]
#[delete("/complaint-causes/{id}")]
async fn delete_complaint_cause(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted complaint cause back.
#[utoipa::path(tag = "complaint causes", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/complaint-causes/{id}/restore")]
async fn restore_complaint_cause(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?))
}
