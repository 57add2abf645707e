use actix_web::{post, web::Path};
use rapport_domain::ownership::claims::{self, ReleaseToPool};
use rapport_entity::{
    customers::customer::{self, Model as Customer},
    sales::lead::{self, Lead},
};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{IfMatch, Json, Record, Reply, Routes};

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(claim_customer).service(release_customer).service(claim_lead).service(release_lead);
}

/// Claim a customer that nobody has, from the pool that it is in. One that the caller has stays theirs.
#[utoipa::path(tag = "ownership", params(customer::Id), responses((status = 200, body = Customer), Problem))]
#[post("/customers/{id}/claim")]
async fn claim_customer(
    me: Caller,
    id: Path<customer::Id>,
    expected: IfMatch,
) -> Reply<Record<Customer>> {
    Ok(Record(claims::claim_customer(&me, *id, expected.0).await?))
}

/// Give a customer back to the pool. One that nobody has stays there.
#[utoipa::path(tag = "ownership", params(customer::Id), responses((status = 200, body = Customer), Problem))]
#[post("/customers/{id}/release")]
async fn release_customer(
    me: Caller,
    id: Path<customer::Id>,
    expected: IfMatch,
    why: Json<ReleaseToPool>,
) -> Reply<Record<Customer>> {
    Ok(Record(claims::release_customer(&me, *id, expected.0, why.0).await?))
}

/// Claim an open lead that nobody has, from the pool that it is in. One that the caller has stays theirs.
#[utoipa::path(tag = "ownership", params(lead::Id), responses((status = 200, body = Lead), Problem))]
#[post("/leads/{id}/claim")]
async fn claim_lead(me: Caller, id: Path<lead::Id>, expected: IfMatch) -> Reply<Record<Lead>> {
    Ok(Record(claims::claim_lead(&me, *id, expected.0).await?.into()))
}

/// Give an open lead back to the pool. One that nobody has stays there.
#[utoipa::path(tag = "ownership", params(lead::Id), responses((status = 200, body = Lead), Problem))]
#[post("/leads/{id}/release")]
async fn release_lead(
    me: Caller,
    id: Path<lead::Id>,
    expected: IfMatch,
    why: Json<ReleaseToPool>,
) -> Reply<Record<Lead>> {
    Ok(Record(claims::release_lead(&me, *id, expected.0, why.0).await?.into()))
}
