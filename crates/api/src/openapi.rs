//! The description of the REST API. What holds of every operation is said here once.

use std::collections::BTreeMap;

use actix_web::{
    HttpResponse,
    web::{self, Data, ServiceConfig},
};
use utoipa::{
    OpenApi,
    openapi::{
        self,
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};
use utoipa_actix_web::AppExt;

use crate::{problem, rest};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Rapport",
        description = "A CRM backend: one customer record that sales, marketing and service share.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(problem::Problem)),
    security(("bearer" = [])),
)]
struct Document;

/// The OpenAPI 3.1 document of the REST API.
pub fn document() -> openapi::OpenApi {
    let mut document = actix_web::App::new()
        .into_utoipa_app()
        .openapi(Document::openapi())
        .service(utoipa_actix_web::scope("/api/v1").configure(rest::routes))
        .split_for_parts()
        .1;
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    document.components.get_or_insert_default().add_security_scheme("bearer", bearer);
    document
}

/// The methods of each path, for those in the document and those beside it.
pub fn methods() -> BTreeMap<String, Vec<String>> {
    let document = serde_json::to_value(document()).unwrap_or_default();
    let mut methods: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        let verbs = item.as_object().into_iter().flatten();
        let verbs = verbs.filter(|(name, _)| *name != "parameters");
        methods.insert(path.clone(), verbs.map(|(name, _)| name.to_uppercase()).collect());
    }
    for (path, verbs) in BESIDE {
        let verbs = verbs.iter().map(|&verb| verb.to_owned());
        methods.entry((*path).to_owned()).or_default().extend(verbs);
    }
    methods
}

/// Paths that are not part of the REST API.
const BESIDE: [(&str, &[&str]); 6] = [
    ("/graphql", &["GET", "POST"]),
    ("/health/live", &["GET"]),
    ("/health/ready", &["GET"]),
    ("/metrics", &["GET"]),
    ("/api/openapi.json", &["GET"]),
    ("/.well-known/jwks.json", &["GET"]),
];

/// The document as it is published.
pub struct Published(String);

impl Published {
    /// Writes the document out once.
    pub fn new() -> Self {
        Self(document().to_json().unwrap_or_default())
    }
}

pub fn routes(to: &mut ServiceConfig) {
    to.route("/api/openapi.json", web::get().to(published));
}

async fn published(document: Data<Published>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(document.0.clone())
}
