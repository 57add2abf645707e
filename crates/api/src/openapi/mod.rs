//! The description of the REST API. Handlers say what is theirs alone; what holds of every operation, and what follows
//! from the field catalogue, is added here, in one place.

mod examples;
mod failures;
mod links;
mod operations;
mod rules;
mod schemas;
mod workspace;

use std::collections::BTreeMap;

use actix_web::{
    HttpResponse,
    web::{self, ServiceConfig},
};
use rapport_domain::identity::sessions;
use rapport_http::problem;
use rapport_rest::{self as rest, Routes};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;
use utoipa::{
    OpenApi,
    openapi::security::{Http, HttpAuthScheme, SecurityScheme},
};
use utoipa_actix_web::AppExt;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Rapport",
        description = "A CRM backend: one customer record that sales, marketing and service share.\n\n\
            Every list takes a filter (a rule tree), full-text search, an order and a cursor. Every record has an entity \
            tag: `If-None-Match` saves reading it again, `If-Match` keeps one client from undoing what another has done. \
            Errors are problem details (RFC 9457) that name every wrong member at once. The same is served over GraphQL \
            at `/graphql`.\n\n\
            A workspace can define fields of its own. They are in the `custom` of its records; `/api/v1/openapi.json` describes \
            the API as it is in the workspace of whoever asks.",
        contact(name = "The operator of this installation"),
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    servers((url = "/", description = "The installation that serves this document, in production or locally")),
    components(schemas(problem::Problem, sessions::Which)),
    security(("bearer" = [])),
)]
struct Document;

/// The OpenAPI 3.1 document of the REST API. It is the same each time: members are in alphabetical order.
pub fn document() -> Value {
    let mut document = serde_json::to_value(described()).unwrap_or_default();
    // Whoever operates it decides who may reach it; as we mean it, apps of customers do.
    document["servers"][0]["x-internal"] = false.into();
    rules::complete(&mut document);
    schemas::complete(&mut document);
    operations::complete(&mut document);
    failures::complete(&mut document);
    links::complete(&mut document);
    examples::complete(&mut document);
    schemas::prune(&mut document);
    document
}

/// What the handlers say of themselves.
fn described() -> utoipa::openapi::OpenApi {
    let mut document = actix_web::App::new()
        .into_utoipa_app()
        .openapi(Document::openapi())
        .service(
            utoipa_actix_web::scope("/api/v1")
                .configure(|to| rest::routes(&mut Routes::Described(to))),
        )
        .split_for_parts()
        .1;
    let mut bearer = Http::new(HttpAuthScheme::Bearer);
    bearer.bearer_format = Some("JWT".to_owned());
    bearer.description = Some(
        "The access token of a session, signed with EdDSA (RFC8725 is kept to) and checked with the keys at \
         `/.well-known/jwks.json`; or the secret of an API key, `rap_live_…`."
            .to_owned(),
    );
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    document
}

/// What HTTP methods are called in the document.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Does something with each operation: its path, its method, itself.
fn each_operation(document: &mut Value, mut with: impl FnMut(&str, &str, &mut Value)) {
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (path, item) in paths {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if METHODS.contains(&method.as_str()) {
                with(path, method, operation);
            }
        }
    }
}

/// The verb and the noun of an operation: `list` and `customers`.
fn verb(operation: &Value) -> (&str, &str) {
    let id = operation["operationId"].as_str().unwrap_or_default();
    id.split_once('_').unwrap_or((id, ""))
}

/// The name of the schema that a reference leads to.
fn referred(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/components/schemas/")
}

/// The document as `rapport schema write` has written it, which a test holds to [`document`]. It is served from here,
/// because making it takes as much memory as the rest of an idle program.
const WRITTEN: &str = include_str!("../../../../openapi/openapi.json");

/// As much of the document as tells which path allows what.
#[derive(Default, Deserialize)]
struct Outline {
    paths: BTreeMap<String, BTreeMap<String, IgnoredAny>>,
}

/// The methods of each path, for those in the document and those beside it.
pub fn methods() -> BTreeMap<String, Vec<String>> {
    let outline: Outline = serde_json::from_str(WRITTEN).unwrap_or_default();
    let verbs = |item: BTreeMap<String, IgnoredAny>| {
        let verbs = item.into_keys().filter(|name| METHODS.contains(&name.as_str()));
        verbs.map(|name| name.to_uppercase()).collect()
    };
    let mut methods: BTreeMap<String, Vec<String>> =
        outline.paths.into_iter().map(|(path, item)| (path, verbs(item))).collect();
    for (path, verbs) in BESIDE {
        let verbs = verbs.iter().map(|&verb| verb.to_owned());
        methods.entry((*path).to_owned()).or_default().extend(verbs);
    }
    methods
}

/// Paths that are not part of the REST API.
const BESIDE: [(&str, &[&str]); 8] = [
    ("/graphql", &["GET", "POST"]),
    ("/health/live", &["GET"]),
    ("/health/ready", &["GET"]),
    ("/metrics", &["GET"]),
    ("/api/openapi.json", &["GET"]),
    ("/api/v1/openapi.json", &["GET"]),
    ("/llms.txt", &["GET"]),
    ("/.well-known/jwks.json", &["GET"]),
];

/// Within the API, for those who are signed in.
pub fn of_workspaces(to: &mut ServiceConfig) {
    to.route("/openapi.json", web::get().to(workspace::described));
}

pub fn routes(to: &mut ServiceConfig) {
    to.route("/api/openapi.json", web::get().to(published));
}

async fn published() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(WRITTEN)
}

#[cfg(test)]
mod tests;
