use actix_web::{post, web};
use rapport_domain::service::entitlements::coverage::{self, Coverage, CoverageRequest};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{Json, Reply, Routes};

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(check_coverage);
}

/// Whether something is covered, and why: asked before work starts.
#[utoipa::path(tag = "entitlements", responses((status = 200, body = Coverage), Problem))]
#[post("/coverage/check")]
async fn check_coverage(me: Caller, asked: Json<CoverageRequest>) -> Reply<web::Json<Coverage>> {
    Ok(web::Json(coverage::of(&me, &asked.0).await?))
}
