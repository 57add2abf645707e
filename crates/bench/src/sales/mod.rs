//! Selling: boards, forecasts, moves and papers over many opportunities, each through the server and, where there is a bar for
//! it, against the SQL that does the same; and their import. On PostgreSQL only.

mod by_hand;
mod importing;

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use chrono::{Datelike, Days, Months, NaiveDate, Utc};
use serde_json::{Value as Json, json};

use uuid::Uuid;

use self::by_hand::ByHand;
use crate::{
    api::Bench,
    cpu::Watch,
    database::Kind,
    figures::{Other, grouped, millis},
    http::{Client, Request},
    load::{Load, Timing, Worker, drive},
    seed::deals::{self, Deals},
    server::Server,
};

/// What is measured here; `--only` names them.
const NAMES: [&str; 5] =
    ["sales board", "sales forecast", "sales move", "sales paper", "sales import"];

/// What there is to say of selling, as far as it is asked for.
pub async fn measure(bench: &Bench<'_>) -> Result<Vec<Other>> {
    let wanted = |name: &str| bench.options.wants(name);
    if bench.place.kind() == Kind::Sqlite || !NAMES.iter().any(|name| wanted(name)) {
        return Ok(Vec::new());
    }
    let all = if bench.options.quick { 50_000 } else { bench.options.opportunities };
    let deals = deals::fill(&bench.place, &bench.world, all).await?;
    let sales =
        Sales { bench, deals: &deals, server: Server::start(bench.program, &bench.place).await? };
    let mut others = Vec::new();
    if wanted("sales paper") {
        others.extend(sales.papers().await?);
    }
    if wanted("sales board") {
        others.push(sales.board().await?);
    }
    if wanted("sales forecast") {
        others.extend(sales.forecasts().await?);
    }
    if wanted("sales move") {
        others.push(sales.moves().await?);
    }
    sales.server.stop().await?;
    if wanted("sales import") {
        others.push(importing::measure(bench).await?);
    }
    Ok(others)
}

struct Sales<'b> {
    bench: &'b Bench<'b>,
    deals: &'b Deals,
    server: Server,
}

/// A client that sends one request after the other.
struct Asking<F> {
    client: Client,
    next: F,
}

impl<F: FnMut() -> Result<Request>> Worker for Asking<F> {
    async fn once(&mut self) -> Result<()> {
        let request = (self.next)()?;
        self.client.send(&request).await?.check()
    }
}

impl Sales<'_> {
    async fn client(&self) -> Result<Client> {
        self.bench.client(&self.server).await
    }

    fn timing(&self) -> Timing {
        Timing::seconds(self.bench.options.seconds())
    }

    /// One client that asks over and over.
    async fn asked(&self, next: impl FnMut() -> Result<Request> + 'static) -> Result<Load> {
        let watch = Watch { process: self.server.pid(), database: self.bench.postmaster };
        let client = self.client().await?;
        drive(vec![Asking { client, next }], self.timing(), watch).await
    }

    async fn same(&self, request: Request) -> Result<Load> {
        self.asked(move || Ok(request.clone())).await
    }

    /// The board of the pipeline that everything open is in.
    async fn board(&self) -> Result<Other> {
        eprintln!("  board");
        let path = format!("/api/v1/pipelines/{}/board?cards=20", self.deals.pipeline);
        let served = self.same(Request::get(path)).await?;
        let bare = ByHand::board(self.bench, self.deals).await?;
        let watch = Watch { process: std::process::id(), database: self.bench.postmaster };
        let bare = drive(vec![bare], self.timing(), watch).await?;
        let ratio = served.total_us() / bare.total_us();
        let value = format!("{}; bare {}: {ratio:.2}", told(&served), told(&bare));
        let open = self.deals.all - self.deals.closed;
        let name = format!(
            "board of {} open opportunities, 4 stages, 20 cards each",
            grouped(open as f64)
        );
        Ok(Other::with(name, value, "2 × bare", ratio <= 2.0))
    }

    /// Forecasts of three months: of now, and as of moments that lie back by so many days.
    async fn forecasts(&self) -> Result<Vec<Other>> {
        let mut others = Vec::new();
        for (days, by) in
            [(0, ""), (0, "owner"), (1, ""), (60, ""), (60, "owner"), (365, ""), (900, "")]
        {
            eprintln!("  forecast of {days} days ago {by}");
            let moment = today().checked_sub_days(Days::new(days)).context("a day")?;
            let mut path = format!("/api/v1/forecast?{}", three_months(moment)?);
            if days > 0 {
                path.push_str(&format!("&asOf={moment}T00:00:00Z"));
            }
            if !by.is_empty() {
                path.push_str(&format!("&groupBy={by}"));
            }
            let load = self.same(Request::get(path)).await?;
            let when = if days == 0 {
                "now".to_owned()
            } else {
                format!("{days} days ago, with its outcome")
            };
            let by = if by.is_empty() { String::new() } else { format!(", by {by}") };
            let all = grouped(self.deals.all as f64);
            let name =
                format!("forecast of three months over {all} opportunities, as of {when}{by}");
            others.push(Other::with(
                name,
                told(&load),
                "p99 1 s",
                load.p99 < Duration::from_secs(1),
            ));
        }
        Ok(others)
    }

    /// Moves to a stage with ten criteria, each of another opportunity, against changing the next step of as many.
    async fn moves(&self) -> Result<Other> {
        eprintln!("  moves");
        let mut client = self.client().await?;
        let to = self.deals.stages[1];
        let stage = format!("/api/v1/pipeline-stages/{to}");
        let criteria = json!({ "entryCriteria": criteria() });
        client.send(&Request::with("PATCH", stage, &criteria)).await?.check()?;
        let mut ids = self.deals.in_first_stage();
        let mut n = 0;
        let patched = self.asked(move || {
            n += 1;
            let body = json!({ "nextStep": format!("Call them again, {n}") });
            patch(ids.next(), &body)
        });
        let patched = patched.await?;
        let (mut ids, mut worth) = (self.deals.in_first_stage(), 0);
        let revalued = self.asked(move || {
            worth += 1;
            patch(
                ids.next(),
                &json!({ "amount": { "amount": format!("{worth}00.00"), "currency": "EUR" } }),
            )
        });
        let revalued = revalued.await?;
        let mut ids = self.deals.in_first_stage();
        let moved = self.asked(move || {
            let path = format!("/api/v1/opportunities/{}/move", ids.next().context("one more")?);
            Ok(Request::with("POST", path, &json!({ "stageId": to })))
        });
        let moved = moved.await?;
        let ratio = moved.total_us() / patched.total_us();
        let value = format!(
            "{}; a patch of the next step {}: {ratio:.2}; of the amount {}: {:.2}",
            told(&moved),
            told(&patched),
            told(&revalued),
            moved.total_us() / revalued.total_us()
        );
        let name = "move of an opportunity to a stage with 10 entry criteria";
        Ok(Other::with(name, value, "4 × a patch", ratio <= 4.0))
    }

    /// The paper of a quote of fifty lines, the first that a server draws and those after it.
    async fn papers(&self) -> Result<Vec<Other>> {
        eprintln!("  papers");
        let mut client = self.client().await?;
        let made =
            client.send(&Request::with("POST", "/api/v1/quotes", &self.quote())).await?.json()?;
        let request =
            Request::get(format!("/api/v1/quotes/{}/pdf", made["id"].as_str().context("an id")?));
        let began = Instant::now();
        let answer = client.send(&request).await?;
        answer.check()?;
        let size = answer.body.len();
        let first = began.elapsed();
        let load = self.same(request).await?;
        let bar = Duration::from_millis(50);
        let name = |which: &str| {
            format!("PDF of a quote of 50 lines ({} bytes), {which}", grouped(size as f64))
        };
        Ok(vec![
            Other::with(name("the first"), format!("{} ms", millis(first)), "50 ms", first < bar),
            Other::with(name("repeated"), told(&load), "p99 50 ms", load.p99 < bar),
        ])
    }

    fn quote(&self) -> Json {
        let currency = &self.bench.world.currency;
        let line = |n: u32| {
            json!({
                "description": format!("Goods of kind {n}, delivered and set up where they are wanted"),
                "quantity": "2.5", "discount": "5", "taxRate": "20",
                "unitPrice": { "amount": format!("{}.50", 100 + n), "currency": currency },
            })
        };
        let lines: Vec<Json> = (0..50).map(line).collect();
        let customer = self.bench.world.customer(1);
        let until = today() + Days::new(30);
        json!({ "name": "Everything", "customerId": customer, "currency": currency, "validUntil": until.to_string(), "lines": lines })
    }
}

fn patch(id: Option<Uuid>, body: &Json) -> Result<Request> {
    let path = format!("/api/v1/opportunities/{}", id.context("one more")?);
    Ok(Request::with("PATCH", path, body))
}

/// What every seeded open opportunity meets: seven fields, and three relations.
fn criteria() -> Json {
    let compare = |field: &str, with: Json| {
        let mut compare = with;
        compare["field"] = json!(field);
        json!({ "compare": compare })
    };
    let none = |relation: &str| json!({ "not": { "relation": { "name": relation } } });
    let rules = [
        compare("amount", json!({ "gt": "1" })),
        compare("nextStep", json!({ "exists": true })),
        compare("customerId", json!({ "exists": true })),
        compare("ownerId", json!({ "exists": true })),
        compare("expectedCloseOn", json!({ "exists": true })),
        compare("probability", json!({ "lt": 90 })),
        compare("status", json!({ "eq": "open" })),
        none("competitors"),
        none("lines"),
        none("tasks"),
    ];
    let named =
        |(n, rule): (usize, &Json)| json!({ "name": format!("Criterion {n}"), "rule": rule });
    rules.iter().enumerate().map(named).collect()
}

/// The first and the last month, from that of a day on.
fn three_months(day: NaiveDate) -> Result<String> {
    let last = day.checked_add_months(Months::new(2)).context("a month")?;
    let month = |day: NaiveDate| format!("{:04}-{:02}", day.year(), day.month());
    Ok(format!("from={}&to={}", month(day), month(last)))
}

fn told(load: &Load) -> String {
    let database = load.database_us.map_or_else(String::new, |us| format!(" + {}", grouped(us)));
    format!(
        "p50 {} ms, p99 {} ms, {}{database} µs CPU",
        millis(load.p50),
        millis(load.p99),
        grouped(load.process_us)
    )
}

/// The day that the server, which goes by the machine's clock, takes for today.
#[expect(clippy::disallowed_methods, reason = "there is no other clock to be set here")]
fn today() -> NaiveDate {
    Utc::now().date_naive()
}
