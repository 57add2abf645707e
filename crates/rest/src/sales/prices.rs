use actix_web::{post, web};
use rapport_domain::sales::prices::{self, PriceRequest, ResolvedPrices};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{Json, Reply, Routes};

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(resolve_prices);
}

/// What products cost a customer, or everybody, on a day, and why.
#[utoipa::path(tag = "price books", responses((status = 200, body = ResolvedPrices), Problem))]
#[post("/prices/resolve")]
async fn resolve_prices(me: Caller, asked: Json<PriceRequest>) -> Reply<web::Json<ResolvedPrices>> {
    Ok(web::Json(prices::resolve(&me, &asked.0).await?))
}
