use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::Method};
use rapport_domain::Error;
use rapport_http::{body, faults::faults, limits::take_turn, problem::ApiError};
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

/// A JSON body. Where it is wrong, the answer names every member that is.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + ToSchema + 'static> FromRequest for Json<T> {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, mut payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let body = body::read(&req, &mut payload, taken(req.method())).await?;
            take_turn(&req).await;
            Ok(Self(parse(&body).map_err(ApiError::from)?))
        })
    }
}

/// What a method takes: a patch is one by RFC 7396 under either name.
fn taken(method: &Method) -> &'static [&'static str] {
    match *method {
        Method::PATCH => &["application/merge-patch+json", "application/json"],
        _ => &["application/json"],
    }
}

/// Reads a body.
///
/// # Errors
/// [`Error::Malformed`] where it is no JSON; [`Error::Invalid`] names every member that is wrong.
pub fn parse<T: DeserializeOwned + ToSchema>(body: &[u8]) -> Result<T, Error> {
    match serde_json::from_slice(body) {
        Ok(value) => Ok(value),
        // What is of one of several shapes is read no further than it fits one: what follows looks like broken JSON.
        Err(err) if err.is_data() || is_json(body) => Err(Error::Invalid(faults::<T>(body))),
        Err(err) => Err(Error::Malformed(format!("the body is no JSON: {err}"))),
    }
}

fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok()
}
