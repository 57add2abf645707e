//! What every request leaves: a trace id, a log line, metrics.

use std::{borrow::Cow, time::Instant};

use actix_web::{
    Error,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
};
use tracing::Instrument;
use uuid::Uuid;

use super::limits;

tokio::task_local! {
    static TRACE: Uuid;
}

/// The id of the request that is being answered.
pub fn id() -> String {
    TRACE.try_with(Uuid::to_string).unwrap_or_default()
}

/// Does what is asked over a connection that stays open as a request of its own.
pub async fn within<T>(name: &'static str, work: impl Future<Output = T>) -> T {
    let id = Uuid::now_v7();
    let span = tracing::info_span!("request", trace_id = %id, kind = name);
    TRACE.scope(id, work.instrument(span)).await
}

/// Gives each request an id, which is in the answer, in every problem and in every line of the log,
/// and measures it.
pub async fn trace(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = Uuid::now_v7();
    let began = Instant::now();
    let method = req.method().clone();
    let span = tracing::info_span!("request", trace_id = %id, %method, path = %shown(req.path()));
    let answer = TRACE.scope(id, next.call(req).instrument(span.clone())).await;
    let mut response = match answer {
        Ok(response) => response.map_into_boxed_body(),
        // Answered here rather than by the server, so that errors have the headers too.
        Err(err) => {
            let response = TRACE.sync_scope(id, || err.error_response());
            return Err(actix_web::error::InternalError::from_response(
                err,
                with_headers(response, id),
            )
            .into());
        }
    };
    let status = response.status().as_u16();
    let route = response.request().match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    add_headers(response.headers_mut(), id);
    limits::tell(&mut response);
    let took = began.elapsed();
    metrics::counter!("http_requests_total", "method" => known(&method), "route" => route.clone(), "status" => status.to_string()).increment(1);
    metrics::histogram!("http_request_duration_seconds", "route" => route)
        .record(took.as_secs_f64());
    span.in_scope(|| tracing::info!(status, micros = took.as_micros() as u64, "answered"));
    Ok(response)
}

/// A path as it may stand in a log: what strangers show instead of signing in is left out of it.
fn shown(path: &str) -> Cow<'_, str> {
    let Some((before, rest)) = path.split_once("/public/") else { return Cow::Borrowed(path) };
    let is_secret = |part: &str| part.starts_with("rap_") || part.len() > 40;
    let rest: Vec<&str> =
        rest.split('/').map(|part| if is_secret(part) { "…" } else { part }).collect();
    Cow::Owned(format!("{before}/public/{}", rest.join("/")))
}

/// The method, where it is one that we know: a label for each word that somebody makes up would fill the memory.
fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

fn with_headers(mut response: actix_web::HttpResponse, id: Uuid) -> actix_web::HttpResponse {
    add_headers(response.headers_mut(), id);
    response
}

fn add_headers(headers: &mut HeaderMap, id: Uuid) {
    if let Ok(id) = HeaderValue::from_str(&id.to_string()) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    for (name, value) in SECURITY {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

/// An API's answers are data, never a page: nothing may be run, framed, guessed or kept.
const SECURITY: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lets_strangers_in_is_not_logged() {
        let long = "A".repeat(80);
        assert_eq!(
            shown(&format!("/api/v1/public/attachments/{long}")),
            "/api/v1/public/attachments/…"
        );
        assert_eq!(
            shown("/api/v1/public/lead-forms/rap_form_x/submissions"),
            "/api/v1/public/lead-forms/…/submissions"
        );
        assert_eq!(shown("/api/v1/customers/1"), "/api/v1/customers/1");
    }
}
