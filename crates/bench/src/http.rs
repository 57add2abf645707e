//! A lean HTTP/1.1 client: one connection, kept open, and no more parsing than the answers of our own server need.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use uuid::Uuid;

const JSON: &str = "application/json";

/// A request, without its headers.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: &'static str,
    /// The path with its query.
    pub path: String,
    /// The body.
    pub body: Option<String>,
    /// What the body is.
    pub media: &'static str,
    /// What names the request, so that it can be repeated.
    pub key: Option<Uuid>,
}

impl Request {
    /// A request for what is there.
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: "GET", path: path.into(), body: None, media: JSON, key: None }
    }

    /// A request with a body.
    pub fn with(method: &'static str, path: impl Into<String>, body: &serde_json::Value) -> Self {
        Self::sending(method, path, body.to_string(), JSON)
    }

    /// A request with a body of any kind.
    pub fn sending(
        method: &'static str,
        path: impl Into<String>,
        body: String,
        media: &'static str,
    ) -> Self {
        Self { method, path: path.into(), body: Some(body), media, key: None }
    }

    fn write(&self, token: &str, out: &mut Vec<u8>) {
        let Self { method, path, body, media, key } = self;
        out.clear();
        out.extend_from_slice(
            format!("{method} {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n")
                .as_bytes(),
        );
        if let Some(key) = key {
            out.extend_from_slice(format!("idempotency-key: {key}\r\n").as_bytes());
        }
        if let Some(body) = body {
            let head = format!("content-type: {media}\r\ncontent-length: {}\r\n\r\n", body.len());
            out.extend_from_slice(head.as_bytes());
            out.extend_from_slice(body.as_bytes());
        } else {
            out.extend_from_slice(b"\r\n");
        }
    }
}

/// An answer, as long as the connection is not used again.
#[derive(Debug)]
pub struct Answer<'a> {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
}

impl Answer<'_> {
    /// The body as JSON.
    ///
    /// # Errors
    /// Where the status is not one of success, or the body not JSON.
    pub fn json(&self) -> Result<serde_json::Value> {
        self.check()?;
        Ok(serde_json::from_slice(self.body)?)
    }

    /// Refuses an answer that is not one of success.
    ///
    /// # Errors
    /// Says what the answer was. GraphQL tells of errors in the body.
    pub fn check(&self) -> Result<()> {
        const WITH_ERRORS: &[u8] = b"{\"data\":null";
        if (200..300).contains(&self.status) && !self.body.starts_with(WITH_ERRORS) {
            return Ok(());
        }
        bail!("{} {}", self.status, String::from_utf8_lossy(self.body))
    }
}

/// A connection to the server, signed in.
pub struct Client {
    stream: TcpStream,
    token: String,
    out: Vec<u8>,
    buffer: Vec<u8>,
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// Where nobody listens.
    pub async fn connect(address: SocketAddr, token: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await.context("connect to the server")?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            token: token.to_owned(),
            out: Vec::new(),
            buffer: Vec::with_capacity(1 << 17),
        })
    }

    /// Sends a request and waits for all of the answer.
    ///
    /// # Errors
    /// Where the server hangs up, or answers in a way it never does.
    pub async fn send(&mut self, request: &Request) -> Result<Answer<'_>> {
        request.write(&self.token, &mut self.out);
        self.stream.write_all(&self.out).await?;
        self.buffer.clear();
        let head = loop {
            if let Some(end) = self.buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end + 4;
            }
            self.read().await?;
        };
        let (status, length) = parse(&self.buffer[..head])?;
        while self.buffer.len() < head + length {
            self.read().await?;
        }
        Ok(Answer { status, body: &self.buffer[head..head + length] })
    }

    async fn read(&mut self) -> Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => bail!("the server hung up"),
            _ => Ok(()),
        }
    }
}

/// The status and the length of the body.
fn parse(head: &[u8]) -> Result<(u16, usize)> {
    let head = std::str::from_utf8(head)?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).context("a status line")?;
    let status: u16 = status.parse()?;
    let length = lines.filter_map(|line| line.split_once(':')).find_map(|(name, value)| {
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>())
    });
    match length {
        Some(length) => Ok((status, length?)),
        None if matches!(status, 204 | 304) => Ok((status, 0)),
        None => bail!("an answer without a length: {head}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answers_head_says_how_long_it_is() {
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\ndate: now\r\n\r\n";
        assert_eq!(parse(head).unwrap(), (200, 12));
        assert_eq!(parse(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap(), (204, 0));
        assert!(parse(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    }
}
