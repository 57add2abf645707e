use actix_web::{get, patch, post, web::Path};
use rapport_domain::{
    records,
    service::entitlements::entitlements::{self, EntitlementPatch, NewEntitlement},
};
use rapport_entity::service::entitlement::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes, SearchRequest,
    reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<EntitlementPatch>` for the schema of a `EntitlementPatch`.)
type Change = Based<EntitlementPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_entitlements)
        .service(search_entitlements)
        .service(create_entitlement)
        .service(get_entitlement)
        .service(update_entitlement);
}

/// Entitlements, newest first.
#[utoipa::path(tag = "entitlements", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/entitlements")]
async fn list_entitlements(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Entitlements, as a list, with the parameters in the body.
#[utoipa::path(tag = "entitlements", responses((status = 200, body = List<Model>), Problem))]
#[post("/entitlements/search")]
async fn search_entitlements(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make an entitlement. What a product carries is made by its orders.
#[utoipa::path(tag = "entitlements", responses((status = 201, body = Model), Problem))]
#[post("/entitlements")]
async fn create_entitlement(me: Caller, new: Json<NewEntitlement>) -> Reply<Created<Model>> {
    Ok(Created { record: entitlements::create(&me, new.0).await?, at: "entitlements" })
}

/// One entitlement.
#[utoipa::path(tag = "entitlements", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/entitlements/{id}")]
async fn get_entitlement(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change an entitlement: what is left out stays, null clears.
#[utoipa::path(tag = "entitlements", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/entitlements/{id}")]
async fn update_entitlement(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(entitlements::update(&me, *id, expected, patch.0.patch).await?))
}
