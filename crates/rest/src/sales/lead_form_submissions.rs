//! What strangers send in: as JSON, or as a plain HTML form does.

use std::{future::Future, pin::Pin};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::header,
    post,
    web::{Data, Path},
};
use rapport_domain::{
    Error,
    identity::auth::Auth,
    sales::leads::submissions::{self, LeadFormReceipt, NewLeadFormSubmission, Visitor},
};
use rapport_http::{
    address::address,
    body,
    problem::{ApiError, Problem},
};
use serde_json::{Map, Value};

use crate::{Reply, Routes, json::parse, query::pairs};

/// The most bytes of a body.
const MOST: u64 = 64 * 1024;

/// What a form of HTML sends.
const FORM: &str = "application/x-www-form-urlencoded";

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(submit_lead_form);
}

/// Send something in by a form, which becomes a lead. Nobody needs to be signed in. The same again is the same lead: by its
/// `submissionId`, or the same words of the same person within ten minutes. A browser that sends an HTML form goes on to the
/// form's `redirectUrl`, if it has one.
#[utoipa::path(
    tag = "leads",
    security(()),
    params(("key" = String, Path, max_length = 80, pattern = "^[A-Za-z0-9_-]+$")),
    request_body(content(
        (NewLeadFormSubmission = "application/json"),
        (NewLeadFormSubmission = "application/x-www-form-urlencoded"),
    )),
    responses((status = 200, body = LeadFormReceipt), Problem)
)]
#[post("/public/lead-forms/{key}/submissions")]
async fn submit_lead_form(
    req: HttpRequest,
    auth: Data<Auth>,
    key: Path<String>,
    sent: Sent,
) -> Reply<HttpResponse> {
    let receipt = submissions::submit(&auth, &key, &visitor(&req), sent.0).await?;
    Ok(match &receipt.redirect_url {
        Some(url) if body::is_of(&req, FORM) => {
            HttpResponse::SeeOther().insert_header((header::LOCATION, url.as_str())).finish()
        }
        _ => HttpResponse::Ok().json(receipt),
    })
}

fn visitor(req: &HttpRequest) -> Visitor {
    let origin = req.headers().get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    Visitor { address: address(req), origin: origin.map(str::to_owned) }
}

/// What was sent, whichever way.
struct Sent(NewLeadFormSubmission);

impl FromRequest for Sent {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, mut payload) = (req.clone(), payload.take());
        Box::pin(async move {
            check_length(&req).map_err(ApiError::from)?;
            let body = body::read(&req, &mut payload, &["application/json", FORM]).await?;
            Ok(Self(read(&req, &body).map_err(ApiError::from)?))
        })
    }
}

/// Before it is read, where its length is said.
fn check_length(req: &HttpRequest) -> Result<(), Error> {
    let said = req.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let length: Option<u64> = said.and_then(|length| length.parse().ok());
    check_size(length.unwrap_or(0))
}

fn check_size(bytes: u64) -> Result<(), Error> {
    if bytes > MOST { Err(Error::TooLarge(MOST)) } else { Ok(()) }
}

fn read(req: &HttpRequest, body: &[u8]) -> Result<NewLeadFormSubmission, Error> {
    check_size(body.len() as u64)?;
    match body::is_of(req, FORM) {
        true => parse(&serde_json::to_vec(&members(body)?).map_err(Error::internal)?),
        false => parse(body),
    }
}

/// The fields of a form as JSON: what was left empty is left out, and `budget.amount` is a member of `budget`.
fn members(body: &[u8]) -> Result<Value, Error> {
    let text = std::str::from_utf8(body);
    let text = text.map_err(|_| Error::Malformed("the body is no UTF-8".to_owned()))?;
    let mut all = Map::new();
    for (name, value) in pairs(text)?.into_iter().filter(|(_, value)| !value.is_empty()) {
        match name.split_once('.') {
            Some((outer, inner)) => {
                let within = all.entry(outer).or_insert_with(|| Value::Object(Map::new()));
                if let Some(within) = within.as_object_mut() {
                    within.insert(inner.to_owned(), typed(inner, value));
                }
            }
            None => drop(all.insert(name.clone(), typed(&name, value))),
        }
    }
    Ok(Value::Object(all))
}

/// Fields of forms are texts, whatever is in them.
fn typed(name: &str, value: String) -> Value {
    match (name, value.parse::<u64>()) {
        ("elapsedSeconds", Ok(number)) => Value::from(number),
        _ => Value::String(value),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_of_a_form_are_members() {
        let body =
            b"name=Ada+L%C3%B6w&phone=&budget.amount=12&budget.currency=EUR&elapsedSeconds=7";
        let expected = json!({
            "name": "Ada L\u{f6}w",
            "budget": { "amount": "12", "currency": "EUR" },
            "elapsedSeconds": 7,
        });
        assert_eq!(members(body).expect("a form"), expected);
        assert!(members(b"name=%FF").is_err() && members(b"\xFF").is_err());
        assert_eq!(members(b"name=Ada&name.first=Eve").expect("a form"), json!({ "name": "Ada" }));
    }
}
