use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    customers::contacts::{self, ContactPatch, NewContact},
    records,
};
use rapport_entity::customers::contact::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<ContactPatch>` for the schema of a `ContactPatch`.)
type Change = Based<ContactPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_contacts)
        .service(search_contacts)
        .service(create_contact)
        .service(get_contact)
        .service(update_contact)
        .service(delete_contact)
        .service(restore_contact);
}

/// Contacts, newest first.
#[utoipa::path(tag = "contacts", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/contacts")]
async fn list_contacts(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Contacts, as a list, with the parameters in the body.
#[utoipa::path(tag = "contacts", responses((status = 200, body = List<Model>), Problem))]
#[post("/contacts/search")]
async fn search_contacts(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a contact.
#[utoipa::path(tag = "contacts", responses((status = 201, body = Model), Problem))]
#[post("/contacts")]
async fn create_contact(me: Caller, new: Json<NewContact>) -> Reply<Created<Model>> {
    Ok(Created { record: contacts::create(&me, new.0).await?, at: "contacts" })
}

/// One contact.
#[utoipa::path(tag = "contacts", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/contacts/{id}")]
async fn get_contact(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a contact: what is left out stays, null clears.
#[utoipa::path(tag = "contacts", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/contacts/{id}")]
async fn update_contact(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    Ok(Record(contacts::update(&me, *id, patch.0.expected(expected.0), patch.0.patch).await?))
}

/// Delete a contact. It can be restored.
#[utoipa::path(tag = "contacts", params(Id), responses((status = 204), Problem))]
#[delete("/contacts/{id}")]
async fn delete_contact(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted contact back.
#[utoipa::path(tag = "contacts", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/contacts/{id}/restore")]
async fn restore_contact(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?))
}
