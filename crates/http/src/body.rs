//! The reading of bodies.

use std::time::Duration;

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    error::InternalError,
    http::{
        Method, StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
    web::Bytes,
};

use futures_util::{Stream, StreamExt, stream::unfold};
use rapport_domain::Error;

use crate::problem::{ApiError, Problem};

/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);

/// The body of a request whose media type is one of those that are taken.
///
/// # Errors
/// A problem: the type is another or it is compressed (415), the body is too large (413) or too slow (408).
pub async fn read(
    req: &HttpRequest,
    payload: &mut Payload,
    taken: &[&str],
) -> Result<Bytes, actix_web::Error> {
    if !media_type(req).is_some_and(|kind| taken.contains(&kind.as_str())) {
        return Err(unsupported(req.method(), taken));
    }
    if is_encoded(req) {
        return Err(uncompressed());
    }
    whole(req, payload).await
}

/// The body of a request as it comes, where it may be too large for the memory: of one of the media types that are
/// taken, and of at most so many bytes, as far as it says beforehand how many it has.
///
/// # Errors
/// As [`read`], before it begins, and where it breaks off or stops for too long.
pub fn stream(
    req: &HttpRequest,
    payload: Payload,
    taken: &[&str],
    most: u64,
) -> Result<impl Stream<Item = Result<Bytes, Refused>> + use<>, actix_web::Error> {
    if !media_type(req).is_some_and(|kind| taken.contains(&kind.as_str())) {
        return Err(unsupported(req.method(), taken));
    }
    if is_encoded(req) {
        return Err(uncompressed());
    }
    let length = req.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if length.and_then(|length| length.parse().ok()).is_some_and(|length: u64| length > most) {
        return Err(Refused::from(Error::TooLarge(most)).0);
    }
    Ok(unfold(payload, |mut payload| async move {
        let part = match tokio::time::timeout(PATIENCE, payload.next()).await {
            Ok(part) => part?.map_err(|_| Refused(unreadable_part())),
            Err(_) => Err(Refused(too_slow())),
        };
        Some((part, payload))
    }))
}

/// Why a body was not taken to its end.
#[derive(Debug)]
pub struct Refused(pub actix_web::Error);

impl From<Error> for Refused {
    fn from(err: Error) -> Self {
        Self(ApiError::from(err).into())
    }
}

fn too_slow() -> actix_web::Error {
    problem(StatusCode::REQUEST_TIMEOUT, "request_timeout", "the body took too long")
}

fn unreadable_part() -> actix_web::Error {
    problem(StatusCode::BAD_REQUEST, "malformed", "the body cannot be read")
}

/// The body of a request, whatever it is.
///
/// # Errors
/// A problem: the body is too large (413) or too slow (408).
pub async fn whole(req: &HttpRequest, payload: &mut Payload) -> Result<Bytes, actix_web::Error> {
    let body = tokio::time::timeout(PATIENCE, Bytes::from_request(req, payload)).await;
    body.map_err(|_| too_slow())?.map_err(unreadable)
}

/// Whether the body is JSON, or there is none.
pub fn is_json(req: &HttpRequest) -> bool {
    let json = ["application/json", "application/merge-patch+json"];
    !req.headers().contains_key(header::CONTENT_TYPE)
        || media_type(req).is_some_and(|kind| json.contains(&kind.as_str()))
}

/// Whether the body is of a media type.
pub fn is_of(req: &HttpRequest, kind: &str) -> bool {
    media_type(req).is_some_and(|said| said == kind)
}

/// A thousandth of a body may unfold to all of it, so that none is too large to be sent.
fn is_encoded(req: &HttpRequest) -> bool {
    let mut codings = req.headers().get_all(header::CONTENT_ENCODING);
    codings.any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// Tells what may be sent instead (RFC 9110 12.5.3).
fn uncompressed() -> actix_web::Error {
    let detail = "the body must not be compressed";
    let problem =
        Problem::http(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail);
    let mut response = problem.response();
    response
        .headers_mut()
        .insert(header::ACCEPT_ENCODING, header::HeaderValue::from_static("identity"));
    InternalError::from_response(detail, response).into()
}

/// The media type of a body in UTF-8, in lower case and without parameters.
fn media_type(req: &HttpRequest) -> Option<String> {
    let value = req.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    let mut parts = value.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
    let charset = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.eq_ignore_ascii_case("charset").then(|| value.trim_matches('"').to_ascii_lowercase())
    });
    charset.is_none_or(|charset| charset == "utf-8").then_some(kind)
}

/// RFC 9110 15.5.16 and RFC 5789 2.2 have the answer say what would be taken.
fn unsupported(method: &Method, taken: &[&str]) -> actix_web::Error {
    let name = match *method {
        Method::PATCH => HeaderName::from_static("accept-patch"),
        _ => header::ACCEPT,
    };
    let detail = format!("the body must be {}, in UTF-8", taken.join(" or "));
    let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    let mut response = Problem::http(status, "unsupported_media_type", &detail).response();
    if let Ok(value) = HeaderValue::from_str(&taken.join(", ")) {
        response.headers_mut().insert(name, value);
    }
    InternalError::from_response(detail, response).into()
}

fn unreadable(err: actix_web::Error) -> actix_web::Error {
    match err.as_response_error().status_code() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            problem(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", "the body is too large")
        }
        _ => unreadable_part(),
    }
}

fn problem(status: StatusCode, code: &'static str, detail: &str) -> actix_web::Error {
    let response = Problem::http(status, code, detail).response();
    InternalError::from_response(detail.to_owned(), response).into()
}
