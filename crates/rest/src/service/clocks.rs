use actix_web::{
    get,
    web::{self, Path},
};
use rapport_domain::service::clocks::shown::{self, Clock};
use rapport_entity::service::service_request;
use rapport_http::{caller::Caller, problem::Problem};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Reply, Routes};

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(get_service_request_clocks);
}

/// The clocks of a service request.
#[derive(Serialize, ToSchema)]
struct ServiceRequestClocks {
    /// The latest of each kind first.
    #[schema(max_items = 200)]
    items: Vec<Clock>,
}

/// The clocks of a service request: what was promised, until when, what came of it, and why.
#[utoipa::path(tag = "service requests", params(service_request::Id), responses((status = 200, body = ServiceRequestClocks), Problem))]
#[get("/service-requests/{id}/clocks")]
async fn get_service_request_clocks(
    me: Caller,
    id: Path<service_request::Id>,
) -> Reply<web::Json<ServiceRequestClocks>> {
    Ok(web::Json(ServiceRequestClocks { items: shown::of_request(&me, *id).await? }))
}
