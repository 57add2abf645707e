use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use rapport_domain::{Error, Fault};
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::{
    PartialSchema,
    openapi::{RefOr, Schema},
};

use crate::{http::body, problem::ApiError};

/// A JSON body. Where it is wrong, the answer names every member that is.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + PartialSchema + 'static> FromRequest for Json<T> {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, mut payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let body = body::read(&req, &mut payload, is_json).await?;
            Ok(Self(parse(&body).map_err(ApiError::from)?))
        })
    }
}

/// `application/json`, or a type that ends in `+json`.
fn is_json(kind: &str) -> bool {
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Reads a body.
///
/// # Errors
/// [`Error::Malformed`] where it is no JSON; [`Error::Invalid`] names every member that is wrong.
pub fn parse<T: DeserializeOwned + PartialSchema>(body: &[u8]) -> Result<T, Error> {
    match serde_json::from_slice(body) {
        Ok(value) => Ok(value),
        Err(err) if err.is_data() => Err(Error::Invalid(faults::<T>(body))),
        Err(err) => Err(Error::Malformed(format!("the body is no JSON: {err}"))),
    }
}

/// The most faults that are told of.
const MOST: usize = 100;

/// Serde stops at the first fault. So the member at fault is taken out and the rest read again, until the rest is
/// right or the same place is wrong again.
fn faults<T: DeserializeOwned + PartialSchema>(body: &[u8]) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    let Ok(mut json) = serde_json::from_slice::<Value>(body) else {
        return vec![Fault::new("", "has a member twice or a number too large")];
    };
    while let Err(err) = serde_path_to_error::deserialize::<_, T>(&json) {
        let detail = err.inner().to_string();
        let (pointer, missing) = place(err.path(), &detail);
        let known = faults.iter().any(|fault| fault.pointer == pointer);
        if missing || known || faults.len() >= MOST {
            if missing && !known {
                faults.push(Fault::new(pointer, "is needed"));
            }
            faults.extend(also_missing::<T>(&json, &faults));
            break;
        }
        faults.push(Fault::new(&pointer, detail));
        if !take_out(&mut json, &pointer) {
            break;
        }
    }
    match faults.is_empty() {
        true => vec![Fault::new("", "has a member twice")],
        false => faults,
    }
}

/// Where a fault is, and whether it is that something is missing there.
fn place(path: &serde_path_to_error::Path, detail: &str) -> (String, bool) {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Map { key } => pointer.push_str(&format!("/{}", escape(key))),
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    let missing = detail.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
    match missing {
        Some(name) => (format!("{pointer}/{}", escape(name)), true),
        None => (pointer, false),
    }
}

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The members that the schema requires and the body does not have.
fn also_missing<T: PartialSchema>(json: &Value, known: &[Fault]) -> Vec<Fault> {
    let RefOr::T(Schema::Object(schema)) = T::schema() else { return Vec::new() };
    let Some(members) = json.as_object() else { return Vec::new() };
    let missing = schema.required.iter().filter(|name| !members.contains_key(*name));
    missing
        .map(|name| Fault::new(format!("/{}", escape(name)), "is needed"))
        .filter(|fault| known.iter().all(|known| known.pointer != fault.pointer))
        .collect()
}

fn take_out(json: &mut Value, pointer: &str) -> bool {
    let Some((parent, last)) = pointer.rsplit_once('/') else { return false };
    let last = last.replace("~1", "/").replace("~0", "~");
    match json.pointer_mut(parent) {
        Some(Value::Object(members)) => members.remove(&last).is_some(),
        // An item is replaced rather than removed, so that the others keep their places.
        Some(Value::Array(_)) | Some(_) | None => false,
    }
}
