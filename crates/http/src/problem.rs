//! What a request that fails is told, over REST and over GraphQL alike.

use std::{collections::BTreeMap, fmt};

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use async_graphql::{ErrorExtensionValues, ServerError, Value};
use rapport_domain::{Error, Fault};
use serde::Serialize;
use serde_json::Value as Json;
use utoipa::{
    IntoResponses, ToSchema,
    openapi::{Content, Ref, RefOr, Response, ResponseBuilder},
};

use crate::trace;

/// The most characters of what went wrong. A request may be quoted in it, however long it is.
const DETAIL: usize = 2000;
/// The most characters of a pointer.
const POINTER: usize = 1000;

fn short(text: &str, most: usize) -> String {
    match text.char_indices().nth(most - 1) {
        Some((end, last)) if end + last.len_utf8() < text.len() => format!("{}…", &text[..end]),
        _ => text.to_owned(),
    }
}

/// How to be let in (RFC 6750).
pub const CHALLENGE: &str = "Bearer realm=\"rapport\"";

/// What a failed request says (RFC 9457).
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Names the kind of problem; it does not change.
    #[serde(rename = "type")]
    #[schema(max_length = 100, pattern = "^urn:rapport:problem:[a-z_]+$")]
    kind: String,
    /// The kind of problem, for people.
    #[schema(max_length = 100, pattern = "^[A-Z][A-Za-z' -]+$")]
    title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// The kind of problem, for programs: `not_found`, `forbidden`, …
    #[schema(max_length = 50, pattern = "^[a-z_]+$")]
    code: &'static str,
    /// What went wrong this time, for people.
    #[schema(max_length = 2000)]
    detail: String,
    /// Every member of the request that is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 500)]
    errors: Vec<Wrong>,
    /// Names the request in our logs.
    #[schema(max_length = 36, pattern = "^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$")]
    trace_id: String,
}

/// A member of the request that is wrong.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Wrong {
    /// Where it is: a JSON pointer (RFC 6901) into the body; for a parameter its name after a `/`.
    #[schema(max_length = 1000, pattern = "^(/|$)")]
    pointer: String,
    /// What is wrong with it.
    #[schema(max_length = 2000)]
    detail: String,
    /// What the request would make of a member that somebody else has changed since the `baseVersion`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Value, required = false)]
    yours: Option<Json>,
    /// What somebody else has made of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Value, required = false)]
    theirs: Option<Json>,
}

impl From<&Fault> for Wrong {
    fn from(fault: &Fault) -> Self {
        let values = fault.values.as_deref();
        Self {
            pointer: short(&fault.pointer, POINTER),
            detail: short(&fault.detail, DETAIL),
            yours: values.map(|values| values.yours.clone()),
            theirs: values.map(|values| values.theirs.clone()),
        }
    }
}

impl Problem {
    /// A problem of HTTP rather than of a use case.
    pub fn http(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:rapport:problem:{code}"),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code,
            detail: short(&detail.into(), DETAIL),
            errors: Vec::new(),
            trace_id: trace::id(),
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The problem as an answer.
    pub fn response(&self) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = HttpResponse::build(status);
        if status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, CHALLENGE));
        }
        response
            .insert_header((header::CONTENT_TYPE, "application/problem+json"))
            .body(serde_json::to_string(self).unwrap_or_default())
    }
}

impl From<&Error> for Problem {
    fn from(err: &Error) -> Self {
        let errors = err.faults().iter().map(Wrong::from).collect();
        Self { errors, ..Self::http(status(err), err.code(), err.to_string()) }
    }
}

fn status(err: &Error) -> StatusCode {
    match err {
        Error::Malformed(_) => StatusCode::BAD_REQUEST,
        Error::Unauthenticated | Error::WrongCredentials => StatusCode::UNAUTHORIZED,
        Error::Forbidden { .. } => StatusCode::FORBIDDEN,
        Error::NotFound(_) => StatusCode::NOT_FOUND,
        Error::Conflict(_) | Error::Refused(_) | Error::Duplicate(_) | Error::UnderWay => {
            StatusCode::CONFLICT
        }
        Error::Gone(_) => StatusCode::GONE,
        Error::Stale(_) => StatusCode::PRECONDITION_FAILED,
        Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        Error::Throttled(_) => StatusCode::TOO_MANY_REQUESTS,
        Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// How long to wait before trying again, where that is known.
fn retry_after(err: &Error) -> Option<u64> {
    match err {
        Error::Throttled(seconds) => Some(*seconds),
        Error::Unavailable(_) | Error::UnderWay => Some(1),
        _ => None,
    }
}

/// Every operation fails in the same way. (The statuses are added to the document in one place.)
impl IntoResponses for Problem {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let body = Content::new(Some(Ref::from_schema_name("Problem")));
        let response = ResponseBuilder::new()
            .description("What went wrong")
            .content("application/problem+json", body);
        BTreeMap::from([("default".to_owned(), response.build().into())])
    }
}

/// REST: a [`rapport_domain::Error`] as a response.
#[derive(Debug)]
pub struct ApiError(Error);

impl From<Error> for ApiError {
    fn from(err: Error) -> Self {
        Self(err)
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        status(&self.0)
    }

    fn error_response(&self) -> HttpResponse {
        tell_the_log(&self.0);
        let mut response = Problem::from(&self.0).response();
        if let Some(seconds) = retry_after(&self.0) {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// What the caller is not told stands in the log.
pub fn tell_the_log(err: &Error) {
    match err {
        Error::Internal(why) => tracing::error!(error = format!("{why:#}"), "internal error"),
        Error::Unavailable(why) => {
            tracing::warn!(error = format!("{why:#}"), "database not available")
        }
        _ => {}
    }
}

/// GraphQL: the same members as a problem has, as extensions of the error.
pub fn extend(err: &mut ServerError) {
    let Some(source) = domain_error(err) else { return };
    tell_the_log(source);
    let problem = Problem::from(source);
    let faults = serde_json::to_value(&problem.errors).ok();
    let wait = retry_after(source);
    let extensions = err.extensions.get_or_insert_with(ErrorExtensionValues::default);
    extensions.set("code", problem.code);
    extensions.set("status", i32::from(problem.status));
    extensions.set("traceId", problem.trace_id);
    if let Some(errors) = faults.filter(|_| !problem.errors.is_empty()) {
        extensions.set("errors", Value::from_json(errors).unwrap_or_default());
    }
    if let Some(seconds) = wait {
        extensions.set("retryAfter", i32::try_from(seconds).unwrap_or(i32::MAX));
    }
}

/// The error of ours behind an error of GraphQL's.
pub fn domain_error(err: &ServerError) -> Option<&Error> {
    err.source::<Error>().or_else(|| err.source::<std::sync::Arc<Error>>().map(AsRef::as_ref))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_is_cut_off_between_characters() {
        assert_eq!(short("größer", 6), "größer");
        assert_eq!(short("größer", 5), "größ…");
        assert_eq!(short("größer", 3), "gr…");
        assert_eq!(short("", 3), "");
        let long = Error::invalid("/".repeat(5000), "ö".repeat(5000));
        let problem = Problem::from(&long);
        assert_eq!(problem.detail.chars().count(), DETAIL);
        assert_eq!(problem.errors[0].detail.chars().count(), DETAIL);
        assert_eq!(problem.errors[0].pointer.chars().count(), POINTER);
    }
}
