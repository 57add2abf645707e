use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    records,
    sales::leads::forms::{self, LeadFormPatch, NewLeadForm},
};
use rapport_entity::sales::lead_form::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<LeadFormPatch>` for the schema of a `LeadFormPatch`.)
type Change = Based<LeadFormPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_lead_forms)
        .service(search_lead_forms)
        .service(create_lead_form)
        .service(get_lead_form)
        .service(update_lead_form)
        .service(delete_lead_form)
        .service(restore_lead_form)
        .service(renew_lead_form_key);
}

/// Forms that leads come in by, newest first.
#[utoipa::path(tag = "leads", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/lead-forms")]
async fn list_lead_forms(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Forms that leads come in by, as a list, with the parameters in the body.
#[utoipa::path(tag = "leads", responses((status = 200, body = List<Model>), Problem))]
#[post("/lead-forms/search")]
async fn search_lead_forms(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a form that leads come in by, with a key of its own.
#[utoipa::path(tag = "leads", responses((status = 201, body = Model), Problem))]
#[post("/lead-forms")]
async fn create_lead_form(me: Caller, new: Json<NewLeadForm>) -> Reply<Created<Model>> {
    Ok(Created { record: forms::create(&me, new.0).await?, at: "lead-forms" })
}

/// One form that leads come in by.
#[utoipa::path(tag = "leads", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/lead-forms/{id}")]
async fn get_lead_form(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a form that leads come in by: what is left out stays, null clears.
#[utoipa::path(tag = "leads", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/lead-forms/{id}")]
async fn update_lead_form(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(forms::update(&me, *id, expected, patch.0.patch).await?))
}

/// Delete a form that leads come in by. It can be restored.
#[utoipa::path(tag = "leads", params(Id), responses((status = 204), Problem))]
#[delete("/lead-forms/{id}")]
async fn delete_lead_form(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted form back.
#[utoipa::path(tag = "leads", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/lead-forms/{id}/restore")]
async fn restore_lead_form(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?))
}

/// Give a form a new key. What is sent with the one before finds no form any more.
#[utoipa::path(tag = "leads", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/lead-forms/{id}/renew-key")]
async fn renew_lead_form_key(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Record<Model>> {
    Ok(Record(forms::renew_key(&me, *id, expected.0).await?))
}
