use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    records,
    service::complaints::complaints::{self, ComplaintPatch, NewComplaint, TellOutcome},
};
use rapport_entity::service::complaint::{Complaint, Entity, Id};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<ComplaintPatch>` for the schema of a `ComplaintPatch`.)
type Change = Based<ComplaintPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_complaints)
        .service(search_complaints)
        .service(create_complaint)
        .service(get_complaint)
        .service(update_complaint)
        .service(delete_complaint)
        .service(restore_complaint)
        .service(tell_complaint_outcome);
}

/// Complaints, newest first.
#[utoipa::path(tag = "complaints", params(ListQuery<Entity>), responses((status = 200, body = List<Complaint>), Problem))]
#[get("/complaints")]
async fn list_complaints(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Complaint>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?.map(Complaint::from)))
}

/// Complaints, as a list, with the parameters in the body.
#[utoipa::path(tag = "complaints", responses((status = 200, body = List<Complaint>), Problem))]
#[post("/complaints/search")]
async fn search_complaints(me: Caller, search: Json<Search>) -> Reply<Listed<Complaint>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?.map(Complaint::from)))
}

/// Write down what came of a service request that is a complaint: there is one of each.
#[utoipa::path(tag = "complaints", responses((status = 201, body = Complaint), Problem))]
#[post("/complaints")]
async fn create_complaint(me: Caller, new: Json<NewComplaint>) -> Reply<Created<Complaint>> {
    Ok(Created { record: complaints::create(&me, new.0).await?.into(), at: "complaints" })
}

/// One complaint.
#[utoipa::path(tag = "complaints", params(Id), responses((status = 200, body = Complaint), Problem))]
#[get("/complaints/{id}")]
async fn get_complaint(me: Caller, id: Path<Id>) -> Reply<Record<Complaint>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?.into()))
}

/// Change what is written down of a complaint: what is left out stays, null clears.
#[utoipa::path(tag = "complaints", params(Id), responses((status = 200, body = Complaint), Problem))]
#[patch("/complaints/{id}")]
async fn update_complaint(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Complaint>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(complaints::update(&me, *id, expected, patch.0.patch).await?.into()))
}

/// Delete a complaint. It can be restored.
#[utoipa::path(tag = "complaints", params(Id), responses((status = 204), Problem))]
#[delete("/complaints/{id}")]
async fn delete_complaint(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted complaint back.
#[utoipa::path(tag = "complaints", params(Id), responses((status = 200, body = Complaint), Problem))]
#[post("/complaints/{id}/restore")]
async fn restore_complaint(me: Caller, id: Path<Id>) -> Reply<Record<Complaint>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?.into()))
}

/// Write down what the customer was told to have come of their complaint. The request is not closed before; what they were told last counts.
#[utoipa::path(tag = "complaints", params(Id), responses((status = 200, body = Complaint), Problem))]
#[post("/complaints/{id}/tell")]
async fn tell_complaint_outcome(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    how: Json<TellOutcome>,
) -> Reply<Record<Complaint>> {
    Ok(Record(complaints::tell(&me, *id, expected.0, how.0).await?.into()))
}
