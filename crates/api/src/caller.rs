use std::{
    future::{Future, ready},
    ops::Deref,
    pin::Pin,
};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::header, web};
use rapport_domain::{Ctx, Error, identity::auth::Auth};

use crate::problem::ApiError;

/// The authenticated caller. A handler has no other way to a [`Ctx`], and so none to the database.
pub struct Caller(Ctx);

impl Deref for Caller {
    type Target = Ctx;

    fn deref(&self) -> &Ctx {
        &self.0
    }
}

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        if let Some(ctx) = within_unit(req) {
            return Box::pin(ready(Ok(Self(ctx))));
        }
        let token = bearer(req);
        let auth = req.app_data::<web::Data<Auth>>().cloned();
        Box::pin(async move {
            let auth = auth.ok_or_else(|| Error::internal("Auth is app data"))?;
            let token = token.ok_or(Error::Unauthenticated)?;
            Ok(Self(auth.ctx(&token).await?))
        })
    }
}

/// The request as one transaction, where it is done as one.
pub fn within_unit(req: &HttpRequest) -> Option<Ctx> {
    req.extensions().get::<Ctx>().cloned()
}

/// The bearer token of a request. The scheme's name is not case-sensitive (RFC 9110 11.1).
pub fn bearer(req: &HttpRequest) -> Option<String> {
    let value = req.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}
