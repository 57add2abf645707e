use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::{Method, StatusCode, header},
};
use rapport_domain::{Error, Fault, kernel::Page};
use rapport_entity::Versioned;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::conditions::{none_match, tag};
use crate::problem::ApiError;
use actix_web::ResponseError;

/// A record, with its entity tag.
pub struct Record<T>(pub T);

impl<T: Serialize + Versioned> Responder for Record<T> {
    type Body = BoxBody;

    fn respond_to(self, req: &HttpRequest) -> HttpResponse {
        let tag = tag(self.0.version());
        let reads = matches!(*req.method(), Method::GET | Method::HEAD);
        if reads && none_match(req, &tag) {
            return HttpResponse::NotModified()
                .insert_header((header::ETAG, tag))
                .insert_header(REVALIDATE)
                .finish();
        }
        let mut response = HttpResponse::Ok();
        response.insert_header((header::ETAG, tag)).insert_header(REVALIDATE);
        // A strong tag names exact bytes, so the answer is not compressed.
        response.insert_header(header::ContentEncoding::Identity);
        json(response, req, &self.0, pick)
    }
}

const REVALIDATE: (header::HeaderName, &str) = (header::CACHE_CONTROL, "private, no-cache");

/// A record that was made.
pub struct Created<T> {
    /// The record.
    pub record: T,
    /// The path it is found under.
    pub at: &'static str,
}

impl<T: Serialize + Versioned> Responder for Created<T> {
    type Body = BoxBody;

    fn respond_to(self, req: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Created();
        response
            .insert_header((header::ETAG, tag(self.record.version())))
            .insert_header((header::LOCATION, format!("/api/v1/{}/{}", self.at, self.record.id())));
        json(response, req, &self.record, pick)
    }
}

/// What is shown once, with a secret in it: nobody on the way may keep it.
pub struct Secret<T>(pub StatusCode, pub T);

impl<T: Serialize> Responder for Secret<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::build(self.0)
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header(header::ContentEncoding::Identity)
            .json(self.1)
    }
}

/// Nothing to say: it is done.
pub struct Deleted;

impl Responder for Deleted {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::NoContent().finish()
    }
}

/// A part of a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct List<T> {
    /// The records, in order.
    items: Vec<T>,
    /// Hand it back as `cursor` to go on; null at the end.
    #[schema(max_length = 2000, required)]
    next_cursor: Option<String>,
    /// How many there are in all, where `count=true` asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
    total: Option<i64>,
}

/// A page as an answer.
pub struct Listed<T>(pub Page<T>);

impl<T: Serialize> Responder for Listed<T> {
    type Body = BoxBody;

    fn respond_to(self, req: &HttpRequest) -> HttpResponse {
        let next_cursor = self.0.next_cursor();
        let mut response = HttpResponse::Ok();
        if let Some(cursor) = next_cursor.as_ref().filter(|_| req.method() == Method::GET) {
            response
                .insert_header((header::LINK, format!("<{}>; rel=\"next\"", next(req, cursor))));
        }
        let list = List { items: self.0.items, next_cursor, total: self.0.total };
        json(response, req, &list, |value, fields| {
            let Some(Value::Array(items)) = value.get_mut("items") else { return Ok(()) };
            items.iter_mut().try_for_each(|item| pick(item, fields))
        })
    }
}

/// The address of the next page: this one's, with another cursor.
fn next(req: &HttpRequest, cursor: &str) -> String {
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_str(req.query_string()).unwrap_or_default();
    let kept = pairs.into_iter().filter(|(name, _)| name != "cursor");
    let pairs: Vec<_> = kept.chain([("cursor".to_owned(), cursor.to_owned())]).collect();
    let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
    format!("{}?{query}", req.path())
}

/// The body, with only the members that `fields=` asks for, where it does.
fn json(
    mut response: actix_web::HttpResponseBuilder,
    req: &HttpRequest,
    body: &impl Serialize,
    select: impl Fn(&mut Value, &[&str]) -> Result<(), Error>,
) -> HttpResponse {
    let pairs: Vec<(String, String)> = match req.query_string() {
        "" => Vec::new(),
        query => serde_urlencoded::from_str(query).unwrap_or_default(),
    };
    let Some((_, fields)) = pairs.iter().find(|(name, _)| name == "fields") else {
        return response.json(body);
    };
    let fields: Vec<&str> = fields.split(',').map(str::trim).collect();
    let selected = serde_json::to_value(body).map_err(|err| Error::Internal(err.into()));
    let selected = selected.and_then(|mut value| select(&mut value, &fields).map(|()| value));
    match selected {
        Ok(value) => response.json(value),
        Err(err) => ApiError::from(err).error_response(),
    }
}

/// Leaves of a record what is asked for, and its id.
fn pick(record: &mut Value, fields: &[&str]) -> Result<(), Error> {
    let Value::Object(members) = record else { return Ok(()) };
    let unknown = fields.iter().filter(|field| !members.contains_key(**field));
    let faults: Vec<Fault> = unknown
        .map(|field| Fault::new("/fields", format!("there is no field {field:?}")))
        .collect();
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    members.retain(|name, _| name == "id" || fields.contains(&name.as_str()));
    Ok(())
}
