//! Who is asking.

use std::{
    future::{Ready, ready},
    ops::Deref,
};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    body::{BoxBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::header,
    middleware::Next,
    web::Data,
};
use rapport_domain::{Ctx, Error, identity::auth::Auth};

use crate::{
    address::address,
    limits::{Limiter, budget_of, take_turn},
    problem::ApiError,
};

/// The authenticated caller. A handler has no other way to a [`Ctx`], and so none to the database. It comes first among
/// what a handler takes, so that strangers are told nothing but to sign in.
pub struct Caller(Ctx);

impl Deref for Caller {
    type Target = Ctx;

    fn deref(&self) -> &Ctx {
        &self.0
    }
}

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(recognised(req).map(Self).map_err(ApiError::from))
    }
}

/// Who is asking, or why they are not let through.
struct Recognised(Result<Ctx, Error>);

/// Tells who is asking, and over REST draws on their budget, before anything else of the request is looked at.
/// Operations for strangers do not mind what comes of it.
pub async fn recognise(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let is_rest = req.path().starts_with("/api/v1/");
    if (is_rest || req.path() == "/graphql")
        && let Some(token) = bearer(req.request())
    {
        let who = admitted(req.request(), &token, is_rest).await;
        req.extensions_mut().insert(Recognised(who));
    }
    // With a body it is taken once that is there.
    if !has_body(req.request()) {
        take_turn(req.request()).await;
    }
    Ok(next.call(req).await?.map_into_boxed_body())
}

/// GraphQL draws on a budget once it is known what is asked.
async fn admitted(req: &HttpRequest, token: &str, is_rest: bool) -> Result<Ctx, Error> {
    let auth = req.app_data::<Data<Auth>>().ok_or_else(|| Error::internal("Auth is app data"))?;
    let limiter = req.app_data::<Data<Limiter>>();
    let limiter = limiter.ok_or_else(|| Error::internal("Limiter is app data"))?;
    let me = auth.admit(token, address(req)).await?;
    if is_rest {
        limiter.admit(req, me.actor(), budget_of(req), 1).await?;
    }
    Ok(me)
}

fn has_body(req: &HttpRequest) -> bool {
    let has = |name| req.headers().contains_key(name);
    has(header::CONTENT_LENGTH) || has(header::TRANSFER_ENCODING)
}

/// Who is asking, once: it is not kept with the request.
///
/// # Errors
/// [`Error::Unauthenticated`]; [`Error::Throttled`] where their budget is spent.
pub fn recognised(req: &HttpRequest) -> Result<Ctx, Error> {
    let recognised = req.extensions_mut().remove::<Recognised>();
    recognised.map_or(Err(Error::Unauthenticated), |recognised| recognised.0)
}

/// Who is asking, where they are let through.
pub fn let_through(req: &HttpRequest) -> Option<Ctx> {
    req.extensions().get::<Recognised>().and_then(|recognised| recognised.0.as_ref().ok().cloned())
}

/// Lets the request be asked as this, which is the same caller in a transaction of the whole request.
pub fn ask_within(req: &HttpRequest, unit: Ctx) {
    req.extensions_mut().insert(Recognised(Ok(unit)));
}

/// The bearer token of a request. The scheme's name is not case-sensitive (RFC 9110 11.1).
pub fn bearer(req: &HttpRequest) -> Option<String> {
    let value = req.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}
