use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderName},
};
use rapport_domain::{Error, kernel::Expected};

use rapport_entity::Versioned;
use rapport_http::problem::ApiError;

/// What `If-Match` says of the record that is to be changed.
pub struct IfMatch(pub Expected);

impl FromRequest for IfMatch {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(tags(req, header::IF_MATCH).map(|tags| Self(expected(&tags))).map_err(Into::into))
    }
}

/// What `If-None-Match` says of the representation that the client has.
pub struct IfNoneMatch(Tags);

impl IfNoneMatch {
    /// Reads the header.
    ///
    /// # Errors
    /// [`Error::Malformed`] where it is no list of entity tags.
    pub fn of(req: &HttpRequest) -> Result<Self, Error> {
        tags(req, header::IF_NONE_MATCH).map(Self)
    }

    /// Whether the client has it already (weak comparison, RFC 9110 13.1.2).
    pub fn names(&self, tag: &str) -> bool {
        match &self.0 {
            Tags::Any => true,
            Tags::These(tags) => tags.iter().any(|known| known.trim_start_matches("W/") == tag),
        }
    }
}

/// The entity tags of a header.
#[derive(Debug, PartialEq, Eq)]
enum Tags {
    /// `*`.
    Any,
    /// These; none where there is no such header.
    These(Vec<String>),
}

fn tags(req: &HttpRequest, name: HeaderName) -> Result<Tags, Error> {
    let values: Result<Vec<&str>, _> =
        req.headers().get_all(&name).map(header::HeaderValue::to_str).collect();
    let refuse = || Error::Malformed(format!("{name} is no list of entity tags"));
    let values = values.map_err(|_| refuse())?;
    match listed(&values.join(",")) {
        // A condition that names nothing is no request without a condition.
        Some(Tags::These(tags)) if tags.is_empty() && !values.is_empty() => Err(refuse()),
        tags => tags.ok_or_else(refuse),
    }
}

/// RFC 9110 13.1.1: `*`, or entity tags separated by commas, with empty elements in between perhaps.
fn listed(values: &str) -> Option<Tags> {
    if values.trim() == "*" {
        return Some(Tags::Any);
    }
    let mut tags = Vec::new();
    let mut rest = values.trim_start_matches([' ', '\t', ',']);
    while !rest.is_empty() {
        let opaque = rest.strip_prefix("W/").unwrap_or(rest).strip_prefix('"')?;
        let length = opaque.find('"')?;
        if !opaque[..length].bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        let (tag, after) = rest.split_at(rest.len() - opaque.len() + length + 1);
        tags.push(tag.to_owned());
        let next = after.trim_start_matches([' ', '\t']);
        if !next.is_empty() && !next.starts_with(',') {
            return None;
        }
        rest = next.trim_start_matches([' ', '\t', ',']);
    }
    Some(Tags::These(tags))
}

/// A version that no record has: what a tag that is not ours asks for.
const NEVER: i32 = -1;

fn expected(tags: &Tags) -> Expected {
    match tags {
        Tags::Any => Expected::Any,
        Tags::These(tags) if tags.is_empty() => Expected::Any,
        Tags::These(tags) => {
            Expected::OneOf(tags.iter().map(|tag| version(tag).unwrap_or(NEVER)).collect())
        }
    }
}

/// The version that an entity tag of ours names. A weak tag never matches where a strong one is asked for.
fn version(tag: &str) -> Option<i32> {
    let text = tag.strip_prefix('"')?.strip_suffix('"')?;
    let text = text.split('-').next()?;
    text.parse().ok().filter(|version: &i32| version.to_string() == text)
}

/// The entity tag of a record.
pub fn tag(record: &impl Versioned) -> String {
    format!("\"{}\"", record.tag())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(header: &str) -> Option<Expected> {
        listed(header).map(|tags| expected(&tags))
    }

    #[test]
    fn a_condition_that_names_nothing_is_refused() {
        let with = |value: &'static str| {
            let req = actix_web::test::TestRequest::default();
            let req = req.insert_header((header::IF_MATCH, value)).to_http_request();
            tags(&req, header::IF_MATCH).ok()
        };
        assert_eq!(with(""), None);
        assert_eq!(with(" , "), None);
        assert_eq!(with("*"), Some(Tags::Any));
        let without = actix_web::test::TestRequest::default().to_http_request();
        assert_eq!(tags(&without, header::IF_MATCH).ok(), Some(Tags::These(Vec::new())));
    }

    #[test]
    fn a_list_of_tags_is_read_as_rfc_9110_says() {
        assert_eq!(versions("*"), Some(Expected::Any));
        assert_eq!(versions("\"1\""), Some(Expected::OneOf(vec![1])));
        assert_eq!(versions("\"1\", \"a,b\" ,,\"3\""), Some(Expected::OneOf(vec![1, NEVER, 3])));
        assert_eq!(versions(""), Some(Expected::Any));
        for wrong in ["1", "\"1", "\"1\" \"2\"", "W/1", "\"1\", *", "\"a b\""] {
            assert_eq!(versions(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_weak_tag_or_one_that_is_not_ours_matches_no_version() {
        assert_eq!(versions("W/\"1\""), Some(Expected::OneOf(vec![NEVER])));
        assert_eq!(versions("\"01\""), Some(Expected::OneOf(vec![NEVER])));
        assert!(IfNoneMatch(Tags::These(vec!["W/\"1\"".to_owned()])).names("\"1\""));
    }
}
