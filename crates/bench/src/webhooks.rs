//! How soon and how fast webhooks are sent to a receiver that answers at once.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use serde_json::{Value as Json, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};

use crate::{
    api::Bench,
    cpu::Watch,
    figures::{Other, grouped, millis},
    http::{Client, Request},
    load::percentile,
    server::Server,
};

/// Both of them.
pub async fn measure(bench: &Bench<'_>) -> Result<Vec<Other>> {
    eprintln!("  webhooks");
    let mut receiver = Receiver::start().await?;
    let server = Server::start(bench.program, &bench.place).await?;
    let mut client = bench.client(&server).await?;
    let endpoint = json!({
        "url": format!("http://{}/", receiver.address),
        "eventTypes": ["rapport.customer.updated.v1"],
    });
    client.send(&Request::with("POST", "/api/v1/webhook-endpoints", &endpoint)).await?.check()?;
    let first = first_attempts(bench, &mut client, &mut receiver).await?;
    let many = many(bench, &server, &mut client, &mut receiver).await?;
    server.stop().await?;
    Ok(vec![first, many])
}

/// From the answer to a change to the receiver being asked, one change after the other.
async fn first_attempts(
    bench: &Bench<'_>,
    client: &mut Client,
    receiver: &mut Receiver,
) -> Result<Other> {
    let mut micros = Vec::new();
    for n in 0..200 {
        change(bench, client, n..n + 1, "first").await?;
        let committed = Instant::now();
        let arrived = receiver.next().await?;
        let took = arrived.saturating_duration_since(committed).as_micros();
        micros.push(u32::try_from(took).unwrap_or(u32::MAX));
    }
    micros.sort_unstable();
    let [p50, p99] = [50, 99].map(|of_hundred| percentile(&micros, of_hundred));
    let value = format!("p50 {} ms, p99 {} ms after the answer", millis(p50), millis(p99));
    Ok(Other::with("webhook, first attempt", value, "p99 1 s", p99 < Duration::from_secs(1)))
}

/// Very many changes at once, all of them sent.
async fn many(
    bench: &Bench<'_>,
    server: &Server,
    client: &mut Client,
    receiver: &mut Receiver,
) -> Result<Other> {
    let changes: u64 = if bench.options.quick { 2_000 } else { 20_000 };
    let customers = changes.min(bench.world.customers);
    let watch = Watch { process: server.pid(), database: bench.postmaster };
    let (before, began) = (watch.used(), Instant::now());
    let making = async {
        for round in 0..changes / customers {
            for from in (0..customers).step_by(500) {
                let told = format!("round {round}");
                change(bench, client, from..(from + 500).min(customers), &told).await?;
            }
        }
        Ok::<_, anyhow::Error>(began.elapsed())
    };
    let arriving = async {
        let mut last = began;
        for _ in 0..changes / customers * customers {
            last = receiver.next().await?;
        }
        Ok::<_, anyhow::Error>(last)
    };
    let (made, last) = tokio::join!(making, arriving);
    let (made, took) = (made?, last?.duration_since(began));
    let rate = (changes / customers * customers) as f64 / took.as_secs_f64();
    let each = watch.used().since(before).total().as_secs_f64() * 1e6 / changes as f64;
    let value = format!(
        "{} events made in {} ms and delivered in {} ms: {}/s, {each:.0} µs CPU each with the change",
        grouped(changes as f64),
        millis(made),
        millis(took),
        grouped(rate)
    );
    Ok(Other::with("webhooks to one fast receiver", value, "1,000/s", rate >= 1_000.0))
}

async fn change(
    bench: &Bench<'_>,
    client: &mut Client,
    customers: std::ops::Range<u64>,
    told: &str,
) -> Result<()> {
    let operations: Vec<Json> = customers
        .map(|n| json!({ "update": { "id": bench.world.customer(n), "patch": { "description": format!("Hook {told} {n}") } } }))
        .collect();
    let batch = json!({ "operations": operations });
    let answer = client.send(&Request::with("POST", "/api/v1/customers/batch", &batch)).await?;
    answer.check()?;
    ensure!(answer.status == 200, "not all of it was done");
    Ok(())
}

/// Answers every request at once and says when it came. It has a thread of its own.
struct Receiver {
    address: SocketAddr,
    arrived: mpsc::UnboundedReceiver<Instant>,
}

impl Receiver {
    async fn start() -> Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (told, arrived) = mpsc::unbounded_channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::spawn(move || {
            runtime.block_on(async {
                let Ok(listener) = TcpListener::from_std(listener) else { return };
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(answer(stream, told.clone()));
                }
            });
        });
        Ok(Self { address, arrived })
    }

    async fn next(&mut self) -> Result<Instant> {
        let next = timeout(Duration::from_secs(60), self.arrived.recv()).await;
        next.context("no webhook for a minute")?.context("the receiver has ended")
    }
}

async fn answer(mut stream: TcpStream, told: mpsc::UnboundedSender<Instant>) -> Option<()> {
    let mut buffer: Vec<u8> = Vec::with_capacity(1 << 14);
    loop {
        let end = loop {
            if let Some(end) = whole(&buffer) {
                break end;
            }
            if stream.read_buf(&mut buffer).await.ok()? == 0 {
                return None;
            }
        };
        buffer.drain(..end);
        told.send(Instant::now()).ok()?;
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.ok()?;
    }
}

/// Where the first request ends, once all of it is there.
fn whole(buffer: &[u8]) -> Option<usize> {
    let head = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&buffer[..head]).ok()?.to_ascii_lowercase();
    let length = text.split("\r\n").find_map(|line| line.strip_prefix("content-length:"))?;
    let end = head + length.trim().parse::<usize>().ok()?;
    (buffer.len() >= end).then_some(end)
}
