//! Server-Sent Events (HTML Living Standard, 9.2).

use std::{convert::Infallible, fmt::Write, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Bytes, Data},
};
use futures_util::{Stream, StreamExt, stream};
use rapport_domain::Result;
use tokio::time::{Instant, interval};

use crate::{
    draining::Draining,
    problem::{Problem, tell_the_log},
};

/// The media type.
pub const EVENT_STREAM: &str = "text/event-stream";

/// How often is looked whether the server stops.
const TICK: Duration = Duration::from_secs(1);

/// Nobody on the way shall take silence for death.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// One event of a stream.
#[derive(Debug)]
pub struct Message {
    /// Where one goes on after it.
    pub id: Option<String>,
    /// Its kind; `message` where there is none.
    pub event: Option<&'static str>,
    /// What it says, without line breaks.
    pub data: String,
}

impl Message {
    fn bytes(&self) -> Bytes {
        let mut text = String::with_capacity(self.data.len() + 64);
        if let Some(id) = &self.id {
            let _ = writeln!(text, "id: {id}");
        }
        if let Some(event) = self.event {
            let _ = writeln!(text, "event: {event}");
        }
        let _ = writeln!(text, "data: {}\n", self.data);
        text.into()
    }
}

/// Whether a request wants a stream of events.
pub fn is_wanted(req: &HttpRequest) -> bool {
    let mut values = req.headers().get_all(header::ACCEPT).filter_map(|value| value.to_str().ok());
    values.any(|value| {
        value.split(',').any(|range| {
            range
                .split(';')
                .next()
                .is_some_and(|kind| kind.trim().eq_ignore_ascii_case(EVENT_STREAM))
        })
    })
}

/// Messages as an answer that goes on until they end, or the server stops. What goes wrong is told as an event of the
/// kind `problem`, and is the last.
pub fn answer(
    req: &HttpRequest,
    messages: impl Stream<Item = Result<Message>> + 'static,
) -> HttpResponse {
    let draining = req.app_data::<Data<Draining>>().cloned();
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, EVENT_STREAM))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        // Compression gathers what is to be sent at once.
        .insert_header(header::ContentEncoding::Identity)
        .streaming(body(messages, draining).map(Ok::<_, Infallible>))
}

fn body(
    messages: impl Stream<Item = Result<Message>> + 'static,
    draining: Option<Data<Draining>>,
) -> impl Stream<Item = Bytes> {
    let state = Some((Box::pin(messages), interval(TICK), Instant::now()));
    let parts = stream::unfold(state, move |state| {
        let draining = draining.clone();
        async move {
            let (mut messages, mut ticks, mut said) = state?;
            loop {
                let part = tokio::select! {
                    message = messages.next() => match message? {
                        Ok(message) => message.bytes(),
                        Err(err) => return Some((problem(&err), None)),
                    },
                    _ = ticks.tick() => {
                        if draining.as_ref().is_some_and(|draining| draining.has_begun()) {
                            return None;
                        }
                        if said.elapsed() < HEARTBEAT {
                            continue;
                        }
                        Bytes::from_static(b":\n\n")
                    }
                };
                said = Instant::now();
                return Some((part, Some((messages, ticks, said))));
            }
        }
    });
    // Something is said at once, so that the client knows that it is heard.
    stream::once(async { Bytes::from_static(b":\n\n") }).chain(parts)
}

fn problem(err: &rapport_domain::Error) -> Bytes {
    tell_the_log(err);
    let data = serde_json::to_string(&Problem::from(err)).unwrap_or_default();
    Message { id: None, event: Some("problem"), data }.bytes()
}
