use actix_web::{
    delete, get, patch, post, put,
    web::{self, Path},
};
use rapport_domain::{
    records,
    service::sites::{self, NewSite, SitePatch},
};
use rapport_entity::{
    ExternalId, Source,
    service::site::{Entity, Id, Model},
};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<SitePatch>` for the schema of a `SitePatch`.)
type Change = Based<SitePatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_sites)
        .service(search_sites)
        .service(create_site)
        .service(get_site)
        .service(update_site)
        .service(delete_site)
        .service(restore_site)
        .service(upsert_site);
}

/// Sites, newest first.
#[utoipa::path(tag = "sites", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/sites")]
async fn list_sites(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Sites, as a list, with the parameters in the body.
#[utoipa::path(tag = "sites", responses((status = 200, body = List<Model>), Problem))]
#[post("/sites/search")]
async fn search_sites(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a site.
#[utoipa::path(tag = "sites", responses((status = 201, body = Model), Problem))]
#[post("/sites")]
async fn create_site(me: Caller, new: Json<NewSite>) -> Reply<Created<Model>> {
    Ok(Created { record: sites::create(&me, new.0).await?, at: "sites" })
}

/// One site.
#[utoipa::path(tag = "sites", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/sites/{id}")]
async fn get_site(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a site: what is left out stays, null clears.
#[utoipa::path(tag = "sites", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/sites/{id}")]
async fn update_site(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(sites::update(&me, *id, expected, patch.0.patch).await?))
}

/// Delete a site that nothing is at. It can be restored.
#[utoipa::path(tag = "sites", params(Id), responses((status = 204), Problem))]
#[delete("/sites/{id}")]
async fn delete_site(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    sites::delete(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted site back.
#[utoipa::path(tag = "sites", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/sites/{id}/restore")]
async fn restore_site(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?))
}

/// Make the site that another system knows by this id, or change it. What is left out, or null, stays as it is.
#[utoipa::path(
    tag = "sites",
    params(("source" = Source, Path), ("externalId" = ExternalId, Path)),
    responses((status = 200, body = Model), (status = 201, body = Model), Problem)
)]
#[put("/sites/by-external/{source}/{externalId}")]
async fn upsert_site(
    me: Caller,
    key: Path<(Source, ExternalId)>,
    expected: IfMatch,
    new: Json<NewSite>,
) -> Reply<web::Either<Created<Model>, Record<Model>>> {
    let (source, external_id) = key.into_inner();
    let (row, made) = sites::upsert(&me, source, external_id, expected.0, new.0).await?;
    let record = row;
    Ok(match made {
        true => web::Either::Left(Created { record, at: "sites" }),
        false => web::Either::Right(Record(record)),
    })
}
