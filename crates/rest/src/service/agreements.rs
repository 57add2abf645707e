use actix_web::{
    delete, get, patch, post, put,
    web::{self, Path},
};
use rapport_domain::{
    records,
    service::agreements::agreements::{self, AgreementPatch, NewAgreement},
};
use rapport_entity::{
    ExternalId, Source,
    service::agreement::{Agreement, Entity, Id},
};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<AgreementPatch>` for the schema of a `AgreementPatch`.)
type Change = Based<AgreementPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_agreements)
        .service(search_agreements)
        .service(create_agreement)
        .service(get_agreement)
        .service(update_agreement)
        .service(delete_agreement)
        .service(restore_agreement)
        .service(upsert_agreement);
}

/// Agreements, newest first.
#[utoipa::path(tag = "agreements", params(ListQuery<Entity>), responses((status = 200, body = List<Agreement>), Problem))]
#[get("/agreements")]
async fn list_agreements(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Agreement>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?.map(Agreement::from)))
}

/// Agreements, as a list, with the parameters in the body.
#[utoipa::path(tag = "agreements", responses((status = 200, body = List<Agreement>), Problem))]
#[post("/agreements/search")]
async fn search_agreements(me: Caller, search: Json<Search>) -> Reply<Listed<Agreement>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?.map(Agreement::from)))
}

/// Make an agreement. What it covers are its entitlements.
#[utoipa::path(tag = "agreements", responses((status = 201, body = Agreement), Problem))]
#[post("/agreements")]
async fn create_agreement(me: Caller, new: Json<NewAgreement>) -> Reply<Created<Agreement>> {
    Ok(Created { record: agreements::create(&me, new.0).await?.into(), at: "agreements" })
}

/// One agreement.
#[utoipa::path(tag = "agreements", params(Id), responses((status = 200, body = Agreement), Problem))]
#[get("/agreements/{id}")]
async fn get_agreement(me: Caller, id: Path<Id>) -> Reply<Record<Agreement>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?.into()))
}

/// Change an agreement: what is left out stays, null clears. Its `next` says what may become of it.
#[utoipa::path(tag = "agreements", params(Id), responses((status = 200, body = Agreement), Problem))]
#[patch("/agreements/{id}")]
async fn update_agreement(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Agreement>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(agreements::update(&me, *id, expected, patch.0.patch).await?.into()))
}

/// Delete an agreement. It can be restored.
#[utoipa::path(tag = "agreements", params(Id), responses((status = 204), Problem))]
#[delete("/agreements/{id}")]
async fn delete_agreement(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    agreements::delete(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted agreement back.
#[utoipa::path(tag = "agreements", params(Id), responses((status = 200, body = Agreement), Problem))]
#[post("/agreements/{id}/restore")]
async fn restore_agreement(me: Caller, id: Path<Id>) -> Reply<Record<Agreement>> {
    Ok(Record(agreements::restore(&me, *id).await?.into()))
}

/// Make the agreement that another system knows by this id, or change it. What is left out, or null, stays as it is.
#[utoipa::path(
    tag = "agreements",
    params(("source" = Source, Path), ("externalId" = ExternalId, Path)),
    responses((status = 200, body = Agreement), (status = 201, body = Agreement), Problem)
)]
#[put("/agreements/by-external/{source}/{externalId}")]
async fn upsert_agreement(
    me: Caller,
    key: Path<(Source, ExternalId)>,
    expected: IfMatch,
    new: Json<NewAgreement>,
) -> Reply<web::Either<Created<Agreement>, Record<Agreement>>> {
    let (source, external_id) = key.into_inner();
    let (row, made) = agreements::upsert(&me, source, external_id, expected.0, new.0).await?;
    let record = Agreement::from(row);
    Ok(match made {
        true => web::Either::Left(Created { record, at: "agreements" }),
        false => web::Either::Right(Record(record)),
    })
}
