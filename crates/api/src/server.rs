//! The HTTP server: what is served where, and within which bounds.

use std::{net::TcpListener, time::Duration};

use actix_cors::Cors;
use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::Server,
    guard::fn_guard,
    http::{StatusCode, header},
    middleware::{Compress, from_fn},
    web::{self, Data, PathConfig, PayloadConfig, ServiceConfig},
};
use rapport_domain::{
    identity::auth::Auth,
    integration::{files::Files, objects::Objects},
    kernel::limits::{self, Limits},
};
use rapport_entity::Network;
use rapport_graphql as graphql;
use rapport_http::{
    address::Proxies,
    allow::{Allowed, allow},
    caller::recognise,
    connection::{last_answers, remember},
    draining::Draining,
    idempotency::{self, idempotency},
    limits::{LEFT, Limiter, POLICY},
    problem::{ApiError, Problem},
    trace::trace,
};
use rapport_rest::{self as rest, Routes};

use crate::{health, openapi, pages};

/// How the server is to serve.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Threads that answer requests.
    pub workers: usize,
    /// The largest body of a request, in bytes.
    pub body_limit: usize,
    /// The origins whose pages may call the API; none where empty.
    pub origins: Vec<String>,
    /// The proxies that are believed when they say for whom they ask; none where empty.
    pub trusted_proxies: Vec<Network>,
    /// How much may be asked in a minute.
    pub limits: limits::Settings,
    /// The bearer token that shows `/metrics`; nobody is shown them where there is none.
    pub metrics_token: Option<String>,
    /// How long requests under way may take to end when the server stops.
    pub grace: Duration,
    /// Where the files of imports and exports are.
    pub files: Files,
    /// Where files of records are.
    pub objects: Objects,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            workers: std::thread::available_parallelism().map_or(2, usize::from),
            body_limit: 1024 * 1024,
            origins: Vec::new(),
            trusted_proxies: Vec::new(),
            limits: limits::Settings::default(),
            metrics_token: None,
            grace: Duration::from_secs(25),
            files: Files::default(),
            objects: Objects::default(),
        }
    }
}

/// Serves on a listener until the returned server is stopped.
///
/// # Errors
/// Where the listener cannot be used.
pub fn serve(
    listener: TcpListener,
    auth: Auth,
    settings: Settings,
    metrics: Option<health::Metrics>,
    draining: Draining,
) -> std::io::Result<Server> {
    let gate = graphql::Gate::new(graphql::served(
        auth.clone(),
        settings.files.clone(),
        settings.objects.clone(),
    ));
    let gate = Data::new(gate.map_err(std::io::Error::other)?);
    let limits = Limits::new(auth.database().clone(), settings.limits);
    let limiter = Data::new(Limiter::new(limits));
    let proxies = Data::new(Proxies::from(settings.trusted_proxies.clone()));
    let auth = Data::new(auth);
    let allowed = Data::new(Allowed::new(&openapi::methods()));
    let shared = (settings.clone(), draining);
    let server = HttpServer::new(move || {
        let (settings, draining) = shared.clone();
        App::new()
            .app_data(auth.clone())
            .app_data(gate.clone())
            .app_data(limiter.clone())
            .app_data(proxies.clone())
            .app_data(allowed.clone())
            .app_data(Data::new(draining))
            .app_data(Data::new(settings.files.clone()))
            .app_data(Data::new(settings.objects.clone()))
            .app_data(Data::new(health::MetricsAccess::new(
                metrics.clone(),
                settings.metrics_token.clone(),
            )))
            .app_data(PayloadConfig::new(settings.body_limit))
            .app_data(PathConfig::default().error_handler(no_such_path))
            .wrap(from_fn(idempotency))
            .wrap(from_fn(recognise))
            .wrap(from_fn(allow))
            .wrap(cors(&settings.origins))
            .wrap(Compress::default())
            .wrap(from_fn(last_answers))
            .wrap(from_fn(trace))
            .configure(other_than_rest)
            .service(
                web::scope("/api/v1")
                    .configure(openapi::of_workspaces)
                    .configure(|to| rest::routes(&mut Routes::Served(to))),
            )
            .default_service(web::to(not_found))
    });
    Ok(server
        .workers(settings.workers)
        .on_connect(remember)
        .client_request_timeout(Duration::from_secs(10))
        .client_disconnect_timeout(Duration::from_secs(5))
        .keep_alive(Duration::from_secs(30))
        .shutdown_timeout(settings.grace.as_secs())
        .disable_signals()
        .listen(listener)?
        .run())
}

fn other_than_rest(to: &mut ServiceConfig) {
    to.service(
        web::resource("/graphql")
            .route(web::get().guard(fn_guard(graphql::wants_page)).to(pages::graphiql))
            .route(web::head().guard(fn_guard(graphql::wants_page)).to(pages::graphiql))
            .route(web::get().to(graphql::get))
            .route(web::head().to(graphql::get))
            .route(web::post().to(graphql::post)),
    )
    .route("/.well-known/jwks.json", web::get().to(jwks))
    .configure(openapi::routes)
    .configure(health::routes)
    .configure(pages::routes);
}

fn cors(origins: &[String]) -> Cors {
    // Forms stand on anybody's pages: which pages may send what is said with each form.
    let cors = Cors::default()
        .allowed_origin_fn(|_, head| head.uri.path().starts_with("/api/v1/public/"))
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::ACCEPT,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            idempotency::NAME,
        ])
        .expose_headers([
            header::ETAG,
            header::LOCATION,
            header::LINK,
            header::RETRY_AFTER,
            POLICY,
            LEFT,
        ])
        .max_age(3600);
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}

async fn jwks(auth: Data<Auth>) -> Result<HttpResponse, ApiError> {
    let keys = auth.jwks().await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "public, max-age=300")).json(keys))
}

async fn not_found(req: HttpRequest) -> HttpResponse {
    Problem::http(StatusCode::NOT_FOUND, "not_found", format!("there is nothing at {}", req.path()))
        .response()
}

/// A part of the path that cannot be the id of anything is the id of nothing.
fn no_such_path(err: actix_web::error::PathError, _: &HttpRequest) -> actix_web::Error {
    let response =
        Problem::http(StatusCode::NOT_FOUND, "not_found", "there is no such record").response();
    actix_web::error::InternalError::from_response(err, response).into()
}
