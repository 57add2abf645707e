//! What integrations and devices need: how soon an event is seen, here and at another node; how fast the feed and a
//! device's first sync are read; what it costs to ask for nothing new, and to be able to repeat a request.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::{
    api::Bench,
    cpu::{self, Watch},
    database::Kind,
    figures::{Other, grouped, millis},
    http::{Client, Request},
    load::{Load, Timing, Worker, drive, percentile},
    server::Server,
};

/// Everything there is to say of it.
pub async fn measure(bench: &Bench<'_>) -> Result<Vec<Other>> {
    eprintln!("  feed and sync");
    let server = Server::start(bench.program, &bench.place).await?;
    let mut others = vec![first_sync(bench, &server).await?];
    others.push(seen("event seen in the feed", bench, &server, &server).await?);
    if bench.place.kind() == Kind::Postgres {
        let other = Server::start(bench.program, &bench.place).await?;
        others.push(seen("event seen at another node", bench, &server, &other).await?);
        other.stop().await?;
    }
    others.push(nothing_new(bench, &server).await?);
    others.push(with_keys(bench, &server).await?);
    others.push(whole_feed(bench, &server).await?);
    server.stop().await?;
    Ok(others)
}

/// The feed from its start to its end, as many events at once as there may be.
async fn whole_feed(bench: &Bench<'_>, server: &Server) -> Result<Other> {
    let mut client = bench.client(server).await?;
    make_events(bench, &mut client).await?;
    let (mut after, mut events) = ("start".to_owned(), 0_usize);
    // Whatever is in no window yet.
    client.send(&Request::get("/api/v1/events?after=now")).await?.check()?;
    let began = Instant::now();
    loop {
        let page =
            client.send(&Request::get(format!("/api/v1/events?limit=1000&after={after}"))).await?;
        page.check()?;
        events += count(page.body, b"\"specversion\"");
        after = text(page.body, "nextCursor").context("a cursor")?;
        if count(page.body, b"\"more\":true") == 0 {
            break;
        }
    }
    let rate = events as f64 / began.elapsed().as_secs_f64();
    let (now, most) = cpu::memory(server.pid()).unwrap_or_default();
    let value = format!(
        "{} events, {}/s; {now:.0} MB, at most {most:.0} MB",
        grouped(events as f64),
        grouped(rate)
    );
    Ok(Other::with("feed read from its start", value, "50,000 events/s", rate >= 50_000.0))
}

async fn make_events(bench: &Bench<'_>, client: &mut Client) -> Result<()> {
    let create = json!({ "create": { "kind": "person", "name": "Ann Event", "city": "Oslo" } });
    let batch = Request::with(
        "POST",
        "/api/v1/customers/batch",
        &json!({ "operations": vec![create; 1000] }),
    );
    for _ in 0..if bench.options.quick { 5 } else { 50 } {
        client.send(&batch).await?.check()?;
    }
    Ok(())
}

/// Everything that a device is to have.
async fn first_sync(bench: &Bench<'_>, server: &Server) -> Result<Other> {
    let mut client = bench.client(server).await?;
    let (mut cursor, mut records, began) = (String::new(), 0_usize, Instant::now());
    loop {
        let path = format!("/api/v1/sync?types=customer,contact,order&limit=1000{cursor}");
        let page = client.send(&Request::get(path)).await?;
        page.check()?;
        let some = count(page.body, b"\"fate\"");
        records += some;
        cursor = format!("&cursor={}", text(page.body, "nextCursor").context("a cursor")?);
        if some < 1000 || records >= 100_000 {
            break;
        }
    }
    let rate = records as f64 / began.elapsed().as_secs_f64();
    let (now, _) = cpu::memory(server.pid()).unwrap_or_default();
    let value = format!("{} records, {}/s; {now:.0} MB", grouped(records as f64), grouped(rate));
    Ok(Other::with("first sync of a device", value, "100 MB", now < 100.0))
}

/// From the answer to a change to its event being told, one change after the other.
async fn seen(name: &str, bench: &Bench<'_>, here: &Server, there: &Server) -> Result<Other> {
    let (mut writer, mut reader) = (bench.client(here).await?, bench.client(there).await?);
    let changes = if bench.options.quick { 50 } else { 200 };
    let now = reader.send(&Request::get("/api/v1/events?after=now")).await?.json()?;
    let mut after = now["nextCursor"].as_str().context("a cursor")?.to_owned();
    let mut micros = Vec::new();
    for n in 0..changes {
        let id = bench.world.customer(n);
        let told = json!({ "description": format!("Told {name} {n}") });
        let change = Request::with("PATCH", format!("/api/v1/customers/{id}"), &told);
        let types = "types=rapport.customer.updated.v1&wait=10";
        let wait = Request::get(format!("/api/v1/events?{types}&after={after}"));
        let (committed, told) =
            tokio::join!(commit(&mut writer, &change), tell(&mut reader, &wait));
        let ((committed, _), (told, page)) = (committed?, told?);
        after = page["nextCursor"].as_str().context("a cursor")?.to_owned();
        ensure!(page["items"].as_array().is_some_and(|items| !items.is_empty()), "not seen");
        let took = told.saturating_duration_since(committed).as_micros();
        micros.push(u32::try_from(took).unwrap_or(u32::MAX));
    }
    micros.sort_unstable();
    let [p50, p99] = [50, 99].map(|of_hundred| percentile(&micros, of_hundred));
    let value = format!("p50 {} ms, p99 {} ms after the answer", millis(p50), millis(p99));
    Ok(Other::with(name, value, "p99 250 ms", p99 < Duration::from_millis(250)))
}

async fn commit(writer: &mut Client, change: &Request) -> Result<(Instant, ())> {
    // The reader waits by then.
    tokio::time::sleep(Duration::from_millis(15)).await;
    writer.send(change).await?.check()?;
    Ok((Instant::now(), ()))
}

async fn tell(reader: &mut Client, wait: &Request) -> Result<(Instant, Json)> {
    let page = reader.send(wait).await?.json()?;
    Ok((Instant::now(), page))
}

/// The same request again and again, or one of a kind.
struct Again<F> {
    client: Client,
    request: F,
}

impl<F: FnMut() -> Request + Send> Worker for Again<F> {
    async fn once(&mut self) -> Result<()> {
        let request = (self.request)();
        self.client.send(&request).await?.check()
    }
}

/// Signed in before anything is measured: that is told in the log, too.
async fn clients(bench: &Bench<'_>, server: &Server) -> Result<Vec<Client>> {
    let mut clients = Vec::new();
    for _ in 0..16 {
        clients.push(bench.client(server).await?);
    }
    Ok(clients)
}

async fn load<F: FnMut() -> Request + Send + 'static>(
    bench: &Bench<'_>,
    server: &Server,
    clients: Vec<Client>,
    request: impl Fn() -> F,
) -> Result<Load> {
    let workers = clients.into_iter().map(|client| Again { client, request: request() });
    let watch = Watch { process: server.pid(), database: bench.postmaster };
    drive(workers.collect(), Timing::seconds(bench.options.seconds()), watch).await
}

/// A device that is up to date asks again.
async fn nothing_new(bench: &Bench<'_>, server: &Server) -> Result<Other> {
    let (some, others) = (clients(bench, server).await?, clients(bench, server).await?);
    let mut client = bench.client(server).await?;
    let mut path = "/api/v1/sync?types=team".to_owned();
    for _ in 0..3 {
        let page = client.send(&Request::get(path.as_str())).await?.json()?;
        let cursor = page["nextCursor"].as_str().context("a cursor")?;
        path = format!("/api/v1/sync?types=team&cursor={cursor}");
    }
    let id = bench.world.customer(0);
    let get = || move || Request::get(format!("/api/v1/customers/{id}"));
    let get = load(bench, server, some, get).await?;
    let sync = || {
        let path = path.clone();
        move || Request::get(path.as_str())
    };
    let sync = load(bench, server, others, sync).await?;
    let ratio = sync.total_us() / get.total_us();
    let value = format!("{} CPU; get by id {}: {ratio:.2}", shares(&sync), shares(&get));
    Ok(Other::with("sync with nothing new, 16 connections", value, "2 × get by id", ratio <= 2.0))
}

/// Creates that may be repeated, and such that may not.
async fn with_keys(bench: &Bench<'_>, server: &Server) -> Result<Other> {
    let create = || {
        Request::with("POST", "/api/v1/customers", &json!({ "kind": "person", "name": "Ann Key" }))
    };
    let plain = load(bench, server, clients(bench, server).await?, || create).await?;
    let with_key = || move || Request { key: Some(Uuid::now_v7()), ..create() };
    let keyed = load(bench, server, clients(bench, server).await?, with_key).await?;
    let ratio = keyed.total_us() / plain.total_us();
    let value = format!("{} CPU; without {}: {ratio:.2}", shares(&keyed), shares(&plain));
    Ok(Other::with(
        "create with an Idempotency-Key, 16 connections",
        value,
        "1.3 × without",
        ratio <= 1.3,
    ))
}

/// What a request costs, the server's share and the database's.
fn shares(load: &Load) -> String {
    format!("{:.0} + {:.0} µs", load.process_us, load.database_us.unwrap_or_default())
}

fn count(body: &[u8], what: &[u8]) -> usize {
    body.windows(what.len()).filter(|part| part == &what).count()
}

/// A member of text near the end of a long body, without reading all of it.
fn text(body: &[u8], name: &str) -> Option<String> {
    let end = std::str::from_utf8(&body[body.len().saturating_sub(600)..]).ok()?;
    let (_, rest) = end.rsplit_once(&format!("\"{name}\":\""))?;
    rest.split('"').next().map(ToOwned::to_owned)
}
