//! When a connection ends: where nothing that comes after an answer can be told to be a request.

use std::{
    pin::Pin,
    sync::atomic::{AtomicBool, Ordering},
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{
    Error,
    body::{BodySize, BoxBody, MessageBody},
    dev::{Extensions, ServiceRequest, ServiceResponse},
    http::{ConnectionType, StatusCode, header, uri::Authority},
    middleware::Next,
    web::{Bytes, Data},
};

use crate::{draining::Draining, problem::Problem};

/// How long a client has to read the last answer, where it has sent more requests already.
const FAREWELL: Duration = Duration::from_secs(1);

/// Whether the last answer on a connection has been given.
#[derive(Debug, Default)]
struct Ended(AtomicBool);

/// Remembers of each connection whether it has ended.
pub fn remember(_: &dyn std::any::Any, of_connection: &mut Extensions) {
    of_connection.insert(Ended::default());
}

/// While the server drains, each answer is the last on its connection. So is the refusal of a request whose body is
/// not what it says: what comes after it may be more of it rather than another request (RFC 9112 11.2).
///
/// After the last answer nothing may be done (RFC 9112 9.6), but actix goes on with requests that it has read already.
pub async fn last_answers(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if req.conn_data::<Ended>().is_some_and(|ended| ended.0.load(Ordering::Relaxed)) {
        return Ok(end(req).await);
    }
    let draining = req.app_data::<Data<Draining>>().is_some_and(|draining| draining.has_begun());
    let body = Framing::of(&req);
    let is_sound = has_sound_host(&req);
    let mut response = match is_sound {
        true => next.call(req).await?.map_into_boxed_body(),
        false => req.into_response(no_such_host()),
    };
    if draining || !is_sound || body.is_doubtful_after(response.status()) {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
        if let Some(ended) = response.request().conn_data::<Ended>() {
            ended.0.store(true, Ordering::Relaxed);
        }
    }
    Ok(response)
}

/// Nothing can tell actix to drop a request that it has read but to break its answer off before the first byte. By
/// then the answer before it must have been sent.
async fn end(req: ServiceRequest) -> ServiceResponse<BoxBody> {
    tokio::time::sleep(FAREWELL).await;
    req.into_response(actix_web::HttpResponse::BadRequest().body(BrokenOff))
}

/// A body that cannot be sent, and neither are the headers before it.
struct BrokenOff;

impl MessageBody for BrokenOff {
    type Error = std::io::Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let why = "the connection has ended before this request";
        Poll::Ready(Some(Err(std::io::Error::other(why))))
    }
}

/// RFC 9112 3.2: whoever names no host that could be is refused. Where there is none, or two, actix does that.
fn has_sound_host(req: &ServiceRequest) -> bool {
    req.headers().get(header::HOST).is_none_or(|host| {
        let host = host.as_bytes();
        host.is_empty() || (Authority::try_from(host).is_ok() && !host.contains(&b'@'))
    })
}

fn no_such_host() -> actix_web::HttpResponse {
    Problem::http(StatusCode::BAD_REQUEST, "malformed", "the header Host names no host").response()
}

/// How a request says where its body ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Framing {
    NoBody,
    Length,
    Chunks,
}

impl Framing {
    fn of(req: &ServiceRequest) -> Self {
        let has = |name| req.headers().contains_key(name);
        match has(header::TRANSFER_ENCODING) {
            true => Self::Chunks,
            false if has(header::CONTENT_LENGTH) => Self::Length,
            false => Self::NoBody,
        }
    }

    /// Whether a request that is refused like this leaves it open where the next one begins. What is refused for what
    /// it says has been read whole; of a body in chunks, nobody knows whether the chunks were what was meant.
    fn is_doubtful_after(self, refusal: StatusCode) -> bool {
        match refusal {
            StatusCode::UNPROCESSABLE_ENTITY => self == Self::Chunks,
            StatusCode::BAD_REQUEST
            | StatusCode::REQUEST_TIMEOUT
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNSUPPORTED_MEDIA_TYPE => self != Self::NoBody,
            _ => false,
        }
    }
}
