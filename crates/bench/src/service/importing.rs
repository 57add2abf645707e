//! Importing service requests with their history against copying the same rows: with their steps, messages, clocks and events, into
//! the same tables.

use std::fmt::Write;

use anyhow::{Result, ensure};

use crate::{
    api::Bench,
    figures::{Other, grouped, millis},
    imports::{Took, copy, import},
    operations::{EVENT, quoted},
};

/// So many things happen to each request.
const EVENTS: u64 = 6;

/// Imports a log of events, then copies the same rows. The server does not run meanwhile.
pub async fn measure(bench: &Bench<'_>) -> Result<Other> {
    let requests = if bench.options.quick { 5_000 } else { bench.options.imported };
    eprintln!("  import of {requests} requests");
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("requests.csv");
    std::fs::write(&file, csv(requests))?;
    let imported = import(bench, "service-requests", &file).await?;
    let mut admin = bench.place.administer().await?;
    let there = "select count(*) from service_request where external_id like 'L%'";
    let there = admin.one(there).await?;
    ensure!(there == requests as i64, "of {requests} requests, {there} are there");
    let of_them = "request_id in (select id from service_request where external_id like 'L%')";
    let told =
        "actor_kind = 'import' and name in ('service_request.created', 'request_message.created')";
    let tables = [
        ("service_request", columns(bench, "service_request").await?, "external_id like 'L%'"),
        ("service_step", columns(bench, "service_step").await?, of_them),
        ("request_message", columns(bench, "request_message").await?, of_them),
        ("service_clock", columns(bench, "service_clock").await?, of_them),
        ("event", quoted(&EVENT), told),
    ];
    let copied = copy(bench, &tables).await?;
    let speed = copied.time.as_secs_f64() / imported.time.as_secs_f64();
    let per_second = |took: &Took| grouped(requests as f64 / took.time.as_secs_f64());
    let each = |took: &Took| took.cpu.as_secs_f64() * 1e6 / requests as f64;
    let value = format!(
        "{} requests/s, {:.0} µs CPU each; COPY {} requests/s, {:.0} µs CPU each: {speed:.2} of its speed ({} ms)",
        per_second(&imported),
        each(&imported),
        per_second(&copied),
        each(&copied),
        millis(imported.time),
    );
    let name = format!(
        "import of {} requests with {EVENTS} events each (request, steps, messages, clocks, events)",
        grouped(requests as f64)
    );
    Ok(Other::with(name, value, "0.5 of the speed", speed >= 0.5))
}

/// The columns that are written: not those that follow from others.
async fn columns(bench: &Bench<'_>, table: &str) -> Result<String> {
    let mut admin = bench.place.administer().await?;
    admin
        .text(format!(
            "select string_agg(quote_ident(column_name), ', ' order by ordinal_position) \
             from information_schema.columns where table_name = '{table}' and column_name !~ '^[a-z][0-9]+$'"
        ))
        .await
}

fn csv(requests: u64) -> String {
    const WHAT: [&str; EVENTS as usize] =
        ["open", "reply", "waiting_for_customer", "open", "note", "resolved"];
    let mut csv = String::from("externalId,subject,event,eventAt,openedAt\n");
    for n in 0..requests {
        let (month, day) = (n % 12 + 1, n % 28 + 1);
        for (hour, what) in WHAT.iter().enumerate() {
            // Writing to a text does not fail.
            let _ = writeln!(
                csv,
                "L{n},Something about thing {n},{what},2024-{month:02}-{day:02}T{:02}:30:00Z,2024-{month:02}-{day:02}T08:00:00Z",
                9 + hour
            );
        }
    }
    csv
}
