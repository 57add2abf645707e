//! Requests that may be repeated: with an `Idempotency-Key` a request is done once, and answered in the same way as often
//! as it comes (draft-ietf-httpapi-idempotency-key-header-07).

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse, ResponseError,
    body::{BoxBody, MessageBody, to_bytes},
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web::Bytes,
};
use rapport_domain::{
    Error as Refusal,
    integration::idempotency::{self, Answer, Attempt, Begun, Key},
};
use serde_json::Value;

use super::{body, limits::take_turn, sse};
use crate::{
    caller::{ask_within, let_through, recognised},
    problem::ApiError,
};

/// The header.
pub const NAME: HeaderName = HeaderName::from_static("idempotency-key");

/// Says that an answer was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The headers that are part of an answer, and are kept with it.
const KEPT: [HeaderName; 6] = [
    header::CONTENT_TYPE,
    header::LOCATION,
    header::ETAG,
    header::LINK,
    header::CACHE_CONTROL,
    header::VARY,
];

/// What gets people in, and changes how they do. It changes nothing that could be doubled, and guesses are counted
/// whatever becomes of the request.
const NOT_FOR: [&str; 3] = ["/api/v1/sessions", "/api/v1/invitations", "/api/v1/me/password"];

/// Does a request with a key once. It is one transaction, which ends with its answer.
pub async fn idempotency(
    mut req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let begun = match begin(&mut req).await {
        Ok(Some(begun)) => begun,
        Ok(None) => return Ok(next.call(req).await?.map_into_boxed_body()),
        Err(err) => return Ok(req.into_response(err.error_response())),
    };
    let attempt = match begun {
        Begun::First(attempt) => attempt,
        Begun::Again(answer) => return Ok(req.into_response(again(answer))),
    };
    ask_within(req.request(), attempt.ctx().clone());
    let response = match next.call(req).await {
        Ok(response) => response.map_into_boxed_body(),
        Err(err) => {
            attempt.forget().await;
            return Err(err);
        }
    };
    // Where nobody has asked within it.
    let _ = recognised(response.request());
    finish(*attempt, response).await
}

/// `None` where the request has no key, or it makes no difference. The extractors tell strangers what is wrong.
async fn begin(req: &mut ServiceRequest) -> Result<Option<Begun>, Error> {
    let Some(key) = key(req.request())? else { return Ok(None) };
    let Some(ctx) = let_through(req.request()) else { return Ok(None) };
    let request = req.request().clone();
    let mut payload = req.take_payload();
    let body = body::whole(&request, &mut payload).await?;
    req.set_payload(Payload::from(body.clone()));
    // Not with the transaction open.
    take_turn(&request).await;
    let hash = hash(&request, &body);
    let begun = idempotency::begin(&ctx, key, hash).await;
    Ok(begun.map(Some).map_err(ApiError::from)?)
}

fn key(req: &HttpRequest) -> Result<Option<Key>, ApiError> {
    let concerned = matches!(*req.method(), Method::POST | Method::PATCH | Method::PUT)
        && !NOT_FOR.iter().any(|path| req.path().starts_with(path))
        && body::is_json(req)
        && !sse::is_wanted(req);
    let mut values = req.headers().get_all(&NAME);
    let (Some(value), true) = (values.next(), concerned) else { return Ok(None) };
    let key = match (value.to_str(), values.next()) {
        (Ok(text), None) => text.trim_matches('"').parse::<Key>(),
        _ => Err(Refusal::Malformed("there must be one Idempotency-Key".to_owned())),
    };
    Ok(key.map(Some)?)
}

/// What makes it the same request.
fn hash(req: &HttpRequest, body: &Bytes) -> [u8; 32] {
    let target = req.uri().path_and_query().map_or("", |target| target.as_str());
    let if_match = req.headers().get(header::IF_MATCH).map_or(&b""[..], HeaderValue::as_bytes);
    idempotency::hash([req.method().as_str().as_bytes(), target.as_bytes(), if_match, body])
}

/// Saves what was done, with the answer; undoes it where the answer says that it failed.
async fn finish(
    attempt: Attempt,
    response: ServiceResponse<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if !response.status().is_success() {
        attempt.forget().await;
        return Ok(response);
    }
    let (req, response) = response.into_parts();
    let (response, body) = response.into_parts();
    let body = match to_bytes(body).await {
        Ok(body) => body,
        Err(_) => {
            attempt.forget().await;
            let err = Refusal::internal("an answer could not be made");
            return Ok(ServiceResponse::new(req, ApiError::from(err).error_response()));
        }
    };
    if has_failed(req.path(), &body) {
        attempt.forget().await;
    } else {
        let answer = Answer {
            status: response.status().as_u16(),
            headers: kept(response.headers()),
            body: body.to_vec(),
        };
        if let Err(err) = attempt.keep(&answer).await {
            return Ok(ServiceResponse::new(req, ApiError::from(err).error_response()));
        }
    }
    Ok(ServiceResponse::new(req, response.set_body(BoxBody::new(body))))
}

/// GraphQL answers 200 even if nothing was done. Where some of several mutations failed, the others are done.
fn has_failed(path: &str, body: &Bytes) -> bool {
    path == "/graphql"
        && serde_json::from_slice::<Value>(body).is_ok_and(|answer| match answer.get("data") {
            Some(Value::Object(fields)) => fields.values().all(Value::is_null),
            _ => true,
        })
}

fn kept(headers: &HeaderMap) -> Vec<(String, String)> {
    let kept = KEPT.iter().filter_map(|name| {
        let value = headers.get(name)?.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    });
    kept.collect()
}

fn again(answer: Answer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = HttpResponse::build(status);
    for (name, value) in answer.headers {
        response.insert_header((name, value));
    }
    response.insert_header((REPLAYED, "true"));
    // A strong tag names exact bytes.
    response.insert_header(header::ContentEncoding::Identity);
    response.body(answer.body)
}
