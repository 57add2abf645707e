use std::{collections::HashMap, sync::Arc};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};

use super::PATIENCE;

/// A receiver of webhooks: it keeps what it is sent, and answers as a test wants.
pub struct Receiver {
    /// Where it is.
    pub url: String,
    received: mpsc::UnboundedReceiver<Received>,
}

/// A request that was received.
#[derive(Clone, Debug)]
pub struct Received {
    /// The headers, by their names in lower case.
    pub headers: HashMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
    /// How many requests there were before.
    pub n: usize,
}

/// What a receiver answers.
#[derive(Clone, Debug)]
pub enum Reply {
    /// This status.
    Status(u16),
    /// This status, with this header.
    With(u16, &'static str, String),
    /// Nothing, ever.
    Hang,
}

impl Received {
    /// A header; empty where it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The event's id.
    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// Whether the library for receivers would sign it so; it does not look at the time, since clocks of tests stand
    /// still.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let webhook = standardwebhooks::Webhook::new(secret).expect("a secret");
        let at = self.header("webhook-timestamp").parse().expect("a time");
        let expected = webhook.sign(self.id(), at, &self.body).expect("a signature");
        self.header("webhook-signature").split(' ').any(|signature| signature == expected)
    }

    /// Whether the library for receivers takes it, now.
    pub fn is_taken_with(&self, secret: &str) -> bool {
        let mut headers = reqwest::header::HeaderMap::new();
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            headers.insert(name, self.header(name).parse().expect("a header"));
        }
        let webhook = standardwebhooks::Webhook::new(secret).expect("a secret");
        webhook.verify(&self.body, &headers).is_ok()
    }
}

impl Receiver {
    /// One that answers with success.
    pub async fn start() -> Self {
        Self::answering(|_| Reply::Status(200)).await
    }

    /// One that answers so.
    pub async fn answering(reply: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let (send, received) = mpsc::unbounded_channel();
        let reply = Arc::new(reply);
        let count = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (send, reply, count) = (send.clone(), reply.clone(), count.clone());
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    while let Some(mut request) = read(&mut stream).await {
                        request.n = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        let reply = reply(&request);
                        let _ = send.send(request);
                        if !answer(&mut stream, reply).await {
                            break;
                        }
                    }
                });
            }
        });
        Self { url, received }
    }

    /// The next request. Waits for it, but not for ever.
    pub async fn next(&mut self) -> Received {
        let next = timeout(PATIENCE, self.received.recv()).await;
        next.expect("a request in time").expect("a request")
    }

    /// The next so many requests.
    pub async fn take(&mut self, count: usize) -> Vec<Received> {
        let mut all = Vec::new();
        while all.len() < count {
            all.push(self.next().await);
        }
        all
    }

    /// A request that is there already.
    pub fn now(&mut self) -> Option<Received> {
        self.received.try_recv().ok()
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Received> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    Some(Received { headers, body, n: 0 })
}

async fn answer(stream: &mut BufReader<TcpStream>, reply: Reply) -> bool {
    let (status, header) = match reply {
        Reply::Status(status) => (status, String::new()),
        Reply::With(status, name, value) => (status, format!("{name}: {value}\r\n")),
        Reply::Hang => std::future::pending().await,
    };
    let body = "thanks";
    let length = body.len();
    let answer = format!("HTTP/1.1 {status} X\r\n{header}content-length: {length}\r\n\r\n{body}");
    stream.write_all(answer.as_bytes()).await.is_ok()
}
