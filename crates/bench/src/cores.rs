//! Figures of segmentation besides rebuilding and following one change: how many changes can be followed, what the passing
//! of time costs, and what an explanation does.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::{
    api::Bench,
    cpu::Watch,
    database::Kind,
    figures::{Other, grouped, millis},
    http::{Client, Request},
    segments::make,
    server::Server,
};

/// Time that passes, and explanations.
pub async fn measure(bench: &Bench<'_>, server: &Server) -> Result<Vec<Other>> {
    let mut client = bench.client(server).await?;
    eprintln!("  explanations");
    let mut others = vec![explanation(bench, server, &mut client).await?];
    eprintln!("  time passes");
    others.push(midnight(bench, server, &mut client).await?);
    Ok(others)
}

/// How many changes a second are followed with a hundred segments. On PostgreSQL the reader is held back while they are
/// made, so that following alone is measured; on SQLite, which has one writer, making them is part of it.
pub async fn following(bench: &Bench<'_>, server: &Server) -> Result<Vec<Other>> {
    let mut client = bench.client(server).await?;
    let changes: u64 = if bench.options.quick { 5_000 } else { 50_000 };
    let mut holder = match bench.place.kind() {
        Kind::Postgres => Some(bench.place.administer().await?),
        Kind::Sqlite => None,
    };
    if let Some(holder) = &mut holder {
        holder.run("begin").await?;
        let hold = "select 1::bigint from log_reader where name = 'segments' for update";
        holder.one(hold).await?;
    }
    let began = Instant::now();
    for from in (0..changes).step_by(1_000) {
        client.send(&batch(bench, from, (from + 1_000).min(changes))).await?.check()?;
    }
    let made = began.elapsed();
    let began = Instant::now();
    if let Some(mut holder) = holder {
        holder.run("rollback").await?;
    }
    current(&mut client).await?;
    let followed = began.elapsed();
    let (what, took) = match bench.place.kind() {
        Kind::Postgres => ("held back while they were made", followed),
        Kind::Sqlite => ("making them included", made + followed),
    };
    let rate = changes as f64 / took.as_secs_f64();
    let name = format!("{} changes followed, 100 segments, {what}", grouped(changes as f64));
    let value = format!("{}/s ({} ms)", grouped(rate), millis(took));
    Ok(vec![Other::with(name, value, "5,000/s", rate >= 5_000.0)])
}

/// Changes of what the segments look at, of a thousand customers.
fn batch(bench: &Bench<'_>, from: u64, to: u64) -> Request {
    let operation = |n: u64| {
        let id = bench.world.customer(n % bench.world.customers);
        json!({ "update": { "id": id, "patch": { "employees": 1 + n % 5_000 } } })
    };
    let operations: Vec<Json> = (from..to).map(operation).collect();
    Request::with("POST", "/api/v1/customers/batch", &json!({ "operations": operations }))
}

/// Until everything that was committed is followed.
async fn current(client: &mut Client) -> Result<()> {
    let began = Instant::now();
    loop {
        let watermark = client.send(&Request::get("/api/v1/segments/watermark")).await?.json()?;
        if watermark["isCurrent"] == true {
            return Ok(());
        }
        ensure!(began.elapsed() < Duration::from_secs(300), "membership does not follow");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// What an explanation costs against getting the customer, in CPU time.
async fn explanation(bench: &Bench<'_>, server: &Server, client: &mut Client) -> Result<Other> {
    let rule = json!({ "all": [
        { "compare": { "field": "industry", "eq": "retail" } },
        { "any": [
            { "compare": { "field": "employees", "gt": 100 } },
            { "compare": { "field": "city", "eq": "Vienna" } },
        ] },
        { "relation": { "name": "orders", "count": { "gte": 2 }, "sum": { "field": "total", "gt": "60000" } } },
    ] });
    let made = make(client, "Explained", &rule).await?;
    let segment = made["id"].as_str().context("an id")?.to_owned();
    let get = |id: Uuid| Request::get(format!("/api/v1/customers/{id}"));
    let why = |id: Uuid| Request::get(format!("/api/v1/segments/{segment}/members/{id}/why"));
    let asked = if bench.options.quick { 500 } else { 3_000 };
    let got = each(bench, server, client, asked, get).await?;
    let explained = each(bench, server, client, asked, why).await?;
    let ratio = explained.as_secs_f64() / got.as_secs_f64();
    let micros = |of: Duration| grouped(of.as_secs_f64() * 1e6);
    let value = format!("{} µs CPU; a get {} µs CPU: {ratio:.2}", micros(explained), micros(got));
    Ok(Other::with("why, a rule of four conditions", value, "3 × a get", ratio <= 3.0))
}

/// The CPU time of one request, server and database, after some to warm up.
async fn each(
    bench: &Bench<'_>,
    server: &Server,
    client: &mut Client,
    asked: u32,
    request: impl Fn(Uuid) -> Request,
) -> Result<Duration> {
    let watch = Watch { process: server.pid(), database: bench.postmaster };
    let customer = |n: u32| bench.world.customer(u64::from(n) * 7_919 % bench.world.customers);
    for n in 0..asked / 3 {
        client.send(&request(customer(n))).await?.check()?;
    }
    let before = watch.used();
    for n in 0..asked {
        client.send(&request(customer(n))).await?.check()?;
    }
    Ok(watch.used().since(before).total() / asked)
}

/// A day's passing: the reader is told that it has last looked a day ago, and those who have left since are members again.
async fn midnight(bench: &Bench<'_>, server: &Server, client: &mut Client) -> Result<Other> {
    let mut connection = bench.place.administer().await?;
    // Orders end in 2018: a window so long that it begins among the last of them.
    let days = "select cast(current_date - date '2018-11-15' as bigint)";
    let days = match bench.place.kind() {
        Kind::Postgres => connection.one(days).await?,
        Kind::Sqlite => {
            let days = "select cast(julianday('now', 'start of day') - julianday('2018-11-15') as integer)";
            connection.one(days).await?
        }
    };
    let rule =
        json!({ "relation": { "name": "orders", "within": { "last": format!("P{days}D") } } });
    let made = make(client, "Bought lately", &rule).await?;
    let segment: Uuid = made["id"].as_str().context("an id")?.parse()?;
    current(client).await?;
    let sql = Hand { kind: bench.place.kind() };
    let watch = Watch { process: server.pid(), database: bench.postmaster };
    connection.run(sql.back(segment, bench.world.workspace)).await?;
    let leaving = connection.one(sql.leaving(segment, bench.world.workspace)).await?;
    let before = watch.used();
    connection.run(sql.a_day_ago()).await?;
    let began = Instant::now();
    while connection.one(sql.leaving(segment, bench.world.workspace)).await? > 0 {
        ensure!(began.elapsed() < Duration::from_secs(120), "nobody leaves");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (took, used) = (began.elapsed(), watch.used().since(before).total());
    let value = format!(
        "{} ms, {} ms CPU for {} who leave, of {}",
        millis(took),
        millis(used),
        grouped(leaving as f64),
        grouped(bench.world.customers as f64)
    );
    Ok(Other::plain(format!("a day passes, a window of {days} days"), value))
}

/// What is done by hand to let a day pass.
struct Hand {
    kind: Kind,
}

impl Hand {
    fn id(&self, id: Uuid) -> String {
        match self.kind {
            Kind::Postgres => format!("'{id}'::uuid"),
            Kind::Sqlite => format!("x'{}'", id.simple()),
        }
    }

    /// Who last ordered on the day before the window was members when it began a day earlier.
    fn back(&self, segment: Uuid, workspace: Uuid) -> String {
        let (segment, workspace) = (self.id(segment), self.id(workspace));
        let then = match self.kind {
            Kind::Postgres => "now() - interval '2 days'",
            Kind::Sqlite => "strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now', '-2 days')",
        };
        format!(
            "insert into segment_member (workspace_id, segment_id, customer_id, entered_at) \
             select {workspace}, {segment}, customer_id, {then} from \"order\" \
             where workspace_id = {workspace} and deleted_at is null \
             group by customer_id having max(ordered_on) = '2018-11-14'"
        )
    }

    /// How many of those are still members: asked by the key, so that asking takes next to nothing.
    fn leaving(&self, segment: Uuid, workspace: Uuid) -> String {
        let (segment, workspace) = (self.id(segment), self.id(workspace));
        let then = match self.kind {
            Kind::Postgres => "now() - interval '1 day'",
            Kind::Sqlite => "strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now', '-1 day')",
        };
        format!(
            "select count(*) from segment_member where workspace_id = {workspace} \
             and segment_id = {segment} and entered_at < {then}"
        )
    }

    fn a_day_ago(&self) -> &'static str {
        match self.kind {
            Kind::Postgres => {
                "update log_reader set passed_at = passed_at - interval '1 day', due_at = now() \
                 where name = 'segments'"
            }
            Kind::Sqlite => {
                "update log_reader set \
                 passed_at = strftime('%Y-%m-%dT%H:%M:%S+00:00', passed_at, '-1 day'), \
                 due_at = strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now') where name = 'segments'"
            }
        }
    }
}
