//! `/graphql` over HTTP.

use actix_web::{
    HttpRequest, HttpResponse,
    guard::GuardContext,
    http::{StatusCode, header},
    web::{self, Data},
};
use async_graphql::parser::types::OperationType;
use futures_util::StreamExt;
use rapport_domain::{
    Ctx, Error, identity::auth::Auth, kernel::limits::Budget, sales::leads::submissions::Visitor,
};
use rapport_http::{
    address::address,
    body,
    caller::recognised,
    limits::{Limiter, take_turn},
    problem::{ApiError, Problem},
    sse::{self, Message},
};

use super::{
    answer::{Answer, Code, Refusal, refuse},
    gate::{Admitted, Gate},
    negotiate::{Media, Wanted, wanted},
    params::Params,
    socket,
};

/// Whether it is the page of GraphiQL that a request for `/graphql` wants, as browsers do.
pub fn wants_page(ctx: &GuardContext<'_>) -> bool {
    let headers = ctx.head().headers();
    !socket::is_wanted(headers) && wanted(headers) == Wanted::Page
}

/// A query in the address; the beginning of a WebSocket. (The page is for others to serve: see [`wants_page`].)
///
/// # Errors
/// Where a WebSocket cannot begin, or nobody can be asked who is calling.
pub async fn get(
    req: HttpRequest,
    payload: web::Payload,
    gate: Data<Gate>,
    auth: Data<Auth>,
    limiter: Data<Limiter>,
) -> actix_web::Result<HttpResponse> {
    if socket::is_wanted(req.headers()) {
        return socket::open(&req, payload, gate, auth, limiter);
    }
    let media = match wanted(req.headers()) {
        Wanted::Answer(media) => media,
        Wanted::Stream => Media::GraphQl,
        Wanted::Page | Wanted::Nothing => return Ok(not_acceptable()),
    };
    let Some(me) = caller(&req)? else { return Ok(sign_in_first().http(media)) };
    let admitted = Params::from_address(req.query_string())
        .and_then(|params| gate.admit(params, me.clone()))
        .and_then(|admitted| match admitted.kind {
            OperationType::Query => Ok(admitted),
            _ => Err(Refusal::of_method()),
        });
    Ok(execute(&req, &gate, &limiter, admitted, &me).await.http(media))
}

/// A request in the body.
///
/// # Errors
/// Where the body cannot be read, or nobody can be asked who is calling.
pub async fn post(
    req: HttpRequest,
    payload: web::Payload,
    gate: Data<Gate>,
    limiter: Data<Limiter>,
) -> actix_web::Result<HttpResponse> {
    let media = match wanted(req.headers()) {
        Wanted::Answer(media) => media,
        Wanted::Stream => return stream(req, payload, gate, limiter).await,
        Wanted::Page | Wanted::Nothing => return Ok(not_acceptable()),
    };
    let caller = caller(&req)?;
    let body = body::read(&req, &mut payload.into_inner(), &["application/json"]).await;
    let answer = match caller {
        Some(me) => {
            let admitted = Params::from_body(&body?)
                .and_then(|params| gate.admit(params, me.clone()))
                .and_then(no_subscription);
            execute(&req, &gate, &limiter, admitted, &me).await
        }
        None => match body.ok().and_then(|body| Params::from_body(&body).ok()) {
            Some(params) => execute_for_stranger(&req, &gate, params).await,
            None => sign_in_first(),
        },
    };
    Ok(answer.http(media))
}

/// An operation whose results are events of a stream: GraphQL over Server-Sent Events, in its distinct connections mode.
async fn stream(
    req: HttpRequest,
    payload: web::Payload,
    gate: Data<Gate>,
    limiter: Data<Limiter>,
) -> actix_web::Result<HttpResponse> {
    let caller = caller(&req)?;
    let body = body::read(&req, &mut payload.into_inner(), &["application/json"]).await;
    let Some(me) = caller else { return Ok(sign_in_first().http(Media::GraphQl)) };
    let admitted = Params::from_body(&body?).and_then(|params| gate.admit(params, me.clone()));
    let answers = match paid(&req, &limiter, admitted, &me).await {
        Ok(admitted) if admitted.kind == OperationType::Subscription => {
            let cost = admitted.cost;
            gate.subscribe(admitted).map(move |of| Answer::executed(of, cost)).boxed_local()
        }
        Ok(admitted) => {
            let answer = async move {
                let _turn = limiter.turn(me.actor()).await;
                gate.execute(admitted).await
            };
            futures_util::stream::once(answer).boxed_local()
        }
        Err(refusal) => return Ok(Answer::from(refusal).http(Media::GraphQl)),
    };
    let complete = Message { id: None, event: Some("complete"), data: String::new() };
    let messages = answers.map(|answer| Ok(next(&answer)));
    Ok(sse::answer(&req, messages.chain(futures_util::stream::once(async { Ok(complete) }))))
}

fn next(answer: &Answer) -> Message {
    let data = serde_json::to_string(answer).unwrap_or_default();
    Message { id: None, event: Some("next"), data }
}

/// Who is calling; `None` for strangers, and for those whose token is no longer good.
fn caller(req: &HttpRequest) -> Result<Option<Ctx>, ApiError> {
    match recognised(req) {
        Ok(me) => Ok(Some(me)),
        Err(Error::Unauthenticated) => Ok(None),
        Err(err) => Err(err.into()),
    }
}

fn no_subscription(admitted: Admitted) -> Result<Admitted, Refusal> {
    match admitted.kind {
        OperationType::Subscription => {
            let message = "subscriptions need a WebSocket (graphql-transport-ws), or Accept: text/event-stream";
            Err(Refusal::of_query(vec![refuse(Code::Validation, message, None)]))
        }
        _ => Ok(admitted),
    }
}

async fn execute(
    req: &HttpRequest,
    gate: &Gate,
    limiter: &Limiter,
    admitted: Result<Admitted, Refusal>,
    me: &Ctx,
) -> Answer {
    match paid(req, limiter, admitted, me).await {
        Ok(admitted) => {
            take_turn(req).await;
            gate.execute(admitted.from(visitor(req))).await
        }
        Err(refusal) => refusal.into(),
    }
}

/// What the gate has let through, as far as the caller's budget goes. What it has refused is not for nothing either.
async fn paid(
    req: &HttpRequest,
    limiter: &Limiter,
    admitted: Result<Admitted, Refusal>,
    me: &Ctx,
) -> Result<Admitted, Refusal> {
    let cost = admitted.as_ref().map_or(1, Admitted::tokens);
    match limiter.admit(req, me.actor(), Budget::Graphql, cost).await {
        Ok(()) => admitted,
        Err(err) => Err(Refusal::of_budget(err)),
    }
}

async fn execute_for_stranger(req: &HttpRequest, gate: &Gate, params: Params) -> Answer {
    match gate.admit_stranger(params) {
        Some(admitted) => gate.execute(admitted.from(visitor(req))).await,
        None => sign_in_first(),
    }
}

fn visitor(req: &HttpRequest) -> Visitor {
    let origin = req.headers().get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    Visitor { address: address(req), origin: origin.map(str::to_owned) }
}

fn sign_in_first() -> Answer {
    let message = Error::Unauthenticated.to_string();
    Answer::from(Refusal::of_strangers(vec![refuse(Code::Unauthenticated, message, None)]))
}

fn not_acceptable() -> HttpResponse {
    let offers = [Media::GraphQl, Media::Json].map(Media::content_type).join(" or ");
    let mut response = Problem::http(
        StatusCode::NOT_ACCEPTABLE,
        "not_acceptable",
        format!("answers are {offers}"),
    )
    .response();
    response.headers_mut().insert(header::VARY, header::HeaderValue::from_static("Accept"));
    response
}
