//! Is the program alive, is it ready, how is it doing?

use std::{sync::Arc, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{self, Data, ServiceConfig},
};
use rapport_domain::identity::auth::Auth;
use rapport_http::{caller::bearer, draining::Draining, problem::Problem};
use serde_json::json;

/// Writes the metrics in Prometheus' text format.
pub type Metrics = Arc<dyn Fn() -> String + Send + Sync>;

/// The metrics, and who may see them.
pub struct MetricsAccess {
    metrics: Option<Metrics>,
    token: Option<String>,
}

impl MetricsAccess {
    /// The metrics for whoever has the token.
    pub fn new(metrics: Option<Metrics>, token: Option<String>) -> Self {
        Self { metrics, token }
    }
}

pub fn routes(to: &mut ServiceConfig) {
    to.route("/health/live", web::get().to(live))
        .route("/health/ready", web::get().to(ready))
        .route("/metrics", web::get().to(metrics));
}

/// The program runs, whatever its database does.
async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

/// How long the database may take to answer that it is there.
const PATIENCE: Duration = Duration::from_secs(3);

/// The program can answer requests: its database does, and it is not about to stop.
async fn ready(auth: Data<Auth>, draining: Data<Draining>) -> HttpResponse {
    if draining.has_begun() {
        return not_ready("shutting down");
    }
    match tokio::time::timeout(PATIENCE, auth.database().ping()).await {
        Ok(Ok(())) => HttpResponse::Ok().json(json!({ "status": "ok" })),
        _ => not_ready("the database does not answer"),
    }
}

fn not_ready(why: &str) -> HttpResponse {
    Problem::http(StatusCode::SERVICE_UNAVAILABLE, "unavailable", why).response()
}

async fn metrics(req: HttpRequest, access: Data<MetricsAccess>) -> HttpResponse {
    match (&access.metrics, &access.token) {
        (Some(metrics), Some(token)) if bearer(&req).as_ref() == Some(token) => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
            .body(metrics()),
        (Some(_), Some(_)) => {
            Problem::http(StatusCode::UNAUTHORIZED, "unauthenticated", "needs the metrics token")
                .response()
        }
        _ => Problem::http(StatusCode::NOT_FOUND, "not_found", "metrics are not shown").response(),
    }
}
