use std::{error::Error as _, time::Duration};

use http_body_util::{BodyExt, Full};
use hyper::{
    Request, StatusCode,
    body::{Bytes, Incoming},
    header::{self, HeaderMap, HeaderValue},
};
use hyper_util::{
    client::legacy::{Client, Error as ClientError},
    rt::{TokioExecutor, TokioTimer},
};
use rustls::RootCertStore;
use tokio::time::{Instant, timeout_at};

use super::{
    connector::{Connector, Refusal, Resolve, system},
    networks::Networks,
    target::Target,
};

/// How long a call may take, from looking up the name to the end of the answer.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// How long the body of an answer may take once its status is known.
const BODY: Duration = Duration::from_secs(3);

/// So much of an answer is kept.
const KEPT: usize = 1024;

/// So much of an answer is read, so that the connection can be used again; on one that goes on it is closed.
const READ: usize = 64 * 1024;

/// How long an unused connection is kept.
const IDLE: Duration = Duration::from_secs(30);

/// Calls others over HTTP/1.1, with connections that are kept. It heeds no proxy of the environment, and follows nobody
/// who sends it elsewhere.
#[derive(Clone)]
pub struct Outbound {
    client: Client<Connector, Full<Bytes>>,
    patience: Duration,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// When to come again, if it said so.
    pub retry_after: Option<HeaderValue>,
    /// The beginning of the body: at most 1,024 bytes.
    pub body: Vec<u8>,
}

/// Why there was no answer, in words that tell nothing of our own network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The host has no address, or one that may not be called.
    #[error("the host has no address that may be called")]
    Address,
    /// It took too long.
    #[error("no answer within 15 seconds")]
    Timeout,
    /// There was no connection, or it broke.
    #[error("{0}")]
    Broken(String),
}

impl Outbound {
    /// Calls what is public over TLS, and the networks that are opened as one likes.
    ///
    /// # Errors
    /// Where TLS cannot be set up.
    pub fn new(networks: Networks) -> Result<Self, rustls::Error> {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        Self::with(networks, system(), roots)
    }

    fn with(
        networks: Networks,
        resolve: Resolve,
        roots: RootCertStore,
    ) -> Result<Self, rustls::Error> {
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(32)
            .http1_max_headers(100)
            .http1_max_buf_size(READ)
            .build(Connector::new(networks, resolve, roots)?);
        Ok(Self { client, patience: PATIENCE })
    }

    /// Posts a body and waits for the answer, at most 15 seconds.
    ///
    /// # Errors
    /// Where there is no answer; any status is one.
    pub async fn post(
        &self,
        to: &Target,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Answer, Failure> {
        let until = Instant::now() + self.patience;
        let mut request = Request::post(&to.0)
            .body(Full::new(body))
            .map_err(|err| Failure::Broken(err.to_string()))?;
        *request.headers_mut() = headers;
        let answer = timeout_at(until, self.client.request(request)).await;
        let answer = answer.map_err(|_| Failure::Timeout)?.map_err(|err| failure(&err))?;
        let (head, body) = answer.into_parts();
        let mut kept = Vec::new();
        // Whatever becomes of the rest, the status is the answer.
        let _ = timeout_at(until.min(Instant::now() + BODY), read(body, &mut kept)).await;
        Ok(Answer {
            status: head.status,
            retry_after: head.headers.get(header::RETRY_AFTER).cloned(),
            body: kept,
        })
    }
}

/// Reads a body, within bounds, and keeps its beginning.
async fn read(mut body: Incoming, kept: &mut Vec<u8>) {
    let mut size = 0;
    while let Some(Ok(frame)) = body.frame().await {
        let Some(data) = frame.data_ref() else { continue };
        size += data.len();
        kept.extend_from_slice(&data[..data.len().min(KEPT - kept.len())]);
        if size > READ {
            return;
        }
    }
}

fn failure(err: &ClientError) -> Failure {
    let mut cause = err.source();
    while let Some(err) = cause {
        match err.downcast_ref::<Refusal>() {
            Some(Refusal::Address) => return Failure::Address,
            Some(refusal) => return Failure::Broken(refusal.to_string()),
            None => cause = err.source(),
        }
    }
    let mut last: &dyn std::error::Error = err;
    while let Some(next) = last.source() {
        last = next;
    }
    Failure::Broken(format!("no answer: {last}"))
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
        task::JoinHandle,
    };

    use super::*;

    /// Says these bytes to each who connects, once they have said something.
    async fn says(answer: Vec<u8>) -> (SocketAddr, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let serve = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(&answer).await;
                let _ = stream.read(&mut [0; 4096]).await;
            }
        });
        (at, serve)
    }

    async fn ask(answer: Vec<u8>) -> Result<Answer, Failure> {
        ask_for(PATIENCE, answer).await
    }

    async fn ask_for(patience: Duration, answer: Vec<u8>) -> Result<Answer, Failure> {
        let (at, serve) = says(answer).await;
        let networks = Networks::open([at.to_string().as_str()]).unwrap();
        let target = Target::parse(&format!("http://{at}/"), &networks).unwrap();
        let outbound = Outbound { patience, ..Outbound::new(networks).unwrap() };
        let answer = outbound.post(&target, HeaderMap::new(), Bytes::from_static(b"{}")).await;
        serve.abort();
        answer
    }

    #[tokio::test]
    async fn the_beginning_of_an_answer_is_kept_and_a_redirection_not_followed() {
        let long = format!("HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n{}", "x".repeat(5000));
        let answer = ask(long.into()).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.body.len()), (200, KEPT));
        let moved = "HTTP/1.1 307 Go\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(ask(moved.into()).await.unwrap().status.as_u16(), 307);
        let later = "HTTP/1.1 503 No\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(ask(later.into()).await.unwrap().retry_after.unwrap(), "7");
    }

    #[tokio::test]
    async fn what_is_no_http_is_a_failure() {
        for wrong in ["SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 banana\r\n\r\n"] {
            assert!(matches!(ask(wrong.into()).await, Err(Failure::Broken(_))), "{wrong}");
        }
        let endless = format!("HTTP/1.1 200 OK\r\nx: {}", "y".repeat(200_000));
        assert!(matches!(ask(endless.into()).await, Err(Failure::Broken(_))));
    }

    #[tokio::test]
    async fn who_says_nothing_or_half_of_it_is_given_up() {
        let patience = Duration::from_millis(100);
        assert_eq!(ask_for(patience, Vec::new()).await, Err(Failure::Timeout));
        let half = b"HTTP/1.1 200 OK\r\ncontent-le".to_vec();
        assert_eq!(ask_for(patience, half).await, Err(Failure::Timeout));
        let slow = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf".to_vec();
        let answer = ask_for(patience, slow).await.unwrap();
        assert_eq!((answer.status.as_u16(), &answer.body[..]), (200, &b"half"[..]));
    }
}
