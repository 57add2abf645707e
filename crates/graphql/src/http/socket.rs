//! `/graphql` over WebSocket: the graphql-transport-ws protocol.
//!
//! (async-graphql has an implementation of it. It closes with codes that are not the protocol's, lets an operation
//! take another's name, and reports what was not executed as if it were.)

use std::{collections::HashMap, net::IpAddr, pin::pin, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    error::InternalError,
    http::{
        StatusCode,
        header::{self, HeaderMap},
    },
    rt,
    web::{self, Data},
};
use actix_ws::{
    AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, Closed, ProtocolError,
    Session,
};
use async_graphql::parser::types::OperationType;
use futures_util::StreamExt;
use rapport_domain::{Ctx, Error, identity::auth::Auth, kernel::limits::Budget};
use rapport_http::{
    address::address, caller::bearer, draining::Draining, limits::Limiter, problem::Problem, trace,
};
use serde_json::{Map, Value};
use tokio::{
    task::{AbortHandle, JoinSet},
    time::{Instant, interval, timeout},
};

use super::{
    answer::{Answer, Code, Refusal, refuse},
    gate::{Admitted, Gate},
    messages::{FromClient, FromServer},
    params::Params,
};

/// The subprotocol.
const PROTOCOL: &str = "graphql-transport-ws";
/// The longest message, in bytes.
const LONGEST: usize = 1024 * 1024;
/// The most operations that are under way on one socket.
const OPERATIONS: usize = 100;
/// How long a client may take to say who it is.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often the client is asked whether it is there.
const PING: Duration = Duration::from_secs(12);
/// How often time is looked at, and whether the caller may still be here. (Known callers are found in memory.)
const TICK: Duration = Duration::from_millis(400);

/// Whether a request is to become a WebSocket.
pub fn is_wanted(headers: &HeaderMap) -> bool {
    let upgrade = headers.get(header::UPGRADE).and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
}

/// Begins a WebSocket.
///
/// # Errors
/// Where the request is no WebSocket handshake.
pub fn open(
    req: &HttpRequest,
    payload: web::Payload,
    gate: Data<Gate>,
    auth: Data<Auth>,
    limiter: Data<Limiter>,
) -> actix_web::Result<HttpResponse> {
    let (response, session, messages) =
        actix_ws::handle_with_protocols(req, payload, &[PROTOCOL]).map_err(no_handshake)?;
    let messages = messages.max_frame_size(LONGEST).aggregate_continuations();
    let now = Instant::now();
    let socket = Socket {
        gate,
        auth,
        limiter,
        from: address(req),
        draining: req.app_data::<Data<Draining>>().cloned(),
        session,
        token: bearer(req),
        caller: None,
        operations: JoinSet::new(),
        running: HashMap::new(),
        opened: now,
        heard: now,
        asked: now,
    };
    let spoken = response.headers().contains_key(header::SEC_WEBSOCKET_PROTOCOL);
    rt::spawn(socket.run(messages.max_continuation_size(LONGEST), spoken));
    Ok(response)
}

fn no_handshake(err: actix_web::Error) -> actix_web::Error {
    let problem = Problem::http(StatusCode::BAD_REQUEST, "malformed", err.to_string());
    InternalError::from_response(err, problem.response()).into()
}

/// Why a socket ends.
enum End {
    /// The client is gone.
    Gone,
    /// The client has closed it, and is told so in its own words.
    Echo(Option<CloseReason>),
    /// With this close code, for this reason.
    Close(u16, &'static str),
}

impl From<Closed> for End {
    fn from(_: Closed) -> Self {
        Self::Gone
    }
}

const INVALID: End = End::Close(4400, "Invalid message");
const UNAUTHORIZED: End = End::Close(4401, "Unauthorized");
/// The token is not good, or no longer. (Clients may connect again, with another.)
const FORBIDDEN: End = End::Close(4403, "Forbidden");
const NO_PROTOCOL: End = End::Close(4406, "Subprotocol not acceptable");
const TOO_LATE: End = End::Close(4408, "Connection initialisation timeout");
const ALREADY_THERE: End = End::Close(4409, "Subscriber already exists");
const INITIALISED_TWICE: End = End::Close(4429, "Too many initialisation requests");
const STOPPING: End = End::Close(1001, "Going away");
const NOT_WEBSOCKET: End = End::Close(1002, "Protocol error");
const TOO_LARGE: End = End::Close(1009, "Message too large");
const TRY_AGAIN: End = End::Close(1013, "Try again later");

/// One connection.
struct Socket {
    gate: Data<Gate>,
    auth: Data<Auth>,
    limiter: Data<Limiter>,
    /// Where it comes from.
    from: Option<IpAddr>,
    draining: Option<Data<Draining>>,
    session: Session,
    /// The caller's token: of the handshake, or of `connection_init`.
    token: Option<String>,
    /// Who is calling, once they have said so.
    caller: Option<Ctx>,
    /// Ends with the socket.
    operations: JoinSet<()>,
    running: HashMap<String, AbortHandle>,
    opened: Instant,
    heard: Instant,
    asked: Instant,
}

impl Socket {
    async fn run(mut self, messages: AggregatedMessageStream, spoken: bool) {
        let end = if spoken { self.serve(messages).await } else { NO_PROTOCOL };
        self.operations.abort_all();
        let reason = match end {
            End::Gone => None,
            End::Echo(reason) => reason,
            End::Close(code, why) => {
                Some(CloseReason { code: CloseCode::from(code), description: Some(why.to_owned()) })
            }
        };
        let _ = timeout(PATIENCE, self.session.close(reason)).await;
    }

    async fn serve(&mut self, mut messages: AggregatedMessageStream) -> End {
        let mut ticks = interval(TICK);
        loop {
            let outcome = tokio::select! {
                message = messages.recv() => self.hear(message).await,
                _ = ticks.tick() => self.tick().await,
                Some(_) = self.operations.join_next() => Ok(()),
            };
            if let Err(end) = outcome {
                return end;
            }
        }
    }

    async fn tick(&mut self) -> Result<(), End> {
        if self.draining.as_ref().is_some_and(|draining| draining.has_begun()) {
            return Err(STOPPING);
        }
        if self.caller.is_none() && self.opened.elapsed() >= PATIENCE {
            return Err(TOO_LATE);
        }
        self.recognise().await?;
        if self.heard.elapsed() >= 2 * PING {
            return Err(End::Gone);
        }
        if self.asked.elapsed() >= PING {
            self.asked = Instant::now();
            sent(self.session.ping(b"")).await?;
        }
        Ok(())
    }

    /// The socket ends as soon as the caller's token does, or what they may do is no longer the same.
    async fn recognise(&mut self) -> Result<(), End> {
        let (Some(token), Some(before)) = (&self.token, &self.caller) else { return Ok(()) };
        match self.auth.admit(token, self.from).await {
            Ok(now) if now.actor() == before.actor() => Ok(()),
            Ok(_) | Err(Error::Unauthenticated) => Err(FORBIDDEN),
            // Whether they may, nobody can tell at the moment.
            Err(_) => Ok(()),
        }
    }

    async fn hear(
        &mut self,
        message: Option<Result<AggregatedMessage, ProtocolError>>,
    ) -> Result<(), End> {
        self.heard = Instant::now();
        match message {
            Some(Ok(AggregatedMessage::Text(text))) => {
                let message = FromClient::read(&text).ok_or(INVALID)?;
                self.obey(message).await
            }
            Some(Ok(AggregatedMessage::Binary(_))) => Err(INVALID),
            Some(Ok(AggregatedMessage::Ping(data))) => sent(self.session.pong(&data)).await,
            Some(Ok(AggregatedMessage::Pong(_))) => Ok(()),
            Some(Ok(AggregatedMessage::Close(reason))) => Err(End::Echo(reason)),
            None => Err(End::Gone),
            Some(Err(ProtocolError::Overflow | ProtocolError::Io(_))) => Err(TOO_LARGE),
            Some(Err(_)) => Err(NOT_WEBSOCKET),
        }
    }

    async fn obey(&mut self, message: FromClient) -> Result<(), End> {
        match message {
            FromClient::Init(payload) => self.begin(&payload).await,
            FromClient::Ping(payload) => self.say(FromServer::Pong { payload }).await,
            FromClient::Pong => Ok(()),
            FromClient::Subscribe(id, params) => self.start(id, *params).await,
            FromClient::Complete(id) => {
                self.stop(&id);
                Ok(())
            }
        }
    }

    async fn say(&mut self, message: FromServer<'_>) -> Result<(), End> {
        sent(self.session.text(message.text())).await
    }

    async fn begin(&mut self, payload: &Map<String, Value>) -> Result<(), End> {
        if self.caller.is_some() {
            return Err(INITIALISED_TWICE);
        }
        self.token = token_in(payload).or_else(|| self.token.take());
        let token = self.token.as_deref().ok_or(FORBIDDEN)?;
        match self.auth.admit(token, self.from).await {
            Ok(me) => self.caller = Some(me),
            Err(Error::Unauthenticated) => return Err(FORBIDDEN),
            Err(_) => return Err(TRY_AGAIN),
        }
        self.say(FromServer::ConnectionAck).await
    }

    async fn start(&mut self, id: String, params: Params) -> Result<(), End> {
        let me = self.caller.clone().ok_or(UNAUTHORIZED)?;
        self.running.retain(|_, operation| !operation.is_finished());
        if self.running.contains_key(&id) {
            return Err(ALREADY_THERE);
        }
        if self.running.len() >= OPERATIONS {
            let message = format!("at most {OPERATIONS} operations may be under way at once");
            let refusal = Refusal::of_query(vec![refuse(Code::TooMany, message, None)]);
            let errors = Answer::from(refusal).errors;
            return self.say(FromServer::Error { id: &id, payload: &errors }).await;
        }
        let operation = Operation { id: id.clone(), session: self.session.clone() };
        let work = operation.run(self.gate.clone(), self.limiter.clone(), params, me);
        let handle = self.operations.spawn(trace::within("graphql", work));
        self.running.insert(id, handle);
        Ok(())
    }

    fn stop(&mut self, id: &str) {
        if let Some(operation) = self.running.remove(id) {
            operation.abort();
        }
    }
}

/// Waits until something is sent, but not for ever: a client that does not read is as good as gone.
async fn sent(sending: impl Future<Output = Result<(), Closed>>) -> Result<(), End> {
    Ok(timeout(PATIENCE, sending).await.map_err(|_| End::Gone)??)
}

/// The token in the payload of `connection_init`: `Authorization: Bearer …`, or `token`.
fn token_in(payload: &Map<String, Value>) -> Option<String> {
    let (name, value) = payload.iter().find_map(|(name, value)| {
        let name = name.to_ascii_lowercase();
        let known = name == "authorization" || name == "token";
        known.then_some(name).zip(value.as_str())
    })?;
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            Some(token.trim().to_owned())
        }
        None if name == "token" => Some(value.to_owned()),
        _ => None,
    }
}

/// An operation of a socket.
struct Operation {
    id: String,
    session: Session,
}

impl Operation {
    async fn run(mut self, gate: Data<Gate>, limiter: Data<Limiter>, params: Params, me: Ctx) {
        let admitted = gate.admit(params, me.clone());
        let cost = admitted.as_ref().map_or(1, Admitted::tokens);
        let admitted = match limiter.admit_untold(me.actor(), Budget::Graphql, cost).await {
            Ok(()) => admitted,
            Err(err) => Err(Refusal::of_budget(err)),
        };
        // Whether it is heard is the socket's business, which ends all its operations.
        let _ = match admitted {
            Ok(admitted) if admitted.kind == OperationType::Subscription => {
                let cost = admitted.cost;
                let answers = gate.subscribe(admitted).map(|of| Answer::executed(of, cost));
                self.answer_all(answers).await
            }
            Ok(admitted) => {
                let turn = limiter.turn(me.actor()).await;
                let answer = gate.execute(admitted).await;
                drop(turn);
                self.answer_all(futures_util::stream::iter([answer])).await
            }
            Err(refusal) => self.refuse(&Answer::from(refusal)).await,
        };
    }

    async fn answer_all(
        &mut self,
        answers: impl futures_util::Stream<Item = Answer>,
    ) -> Result<(), Closed> {
        let mut answers = pin!(answers);
        while let Some(answer) = answers.next().await {
            if !answer.was_executed() {
                return self.refuse(&answer).await;
            }
            self.say(FromServer::Next { id: &self.id, payload: &answer }.text()).await?;
        }
        self.say(FromServer::Complete { id: &self.id }.text()).await
    }

    async fn refuse(&mut self, answer: &Answer) -> Result<(), Closed> {
        self.say(FromServer::Error { id: &self.id, payload: &answer.errors }.text()).await
    }

    async fn say(&mut self, text: String) -> Result<(), Closed> {
        self.session.text(text).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_is_found_however_clients_write_it() {
        let token = |payload: Value| token_in(payload.as_object().unwrap());
        for payload in [
            json!({"Authorization": "Bearer x"}),
            json!({"authorization": "bearer x "}),
            json!({"token": "x"}),
            json!({"other": 1, "token": "Bearer x"}),
        ] {
            assert_eq!(token(payload).as_deref(), Some("x"));
        }
        for payload in [json!({}), json!({"Authorization": "Basic x"}), json!({"token": 1})] {
            assert_eq!(token(payload), None);
        }
    }
}
