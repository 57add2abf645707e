use actix_web::{
    get, patch, post, put,
    web::{self, Path},
};
use rapport_domain::sales::orders::deliveries::{
    self, DeliveryPatch, DeliveryWithLines, NewDelivery,
};
use rapport_entity::{
    ExternalId, Source,
    sales::delivery::{Entity, Id},
};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes, SearchRequest,
    reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<DeliveryPatch>` for the schema of a `DeliveryPatch`.)
type Change = Based<DeliveryPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_deliveries)
        .service(search_deliveries)
        .service(create_delivery)
        .service(get_delivery)
        .service(update_delivery)
        .service(upsert_delivery);
}

/// Deliveries and returns, newest first.
#[utoipa::path(tag = "deliveries", params(ListQuery<Entity>), responses((status = 200, body = List<DeliveryWithLines>), Problem))]
#[get("/deliveries")]
async fn list_deliveries(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<DeliveryWithLines>> {
    Ok(Listed(deliveries::list(&me, &query.listing()?).await?))
}

/// Deliveries and returns, as a list, with the parameters in the body.
#[utoipa::path(tag = "deliveries", responses((status = 200, body = List<DeliveryWithLines>), Problem))]
#[post("/deliveries/search")]
async fn search_deliveries(me: Caller, search: Json<Search>) -> Reply<Listed<DeliveryWithLines>> {
    Ok(Listed(deliveries::list(&me, &search.0.listing()?).await?))
}

/// Make a delivery, or a return, of goods of an order. The order follows: once the customer has everything, it is completed.
#[utoipa::path(tag = "deliveries", responses((status = 201, body = DeliveryWithLines), Problem))]
#[post("/deliveries")]
async fn create_delivery(me: Caller, new: Json<NewDelivery>) -> Reply<Created<DeliveryWithLines>> {
    Ok(Created { record: deliveries::create(&me, new.0).await?, at: "deliveries" })
}

/// One delivery or return, with what is in it.
#[utoipa::path(tag = "deliveries", params(Id), responses((status = 200, body = DeliveryWithLines), Problem))]
#[get("/deliveries/{id}")]
async fn get_delivery(me: Caller, id: Path<Id>) -> Reply<Record<DeliveryWithLines>> {
    Ok(Record(deliveries::get(&me, *id).await?))
}

/// Change a delivery: what is left out stays, null clears. Its `next` says what may become of it.
#[utoipa::path(tag = "deliveries", params(Id), responses((status = 200, body = DeliveryWithLines), Problem))]
#[patch("/deliveries/{id}")]
async fn update_delivery(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<DeliveryWithLines>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(deliveries::update(&me, *id, expected, patch.0.patch).await?))
}

/// Make the delivery that another system knows by this id, or change it. What is left out, or null, stays as it is.
#[utoipa::path(
    tag = "deliveries",
    params(("source" = Source, Path), ("externalId" = ExternalId, Path)),
    responses((status = 200, body = DeliveryWithLines), (status = 201, body = DeliveryWithLines), Problem)
)]
#[put("/deliveries/by-external/{source}/{externalId}")]
async fn upsert_delivery(
    me: Caller,
    key: Path<(Source, ExternalId)>,
    expected: IfMatch,
    new: Json<NewDelivery>,
) -> Reply<web::Either<Created<DeliveryWithLines>, Record<DeliveryWithLines>>> {
    let (source, external_id) = key.into_inner();
    let (record, made) = deliveries::upsert(&me, source, external_id, expected.0, new.0).await?;
    Ok(match made {
        true => web::Either::Left(Created { record, at: "deliveries" }),
        false => web::Either::Right(Record(record)),
    })
}
