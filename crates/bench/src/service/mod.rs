//! Service: importing requests with their history, creating one with all that it brings with it, an agent's queue, and how soon a
//! breach is told while many clocks are open. On PostgreSQL only.

mod importing;
mod seeding;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value as Json, json};

use crate::{
    api::Bench,
    cpu::Watch,
    database::Kind,
    figures::{Other, grouped, millis},
    http::{Client, Request},
    load::{Load, Timing, Worker, drive},
    server::Server,
};

/// What is measured here; `--only` names them.
const NAMES: [&str; 4] = ["service create", "service queue", "service breach", "service import"];

/// What there is to say of service, as far as it is asked for.
pub async fn measure(bench: &Bench<'_>) -> Result<Vec<Other>> {
    let wanted = |name: &str| bench.options.wants(name);
    if bench.place.kind() == Kind::Sqlite || !NAMES.iter().any(|name| wanted(name)) {
        return Ok(Vec::new());
    }
    let mut service = Service::start(bench).await?;
    let mut others = Vec::new();
    if wanted("service create") {
        others.extend(service.creates().await?);
    }
    if wanted("service queue") {
        others.push(service.queue().await?);
    }
    if wanted("service breach") {
        others.push(service.breaches().await?);
    }
    service.server.stop().await?;
    if wanted("service import") {
        others.push(importing::measure(bench).await?);
    }
    Ok(others)
}

struct Service<'b> {
    bench: &'b Bench<'b>,
    server: Server,
    client: Client,
    policy: String,
}

/// A client that sends one request after the other.
struct Asking<F> {
    client: Client,
    next: F,
}

impl<F: FnMut() -> Request> Worker for Asking<F> {
    async fn once(&mut self) -> Result<()> {
        let request = (self.next)();
        self.client.send(&request).await?.check()
    }
}

impl<'b> Service<'b> {
    /// A server, and a policy of a calendar that all requests go by.
    async fn start(bench: &'b Bench<'b>) -> Result<Self> {
        let server = Server::start(bench.program, &bench.place).await?;
        let mut client = bench.client(&server).await?;
        let day = |day: &str| json!({ "weekday": day, "from": "08:00", "until": "18:00" });
        let days = ["monday", "tuesday", "wednesday", "thursday", "friday"].map(day);
        let calendar =
            json!({ "name": "Service desk", "timeZone": "Europe/Berlin", "hours": days });
        let calendar = made(&mut client, "business-calendars", &calendar).await?;
        let target = |kind: &str, within: &str| json!({ "kind": kind, "priority": "normal", "within": within });
        let targets = [
            target("first_response", "PT4H"),
            target("next_response", "PT8H"),
            target("resolution", "PT40H"),
        ];
        let policy = json!({
            "name": "Standard", "position": 10, "calendarId": calendar["id"], "targets": targets,
            "pauses": [{ "kind": "resolution", "categories": ["waiting_for_customer"] }], "warnAtPercent": [75],
        });
        let policy = made(&mut client, "service-policies", &policy).await?;
        let policy = policy["id"].as_str().context("an id")?.to_owned();
        Ok(Self { bench, server, client, policy })
    }

    /// One client that asks over and over.
    async fn asked(&self, next: impl FnMut() -> Request + 'static) -> Result<Load> {
        let watch = Watch { process: self.server.pid(), database: self.bench.postmaster };
        let client = self.bench.client(&self.server).await?;
        let timing = Timing::seconds(self.bench.options.seconds());
        drive(vec![Asking { client, next }], timing, watch).await
    }

    /// A request with its policy, its clocks, its timer and its event, against a customer; and one that a rule routes to a queue that
    /// gives it to somebody, too.
    async fn creates(&mut self) -> Result<Vec<Other>> {
        eprintln!("  creating requests");
        let customer = self.bench.world.customer(1);
        let mut n = 0;
        let plain = self.asked(move || {
            n += 1;
            let new = json!({ "kind": "person", "name": format!("Somebody {n}") });
            Request::with("POST", "/api/v1/customers", &new)
        });
        let plain = plain.await?;
        let mut others = Vec::new();
        for (n, with) in
            ["policy, clocks and events", "policy, clocks, routing, assignment and events"]
                .into_iter()
                .enumerate()
        {
            if n == 1 {
                self.give_out().await?;
            }
            let request = self.asked(move || {
                let new = json!({ "subject": "The display stays dark", "kind": "fault", "customerId": customer });
                Request::with("POST", "/api/v1/service-requests", &new)
            });
            let request = request.await?;
            let ratio = request.total_us() / plain.total_us();
            let value = format!("{}; a customer {}: {ratio:.2}", told(&request), told(&plain));
            let name = format!("create of a service request with {with}");
            others.push(Other::with(name, value, "3 × a plain create", ratio <= 3.0));
        }
        Ok(others)
    }

    /// From now on requests are routed to a queue that gives them to its only agent.
    async fn give_out(&mut self) -> Result<()> {
        self.client = self.bench.client(&self.server).await?;
        let me = self.client.send(&Request::get("/api/v1/me".to_owned())).await?.json()?;
        let agent = json!({ "userId": me["user"]["id"] });
        made(&mut self.client, "service-agents", &agent).await?;
        let queue = json!({ "name": "Faults", "method": "round_robin" });
        let queue = made(&mut self.client, "queues", &queue).await?;
        let condition = json!({ "compare": { "field": "kind", "eq": "fault" } });
        let rule = json!({ "name": "Faults", "position": 1, "condition": condition, "queueId": queue["id"] });
        made(&mut self.client, "service-routing-rules", &rule).await.map(drop)
    }

    /// The first fifty open requests of a queue, among 10,000 and among a million.
    async fn queue(&mut self) -> Result<Other> {
        let new = json!({ "name": "First level" });
        let queue = made(&mut self.client, "queues", &new).await?;
        let queue = queue["id"].as_str().context("an id")?.to_owned();
        let sizes = if self.bench.options.quick { [2_000, 10_000] } else { [10_000, 1_000_000] };
        let mut loads = Vec::new();
        for size in sizes {
            seeding::fill(self.bench, &queue, &self.policy, size).await?;
            eprintln!("  a queue among {size} requests");
            let path = format!(
                "/api/v1/service-requests?queueId={queue}&isOpen=true&sort=-priorityRank,openedAt"
            );
            loads.push(self.asked(move || Request::get(path.clone())).await?);
        }
        let (few, many) = (&loads[0], &loads[1]);
        let ratio = many.total_us() / few.total_us();
        let [small, large] = sizes.map(|size| grouped(size as f64));
        let value = format!("{}; of {small} {}: {ratio:.2}", told(many), told(few));
        let name = format!("an agent's queue among {large} requests");
        Ok(Other::with(name, value, format!("1.5 × among {small}"), ratio <= 1.5))
    }

    /// How long after their moment breaches are told, while many other clocks are open.
    async fn breaches(&mut self) -> Result<Other> {
        let (open, due) = if self.bench.options.quick { (10_000, 20) } else { (1_000_000, 500) };
        // The server has hung up on whoever said nothing while the database was filled.
        self.client = self.bench.client(&self.server).await?;
        self.promise_soon().await?;
        seeding::clocks(self.bench, &self.policy, open).await?;
        self.client = self.bench.client(&self.server).await?;
        eprintln!("  breaches among {open} open clocks");
        self.due_soon(due).await?;
        let began = Instant::now();
        let delays = loop {
            let told = seeding::told_delays(self.bench).await?;
            if told.len() as u64 >= due {
                break told;
            }
            ensure!(began.elapsed() < Duration::from_secs(120), "only {} are told", told.len());
            tokio::time::sleep(Duration::from_millis(500)).await;
        };
        let place = (delays.len() * 99).div_ceil(100).saturating_sub(1);
        let p99 = Duration::from_millis(delays.get(place).copied().unwrap_or_default());
        let name = format!("breaches told of {due} clocks among {}", grouped(open as f64));
        let value = format!("p99 {} ms after the moment", millis(p99));
        Ok(Other::with(name, value, "p99 2 s", p99 < Duration::from_secs(2)))
    }

    /// What is urgent is to be done in a minute. A policy that is new has all open requests of the queue before looked at anew, beside
    /// what is too late.
    async fn promise_soon(&mut self) -> Result<()> {
        let urgent = json!({
            "name": "Urgent", "position": 1, "condition": { "compare": { "field": "priority", "eq": "urgent" } },
            "targets": [{ "kind": "resolution", "priority": "urgent", "within": "PT1M" }],
        });
        made(&mut self.client, "service-policies", &urgent).await.map(drop)
    }

    /// Makes requests that are too late after a minute.
    async fn due_soon(&mut self, due: u64) -> Result<()> {
        for n in 0..due {
            let new = json!({ "subject": format!("Soon too late {n}"), "priority": "urgent" });
            made(&mut self.client, "service-requests", &new).await?;
        }
        Ok(())
    }
}

async fn made(client: &mut Client, path: &str, new: &Json) -> Result<Json> {
    client.send(&Request::with("POST", format!("/api/v1/{path}"), new)).await?.json()
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
