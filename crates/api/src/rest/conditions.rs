use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header};
use rapport_domain::kernel::Expected;

use crate::problem::ApiError;

/// What `If-Match` says of the record that is to be changed.
pub struct IfMatch(pub Expected);

impl FromRequest for IfMatch {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(expected(req))))
    }
}

/// A version that no record has: what a tag that is not ours asks for.
const NEVER: i32 = -1;

fn expected(req: &HttpRequest) -> Expected {
    let tags: Vec<&str> = all(req, header::IF_MATCH);
    match tags.as_slice() {
        [] | ["*"] => Expected::Any,
        tags => Expected::OneOf(tags.iter().map(|tag| version(tag).unwrap_or(NEVER)).collect()),
    }
}

/// The version that an entity tag of ours names. A weak tag never matches where a strong one is asked for.
fn version(tag: &str) -> Option<i32> {
    tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}

/// The entity tag of a version.
pub fn tag(version: i32) -> String {
    format!("\"{version}\"")
}

/// Whether the client has this representation already (weak comparison, RFC 9110 13.1.2).
pub fn none_match(req: &HttpRequest, tag: &str) -> bool {
    let tags = all(req, header::IF_NONE_MATCH);
    tags.iter().any(|known| *known == "*" || known.trim_start_matches("W/") == tag)
}

fn all(req: &HttpRequest, name: header::HeaderName) -> Vec<&str> {
    let values = req.headers().get_all(name).filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).filter(|tag| !tag.is_empty()).collect()
}
