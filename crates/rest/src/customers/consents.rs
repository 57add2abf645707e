use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    customers::consents::{self, ConsentPatch, NewConsent},
    records,
};
use rapport_entity::customers::consent::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<ConsentPatch>` for the schema of a `ConsentPatch`.)
type Change = Based<ConsentPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_consents)
        .service(search_consents)
        .service(create_consent)
        .service(get_consent)
        .service(update_consent)
        .service(delete_consent)
        .service(restore_consent);
}

/// Consents, newest first.
#[utoipa::path(tag = "consents", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/consents")]
async fn list_consents(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Consents, as a list, with the parameters in the body.
#[utoipa::path(tag = "consents", responses((status = 200, body = List<Model>), Problem))]
#[post("/consents/search")]
async fn search_consents(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a consent.
#[utoipa::path(tag = "consents", responses((status = 201, body = Model), Problem))]
#[post("/consents")]
async fn create_consent(me: Caller, new: Json<NewConsent>) -> Reply<Created<Model>> {
    Ok(Created { record: consents::create(&me, new.0).await?, at: "consents" })
}

/// One consent.
#[utoipa::path(tag = "consents", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/consents/{id}")]
async fn get_consent(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a consent: what is left out stays, null clears.
#[utoipa::path(tag = "consents", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/consents/{id}")]
async fn update_consent(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    Ok(Record(consents::update(&me, *id, patch.0.expected(expected.0), patch.0.patch).await?))
}

/// Delete a consent. It can be restored.
#[utoipa::path(tag = "consents", params(Id), responses((status = 204), Problem))]
#[delete("/consents/{id}")]
async fn delete_consent(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted consent back.
#[utoipa::path(tag = "consents", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/consents/{id}/restore")]
async fn restore_consent(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?))
}
