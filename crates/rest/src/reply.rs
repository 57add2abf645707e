use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder, Responder, ResponseError,
    body::BoxBody,
    http::{Method, StatusCode, header},
    web::Bytes,
};
use futures_util::{Stream, StreamExt};
use rapport_domain::{Error, kernel::Page};
use rapport_entity::Versioned;
use rapport_http::problem::ApiError;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    conditions::{IfNoneMatch, tag},
    query::pairs,
    selection,
};

/// A record, with its entity tag.
pub struct Record<T>(pub T);

impl<T: Serialize + ToSchema + Versioned> Responder for Record<T> {
    type Body = BoxBody;

    fn respond_to(self, req: &HttpRequest) -> HttpResponse {
        let tag = tag(&self.0);
        let known = match is_read(req) {
            true => IfNoneMatch::of(req).map(|known| known.names(&tag)),
            false => Ok(false),
        };
        let known = match known {
            Ok(known) => known,
            Err(err) => return ApiError::from(err).error_response(),
        };
        if known {
            return HttpResponse::NotModified()
                .insert_header((header::ETAG, tag))
                .insert_header(REVALIDATE)
                .finish();
        }
        let mut response = HttpResponse::Ok();
        response.insert_header((header::ETAG, tag)).insert_header(REVALIDATE);
        // A strong tag names exact bytes, so the answer is not compressed.
        response.insert_header(header::ContentEncoding::Identity);
        selected::<T>(response, req, &self.0, pick)
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

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Created();
        response
            .insert_header((header::ETAG, tag(&self.record)))
            .insert_header((header::LOCATION, format!("/api/v1/{}/{}", self.at, self.record.id())))
            // A strong tag names exact bytes, and a secret may be among them: not compressed.
            .insert_header(header::ContentEncoding::Identity);
        response.json(&self.record)
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

/// A record that was made, with a secret in it that is shown once.
pub struct CreatedSecret<T>(pub Created<T>);

impl<T: Serialize + Versioned> Responder for CreatedSecret<T> {
    type Body = BoxBody;

    fn respond_to(self, req: &HttpRequest) -> HttpResponse {
        let mut response = self.0.respond_to(req);
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
        response
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

/// A file, to be saved under a name.
pub struct File<S> {
    /// What it is called.
    pub name: String,
    /// Its media type.
    pub kind: &'static str,
    /// What is in it.
    pub content: S,
}

impl<S: Stream<Item = std::io::Result<Vec<u8>>> + 'static> Responder for File<S> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, self.kind))
            .insert_header((
                header::CONTENT_DISPOSITION,
                format!("attachment; filename=\"{}\"", self.name),
            ))
            .streaming(self.content.map(|part| part.map(Bytes::from)))
    }
}

/// A part of a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct List<T> {
    /// The records, in order.
    #[schema(max_items = 200)]
    items: Vec<T>,
    /// Hand it back as `cursor` to go on; null at the end.
    #[schema(max_length = 2000, pattern = "^[A-Za-z0-9_-]+$", required)]
    next_cursor: Option<String>,
    /// How many there are in all, where `count=true` asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64, minimum = 0)]
    total: Option<i64>,
}

/// A page as an answer.
pub struct Listed<T>(pub Page<T>);

impl<T: Serialize + ToSchema> Responder for Listed<T> {
    type Body = BoxBody;

    fn respond_to(self, req: &HttpRequest) -> HttpResponse {
        let next_cursor = self.0.next_cursor();
        let mut response = HttpResponse::Ok();
        if let Some(cursor) = next_cursor.as_ref().filter(|_| is_read(req)) {
            response
                .insert_header((header::LINK, format!("<{}>; rel=\"next\"", next(req, cursor))));
        }
        let list = List { items: self.0.items, next_cursor, total: self.0.total };
        selected::<T>(response, req, &list, |value, fields| {
            let items = value.get_mut("items").and_then(Value::as_array_mut);
            items.into_iter().flatten().for_each(|item| pick(item, fields));
        })
    }
}

/// The address of the next page: this one's, with another cursor.
fn next(req: &HttpRequest, cursor: &str) -> String {
    let pairs = pairs(req.query_string()).unwrap_or_default();
    let kept = pairs.into_iter().filter(|(name, _)| name != "cursor");
    let pairs: Vec<_> = kept.chain([("cursor".to_owned(), cursor.to_owned())]).collect();
    let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
    format!("{}?{query}", req.path())
}

fn is_read(req: &HttpRequest) -> bool {
    matches!(*req.method(), Method::GET | Method::HEAD)
}

/// The body, with only the members of `T` that `fields=` asks for, where it does.
fn selected<T: ToSchema>(
    mut response: HttpResponseBuilder,
    req: &HttpRequest,
    body: &impl Serialize,
    select: impl Fn(&mut Value, &[String]),
) -> HttpResponse {
    let fields = match is_read(req) {
        true => selection::asked_for::<T>(req.query_string()),
        false => Ok(None),
    };
    let selected = fields.and_then(|fields| {
        let Some(fields) = fields else { return Ok(None) };
        let mut value = serde_json::to_value(body).map_err(|err| Error::Internal(err.into()))?;
        select(&mut value, &fields);
        Ok(Some(value))
    });
    match selected {
        Ok(None) => response.json(body),
        Ok(Some(value)) => response.json(value),
        Err(err) => ApiError::from(err).error_response(),
    }
}

/// Leaves of a record what is asked for, and its id.
fn pick(record: &mut Value, fields: &[String]) {
    if let Value::Object(members) = record {
        members.retain(|name, _| name == "id" || fields.contains(name));
    }
}
