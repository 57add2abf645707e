//! An import over the API of a file with some bad rows, whose server is killed halfway and started again.

use std::{
    fmt::Write,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use serde_json::Value as Json;

use crate::{
    api::Bench,
    cpu,
    figures::{Other, grouped, millis},
    http::Request,
    server::Server,
};

/// Of so many rows one is bad.
const BAD: u64 = 100;

/// Imports customers.
pub async fn measure(bench: &Bench<'_>) -> Result<Other> {
    let rows: u64 = if bench.options.quick { 50_000 } else { 1_000_000 };
    eprintln!("  import of {rows} customers as a job, killed halfway");
    let server = Server::start(bench.program, &bench.place).await?;
    let upload = Instant::now();
    let path = "/api/v1/imports?kind=customers&source=job";
    let request = Request::sending("POST", path, csv(rows), "text/csv");
    let made = bench.client(&server).await?.send(&request).await?.json()?;
    let uploaded = upload.elapsed();
    let id = made["id"].as_str().context("an id")?.to_owned();
    let began = Instant::now();
    until(bench, &server, &id, |job| job["rows"].as_u64().unwrap_or(0) >= rows / 2).await?;
    let (_, most) = cpu::memory(server.pid()).unwrap_or_default();
    server.kill().await?;
    let killed = began.elapsed();
    let server = Server::start(bench.program, &bench.place).await?;
    let ended = |job: &Json| !matches!(job["state"].as_str(), Some("queued" | "running"));
    let job = until(bench, &server, &id, ended).await?;
    let took = began.elapsed();
    let (_, again) = cpu::memory(server.pid()).unwrap_or_default();
    server.stop().await?;
    let mut connection = bench.place.connect(Some(bench.world.workspace)).await?;
    let there = connection.one("select count(*) from customer where source = 'job'").await?;
    let distinct = "select count(distinct external_id) from customer where source = 'job'";
    let distinct = connection.one(distinct).await?;
    let good = (rows - rows / BAD) as i64;
    ensure!(job["state"] == "succeeded", "the import has not succeeded: {job}");
    let value = format!(
        "sent in {} ms; killed after {} ms, done after {} ms: {} rows/s; {} there, {} errors told; at most {:.0} MB",
        millis(uploaded),
        millis(killed),
        millis(took),
        grouped(rows as f64 / took.as_secs_f64()),
        grouped(there as f64),
        job["failed"],
        most.max(again)
    );
    let right = there == good && distinct == good && job["failed"] == rows / BAD;
    let name = format!("import job of {} rows, 1% bad, killed halfway", grouped(rows as f64));
    Ok(Other::with(name, value, "none lost, none doubled", right))
}

fn csv(rows: u64) -> String {
    let mut csv = String::from("externalId,kind,name,city,email\n");
    for n in 0..rows {
        let kind = if n % BAD == 7 { "robot" } else { "person" };
        // Writing to a text does not fail.
        let _ = writeln!(csv, "J{n},{kind},Person Number {n},Berlin,person{n}@example.org");
    }
    csv
}

async fn until(
    bench: &Bench<'_>,
    server: &Server,
    id: &str,
    is: impl Fn(&Json) -> bool,
) -> Result<Json> {
    let began = Instant::now();
    let mut client = bench.client(server).await?;
    loop {
        let job = client.send(&Request::get(format!("/api/v1/imports/{id}"))).await?.json()?;
        if is(&job) {
            return Ok(job);
        }
        ensure!(began.elapsed() < Duration::from_secs(800), "the import takes too long: {job}");
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}
