use actix_web::{
    get, patch, post, put,
    web::{self, Path},
};
use rapport_domain::{
    records,
    sales::orders::payments::{self, NewPayment, PaymentPatch},
};
use rapport_entity::{
    ExternalId, Source,
    sales::payment::{Entity, Id, Payment},
};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes, SearchRequest,
    reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<PaymentPatch>` for the schema of a `PaymentPatch`.)
type Change = Based<PaymentPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_payments)
        .service(search_payments)
        .service(create_payment)
        .service(get_payment)
        .service(update_payment)
        .service(upsert_payment);
}

/// Payments and refunds, newest first.
#[utoipa::path(tag = "payments", params(ListQuery<Entity>), responses((status = 200, body = List<Payment>), Problem))]
#[get("/payments")]
async fn list_payments(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Payment>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?.map(Payment::from)))
}

/// Payments and refunds, as a list, with the parameters in the body.
#[utoipa::path(tag = "payments", responses((status = 200, body = List<Payment>), Problem))]
#[post("/payments/search")]
async fn search_payments(me: Caller, search: Json<Search>) -> Reply<Listed<Payment>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?.map(Payment::from)))
}

/// Write down a payment for an order, or a refund. The order's `paymentStatus` and `paid` follow.
#[utoipa::path(tag = "payments", responses((status = 201, body = Payment), Problem))]
#[post("/payments")]
async fn create_payment(me: Caller, new: Json<NewPayment>) -> Reply<Created<Payment>> {
    Ok(Created { record: payments::create(&me, new.0).await?.into(), at: "payments" })
}

/// One payment or refund.
#[utoipa::path(tag = "payments", params(Id), responses((status = 200, body = Payment), Problem))]
#[get("/payments/{id}")]
async fn get_payment(me: Caller, id: Path<Id>) -> Reply<Record<Payment>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?.into()))
}

/// Change a payment: what is left out stays, null clears. Its `next` says what may become of it.
#[utoipa::path(tag = "payments", params(Id), responses((status = 200, body = Payment), Problem))]
#[patch("/payments/{id}")]
async fn update_payment(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Payment>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(payments::update(&me, *id, expected, patch.0.patch).await?.into()))
}

/// Make the payment that another system knows by this id, or change it. What is left out, or null, stays as it is.
#[utoipa::path(
    tag = "payments",
    params(("source" = Source, Path), ("externalId" = ExternalId, Path)),
    responses((status = 200, body = Payment), (status = 201, body = Payment), Problem)
)]
#[put("/payments/by-external/{source}/{externalId}")]
async fn upsert_payment(
    me: Caller,
    key: Path<(Source, ExternalId)>,
    expected: IfMatch,
    new: Json<NewPayment>,
) -> Reply<web::Either<Created<Payment>, Record<Payment>>> {
    let (source, external_id) = key.into_inner();
    let (row, made) = payments::upsert(&me, source, external_id, expected.0, new.0).await?;
    let record = Payment::from(row);
    Ok(match made {
        true => web::Either::Left(Created { record, at: "payments" }),
        false => web::Either::Right(Record(record)),
    })
}
