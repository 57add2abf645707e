use actix_web::{HttpRequest, get, web::Path};
use rapport_domain::{kernel::Part, ownership::history};
use rapport_entity::{
    customers::customer,
    ownership::ownership_change::OwnershipPeriod,
    sales::{lead, opportunity},
};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Listed, Reply, Routes,
    part::{PartQuery, part},
    query::unknown,
    reply::List,
};

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_customer_ownership)
        .service(list_lead_ownership)
        .service(list_opportunity_ownership);
}

/// Who had a customer from when until when, newest first.
#[utoipa::path(
    tag = "ownership",
    params(customer::Id, PartQuery),
    responses((status = 200, body = List<OwnershipPeriod>), Problem)
)]
#[get("/customers/{id}/ownership")]
async fn list_customer_ownership(
    me: Caller,
    id: Path<customer::Id>,
    req: HttpRequest,
) -> Reply<Listed<OwnershipPeriod>> {
    Ok(Listed(history::of_customer(&me, *id, &asked(&req)?).await?))
}

/// Who had a lead from when until when, newest first.
#[utoipa::path(
    tag = "ownership",
    params(lead::Id, PartQuery),
    responses((status = 200, body = List<OwnershipPeriod>), Problem)
)]
#[get("/leads/{id}/ownership")]
async fn list_lead_ownership(
    me: Caller,
    id: Path<lead::Id>,
    req: HttpRequest,
) -> Reply<Listed<OwnershipPeriod>> {
    Ok(Listed(history::of_lead(&me, *id, &asked(&req)?).await?))
}

/// Who had an opportunity from when until when, newest first.
#[utoipa::path(
    tag = "ownership",
    params(opportunity::Id, PartQuery),
    responses((status = 200, body = List<OwnershipPeriod>), Problem)
)]
#[get("/opportunities/{id}/ownership")]
async fn list_opportunity_ownership(
    me: Caller,
    id: Path<opportunity::Id>,
    req: HttpRequest,
) -> Reply<Listed<OwnershipPeriod>> {
    Ok(Listed(history::of_opportunity(&me, *id, &asked(&req)?).await?))
}

fn asked(req: &HttpRequest) -> rapport_domain::Result<Part> {
    part(req.query_string(), |name, _| Err(unknown(name)))
}
