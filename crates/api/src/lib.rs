//! REST and GraphQL over the same use cases.

mod caller;
mod http;
mod problem;
mod rest;

use utoipa::{OpenApi, openapi};

#[derive(OpenApi)]
#[openapi(info(title = "Rapport"), components(schemas(problem::Problem)))]
struct Document;

/// The OpenAPI document of the REST API.
pub fn document() -> openapi::OpenApi {
    use utoipa_actix_web::AppExt;
    actix_web::App::new()
        .into_utoipa_app()
        .openapi(Document::openapi())
        .service(utoipa_actix_web::scope("/api/v1").configure(rest::routes))
        .split_for_parts()
        .1
}
