//! Segments: how long evaluating a rule over everybody takes against the bare SQL, and how soon membership follows a
//! change while a hundred segments exist.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::{
    api::Bench,
    cores,
    cpu::Watch,
    database::{Connection, Kind},
    figures::{Other, grouped, millis},
    http::{Client, Request},
    load::percentile,
    seed::{INDUSTRY, World},
    server::Server,
};

/// Everything there is to say of segments.
pub async fn measure(bench: &Bench<'_>, server: &Server) -> Result<Vec<Other>> {
    let mut others = Vec::new();
    for rule in [RETAIL, ANY_INDUSTRY] {
        eprintln!("  segment rebuild: {}", rule.name);
        others.push(rebuild(bench, server, &rule).await?);
    }
    eprintln!("  {SEGMENTS} segments");
    let mut client = bench.client(server).await?;
    for n in 0..SEGMENTS {
        client = renewed(bench, server, client, n).await?;
        make(&mut client, &format!("One of many {n}"), &one_of_many(n)).await?;
    }
    eprintln!("  following at full speed");
    others.extend(cores::following(bench, server).await?);
    let mut client = bench.client(server).await?;
    for n in SEGMENTS..many(bench) {
        client = renewed(bench, server, client, n).await?;
        make(&mut client, &format!("One of many {n}"), &one_of_many(n)).await?;
    }
    eprintln!("  segment follow-up");
    let mut client = bench.client(server).await?;
    others.extend(follow_up(bench, &mut client).await?);
    Ok(others)
}

/// Segments beside those whose membership is watched, while it is measured how many changes can be followed.
const SEGMENTS: usize = 98;

/// The same, while it is measured how soon a change is followed.
fn many(bench: &Bench<'_>) -> usize {
    let all = if bench.options.quick { SEGMENTS } else { bench.options.segments };
    all.saturating_sub(2).max(SEGMENTS)
}

/// Tokens last a quarter of an hour.
async fn renewed(bench: &Bench<'_>, server: &Server, client: Client, n: usize) -> Result<Client> {
    if n > 0 && n.is_multiple_of(20) { bench.client(server).await } else { Ok(client) }
}

/// A rule for the program, and what one would write for it by hand.
struct Ruled {
    name: &'static str,
    industry: Option<&'static str>,
    window: Option<(&'static str, &'static str)>,
    orders: u32,
    more_than: u64,
}

/// The rule of the README.
const RETAIL: Ruled = Ruled {
    name: "organizations in retail with 2 orders and 60,000 in half a year",
    industry: Some("retail"),
    window: Some(("2017-07-01", "2017-12-31")),
    orders: 2,
    more_than: 60_000,
};

/// A rule for which every order is looked at, and which many satisfy.
const ANY_INDUSTRY: Ruled = Ruled {
    name: "anybody with 5 orders and 300,000 ever",
    industry: None,
    window: None,
    orders: 5,
    more_than: 300_000,
};

impl Ruled {
    fn rule(&self) -> Json {
        let mut all = Vec::new();
        if let Some(industry) = self.industry {
            all.push(json!({ "compare": { "field": "kind", "eq": "organization" } }));
            all.push(json!({ "compare": { "field": "industry", "eq": industry } }));
        }
        let mut relation = json!({
            "name": "orders",
            "count": { "gte": self.orders },
            "sum": { "field": "total", "gt": self.more_than.to_string() },
        });
        if let Some((from, to)) = self.window {
            relation["within"] = json!({ "from": from, "to": to });
        }
        all.push(json!({ "relation": relation }));
        json!({ "all": all })
    }

    fn condition(&self, world: &World, workspace: &str) -> String {
        let industry = self.industry.map_or_else(String::new, |industry| {
            format!(" and c.kind = 'organization' and c.industry = '{industry}'")
        });
        let window = self.window.map_or_else(String::new, |(from, to)| {
            format!(" and o.ordered_on between '{from}' and '{to}'")
        });
        let minor = self.more_than * 100;
        format!(
            "c.workspace_id = {workspace} and c.deleted_at is null{industry} and c.id in (\
             select o.customer_id from \"order\" o where o.workspace_id = {workspace} \
             and o.deleted_at is null{window} group by o.customer_id having count(*) >= {} \
             and sum(case when o.currency = '{}' then o.total_minor end) > {minor})",
            self.orders, world.currency
        )
    }
}

/// What something took.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
struct Took {
    cpu: Duration,
    time: Duration,
}

/// The middle one of three, of each: a new segment, from the request to its being evaluated.
async fn rebuild(bench: &Bench<'_>, server: &Server, rule: &Ruled) -> Result<Other> {
    let mut served = Vec::new();
    let mut bare = Vec::new();
    let mut members = 0;
    for n in 0..3 {
        let mut client = bench.client(server).await?;
        let watch = Watch { process: server.pid(), database: bench.postmaster };
        let (before, began) = (watch.used(), Instant::now());
        let made = make(&mut client, &format!("{} {n}", rule.name), &rule.rule()).await?;
        served.push(Took { time: began.elapsed(), cpu: watch.used().since(before).total() });
        members = made["memberCount"].as_i64().context("a number of members")?;
        bare.push(by_hand(bench, rule, members).await?);
        let id = made["id"].as_str().context("an id")?;
        remove(&mut client, id).await?;
    }
    let (served, bare) = (middle(served), middle(bare));
    let ratio = served.cpu.as_secs_f64() / bare.cpu.as_secs_f64().max(1e-6);
    let value = format!(
        "{} ms, {} ms CPU; bare {} ms, {} ms CPU: {ratio:.2}",
        millis(served.time),
        millis(served.cpu),
        millis(bare.time),
        millis(bare.cpu)
    );
    let name = format!("segment rebuild, {} ({} members)", rule.name, grouped(members as f64));
    Ok(match bench.place.kind() {
        Kind::Postgres => Other::with(name, value, "1.3 × bare", ratio <= 1.3),
        Kind::Sqlite => Other::plain(name, value),
    })
}

fn middle(mut of: Vec<Took>) -> Took {
    of.sort_by_key(|took| took.cpu);
    of[of.len() / 2]
}

/// Makes a segment and waits until it is evaluated.
pub async fn make(client: &mut Client, name: &str, rule: &Json) -> Result<Json> {
    let new = json!({ "name": name, "rule": rule });
    let mut segment =
        client.send(&Request::with("POST", "/api/v1/segments", &new)).await?.json()?;
    let path = format!("/api/v1/segments/{}", segment["id"].as_str().context("an id")?);
    let began = Instant::now();
    while segment["evaluatedAt"].is_null() {
        ensure!(began.elapsed() < Duration::from_secs(300), "{name:?} is never evaluated");
        tokio::time::sleep(Duration::from_millis(2)).await;
        segment = client.send(&Request::get(&*path)).await?.json()?;
    }
    Ok(segment)
}

/// Deletes a segment and waits until nobody is in it.
async fn remove(client: &mut Client, id: &str) -> Result<()> {
    let path = format!("/api/v1/segments/{id}");
    let request = Request { method: "DELETE", ..Request::get(path) };
    client.send(&request).await?.check()?;
    let deleted = Request::get(format!("/api/v1/segments?deleted=true&id={id}"));
    let began = Instant::now();
    loop {
        let page = client.send(&deleted).await?.json()?;
        if page["items"][0]["memberCount"] == 0 {
            return Ok(());
        }
        ensure!(began.elapsed() < Duration::from_secs(300), "members never leave");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Members, events and the count, as one would write them by hand, and taken back again.
async fn by_hand(bench: &Bench<'_>, rule: &Ruled, members: i64) -> Result<Took> {
    let kind = bench.place.kind();
    let mut connection = bench.place.connect(Some(bench.world.workspace)).await?;
    let hand = ByHand::new(kind, &bench.world);
    connection.run(if kind == Kind::Postgres { "begin" } else { "begin immediate" }).await?;
    if kind == Kind::Postgres {
        let set = "set local plan_cache_mode = force_custom_plan; set local work_mem = '64MB'";
        connection.run(set).await?;
    }
    connection.run(hand.segment()).await?;
    let watch = Watch { process: std::process::id(), database: bench.postmaster };
    let (before, began) = (watch.used(), Instant::now());
    for statement in hand.statements(&rule.condition(&bench.world, &hand.workspace)) {
        connection.run(statement).await?;
    }
    let took = Took { time: began.elapsed(), cpu: watch.used().since(before).total() };
    let found = hand.count(&mut connection).await?;
    connection.run("rollback").await?;
    ensure!(found == members, "the program finds {members} members, the bare SQL {found}");
    Ok(took)
}

/// A segment without the program.
struct ByHand {
    kind: Kind,
    workspace: String,
    segment: String,
}

impl ByHand {
    fn new(kind: Kind, world: &World) -> Self {
        let id = |id: Uuid| match kind {
            Kind::Postgres => format!("'{id}'::uuid"),
            Kind::Sqlite => format!("x'{}'", id.simple()),
        };
        Self { kind, workspace: id(world.workspace), segment: id(Uuid::now_v7()) }
    }

    fn now(&self) -> &'static str {
        match self.kind {
            Kind::Postgres => "now()",
            Kind::Sqlite => "'2026-11-21T21:46:47.767767+00:00'",
        }
    }

    fn segment(&self) -> String {
        let Self { workspace, segment, .. } = self;
        let now = self.now();
        format!(
            "insert into segment (workspace_id, id, name, sort_name, rule, member_count, version, \
             created_at, updated_at) values ({workspace}, {segment}, 'By hand', 'by hand', '{{}}', 0, 1, {now}, {now})"
        )
    }

    fn statements(&self, condition: &str) -> Vec<String> {
        let Self { workspace, segment, kind } = self;
        let now = self.now();
        let members = format!(
            "insert into segment_member (workspace_id, segment_id, customer_id, entered_at) \
             select {workspace}, {segment}, c.id, {now} from customer c where {condition}"
        );
        let columns = "workspace_id, id, name, subject_id, subject_version, customer_id, actor_kind, at, data";
        let counted = |of: &str| {
            format!(
                "update segment set member_count = (select count(*) from {of}) \
                 where workspace_id = {workspace} and id = {segment}"
            )
        };
        if *kind == Kind::Postgres {
            return vec![format!(
                "with entered as ({members} returning customer_id), told as (\
                 insert into event ({columns}) select {workspace}, gen_random_uuid(), 'segment.entered', {segment}, 1, \
                 customer_id, 'system', {now}, jsonb_build_object('before', '{{}}'::jsonb, 'after', \
                 jsonb_build_object('segmentId', {segment}, 'customerId', customer_id), 'cause', 'rule') from entered) {}",
                counted("entered")
            )];
        }
        let of =
            format!("segment_member where workspace_id = {workspace} and segment_id = {segment}");
        let events = format!(
            "insert into event ({columns}) select {workspace}, randomblob(16), 'segment.entered', {segment}, 1, \
             customer_id, 'system', {now}, json_object('before', json_object(), 'after', \
             json_object('segmentId', hex({segment}), 'customerId', hex(customer_id)), 'cause', 'rule') from {of}"
        );
        vec![members, events, counted(&of)]
    }

    async fn count(&self, connection: &mut Connection) -> Result<i64> {
        let Self { workspace, segment, .. } = self;
        let of = format!("workspace_id = {workspace} and id = {segment}");
        connection.one(format!("select cast(member_count as bigint) from segment where {of}")).await
    }
}

/// Rules of several kinds, of which no two are the same.
fn one_of_many(n: usize) -> Json {
    let compare = |field: &str, with: Json| {
        let mut compare = with;
        compare["field"] = json!(field);
        json!({ "compare": compare })
    };
    let industry = compare("industry", json!({ "eq": INDUSTRY[n % INDUSTRY.len()] }));
    match n % 5 {
        0 => json!({ "all": [industry, { "relation": {
            "name": "orders",
            "within": { "from": "2017-07-01", "to": "2017-12-31" },
            "count": { "gte": 2 },
            "sum": { "field": "total", "gt": (60_000 + n * 1000).to_string() },
        } }] }),
        1 => json!({ "all": [industry, { "not": { "relation": { "name": "contacts" } } }] }),
        2 => compare("email", json!({ "startsWith": format!("info{n}") })),
        3 => compare("foundedIn", json!({ "eq": 1950 + n % 70 })),
        _ => json!({ "all": [industry, compare("employees", json!({ "gt": 4000 + n * 5 }))] }),
    }
}

/// From the answer to a change to its effect being seen in a segment, one change after the other.
async fn follow_up(bench: &Bench<'_>, client: &mut Client) -> Result<Vec<Other>> {
    let described = json!({ "compare": { "field": "description", "eq": "Followed" } });
    let ordered = json!({ "relation": { "name": "orders", "within": { "from": "2026-01-01" } } });
    let described = make(client, "Described", &described).await?;
    let ordered = make(client, "Ordered", &ordered).await?;
    let changes = if bench.options.quick { 50 } else { 200 };
    let mut patched = Vec::new();
    let mut bought = Vec::new();
    for n in 0..changes {
        let id = bench.world.customer(bench.world.customers - 1 - n);
        let patch = json!({ "description": "Followed" });
        let request = Request::with("PATCH", format!("/api/v1/customers/{id}"), &patch);
        patched.push(seen_after(client, &request, &described, id).await?);
        let price = json!({ "amount": "10.00", "currency": bench.world.currency });
        let line = json!({ "description": "Goods", "unitPrice": price });
        let order = json!({ "customerId": id, "orderedOn": "2026-06-01", "lines": [line] });
        let request = Request::with("POST", "/api/v1/orders", &order);
        bought.push(seen_after(client, &request, &ordered, id).await?);
    }
    let other = |what: &str, mut micros: Vec<u32>| {
        micros.sort_unstable();
        let [p50, p99] = [50, 99].map(|of_hundred| percentile(&micros, of_hundred));
        let name = format!("membership after {what}, {} segments", many(bench) + 2);
        let value = format!("p50 {} ms, p99 {} ms", millis(p50), millis(p99));
        Other::with(name, value, "p99 1 s", p99 < Duration::from_secs(1))
    };
    Ok(vec![other("a customer's change", patched), other("a new order", bought)])
}

async fn seen_after(
    client: &mut Client,
    change: &Request,
    segment: &Json,
    customer: Uuid,
) -> Result<u32> {
    client.send(change).await?.check()?;
    let began = Instant::now();
    let segment = segment["id"].as_str().context("an id")?;
    let look = Request::get(format!("/api/v1/segments/{segment}/members?id={customer}&limit=1"));
    loop {
        let page = client.send(&look).await?.json()?;
        if page["items"].as_array().is_some_and(|items| !items.is_empty()) {
            return Ok(u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX));
        }
        ensure!(began.elapsed() < Duration::from_secs(60), "membership does not follow");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
