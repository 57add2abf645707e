use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    customers::custom_fields::{self, CustomFieldPatch, NewCustomField},
    records,
};
use rapport_entity::customers::custom_field::{CustomField, Entity, Id};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<CustomFieldPatch>` for the schema of a `CustomFieldPatch`.)
type Change = Based<CustomFieldPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_custom_fields)
        .service(search_custom_fields)
        .service(create_custom_field)
        .service(get_custom_field)
        .service(update_custom_field)
        .service(delete_custom_field)
        .service(restore_custom_field);
}

/// Custom fields, newest first.
#[utoipa::path(tag = "custom fields", params(ListQuery<Entity>), responses((status = 200, body = List<CustomField>), Problem))]
#[get("/custom-fields")]
async fn list_custom_fields(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<CustomField>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?.map(CustomField::from)))
}

/// Custom fields, as a list, with the parameters in the body.
#[utoipa::path(tag = "custom fields", responses((status = 200, body = List<CustomField>), Problem))]
#[post("/custom-fields/search")]
async fn search_custom_fields(me: Caller, search: Json<Search>) -> Reply<Listed<CustomField>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?.map(CustomField::from)))
}

/// Define a custom field.
#[utoipa::path(tag = "custom fields", responses((status = 201, body = CustomField), Problem))]
#[post("/custom-fields")]
async fn create_custom_field(me: Caller, new: Json<NewCustomField>) -> Reply<Created<CustomField>> {
    Ok(Created { record: custom_fields::create(&me, new.0).await?.into(), at: "custom-fields" })
}

/// One custom field.
#[utoipa::path(tag = "custom fields", params(Id), responses((status = 200, body = CustomField), Problem))]
#[get("/custom-fields/{id}")]
async fn get_custom_field(me: Caller, id: Path<Id>) -> Reply<Record<CustomField>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?.into()))
}

/// Change a custom field: what is left out stays, null clears.
#[utoipa::path(tag = "custom fields", params(Id), responses((status = 200, body = CustomField), Problem))]
#[patch("/custom-fields/{id}")]
async fn update_custom_field(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<CustomField>> {
    Ok(Record(
        custom_fields::update(&me, *id, patch.0.expected(expected.0), patch.0.patch).await?.into(),
    ))
}

/// Delete a custom field. Its values are kept, so that it can be restored.
#[utoipa::path(tag = "custom fields", params(Id), responses((status = 204), Problem))]
#[delete("/custom-fields/{id}")]
async fn delete_custom_field(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted custom field back, and its values with it.
#[utoipa::path(tag = "custom fields", params(Id), responses((status = 200, body = CustomField), Problem))]
#[post("/custom-fields/{id}/restore")]
async fn restore_custom_field(me: Caller, id: Path<Id>) -> Reply<Record<CustomField>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?.into()))
}
