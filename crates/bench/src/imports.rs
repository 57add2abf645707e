//! Importing orders against writing the same rows without the program: COPY on PostgreSQL, prepared inserts in one
//! transaction on SQLite; into the same tables, with all their indexes and foreign keys.

use std::{
    fmt::Write,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use serde_json::json;
use uuid::Uuid;

use crate::{
    api::Bench,
    cpu::{self, Watch},
    database::{Connection, Kind, Value},
    figures::{Other, grouped, millis},
    operations::{EVENT, ORDER, parameters, quoted},
    seed::World,
};

/// Rows, and what writing them took.
pub struct Took {
    pub time: Duration,
    pub cpu: Duration,
}

/// Imports orders of one line each, then writes as many without the program. The server does not run meanwhile.
pub async fn measure(bench: &Bench<'_>) -> Result<Vec<Other>> {
    let orders: u64 = if bench.options.quick { 20_000 } else { 100_000 };
    eprintln!("  import of {orders} orders");
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("orders.csv");
    std::fs::write(&file, csv(&bench.world, orders))?;
    let imported = import(bench, "orders", &file).await?;
    let mut connection = bench.place.connect(Some(bench.world.workspace)).await?;
    let there =
        connection.one("select count(*) from \"order\" where external_id like 'I%'").await?;
    ensure!(there == orders as i64, "of {orders} orders, {there} are there");
    let (how, bare) = match bench.place.kind() {
        Kind::Postgres => ("COPY", copy(bench, &orders_and_all()).await?),
        Kind::Sqlite => ("prepared inserts", inserts(bench, &mut connection, orders).await?),
    };
    let per_second = |took: &Took| orders as f64 / took.time.as_secs_f64();
    let speed = per_second(&imported) / per_second(&bare);
    let each = |took: &Took| took.cpu.as_secs_f64() * 1e6 / orders as f64;
    let value = format!(
        "{} orders/s, {:.0} µs CPU each; {how} {} orders/s, {:.0} µs CPU each: {speed:.2} of its speed ({} ms)",
        grouped(per_second(&imported)),
        each(&imported),
        grouped(per_second(&bare)),
        each(&bare),
        millis(imported.time),
    );
    let name = format!("import of {} orders (order, line, event)", grouped(orders as f64));
    Ok(vec![Other::with(name, value, "0.5 of the speed", speed >= 0.5)])
}

fn csv(world: &World, orders: u64) -> String {
    let mut csv = String::from(
        "externalId,customerExternalId,status,orderedOn,currency,lineDescription,quantity,unitPrice\n",
    );
    for n in 0..orders {
        let customer = World::external_id(n * 7919 % world.customers);
        let (month, day, price) = (n % 12 + 1, n % 28 + 1, n % 9000 + 10);
        // Writing to a text does not fail.
        let _ = writeln!(
            csv,
            "I{n},{customer},completed,2019-{month:02}-{day:02},{},Goods,1,{price}.00",
            world.currency
        );
    }
    csv
}

/// Imports a file of such records.
pub async fn import(bench: &Bench<'_>, records: &str, file: &Path) -> Result<Took> {
    let file = file.to_str().context("a path")?;
    let what = ["import", records, file, "--workspace", "bench", "--source", "bench"];
    let watch = Watch { process: std::process::id(), database: bench.postmaster };
    let ours = std::process::id();
    let (before, children, began) = (watch.used(), cpu::of_ended_children(ours), Instant::now());
    let status = bench.program.command(&what, &bench.place).status().await?;
    let time = began.elapsed();
    ensure!(status.success(), "rapport import: {status}");
    let database = watch.used().since(before).database.unwrap_or_default();
    Ok(Took { time, cpu: cpu::of_ended_children(ours).saturating_sub(children) + database })
}

/// The tables that orders are in.
fn orders_and_all() -> [Table; 3] {
    [
        ("\"order\"", quoted(&ORDER), "external_id like 'I%'"),
        (
            "order_line",
            quoted(&LINE),
            "order_id in (select id from \"order\" where external_id like 'I%')",
        ),
        ("event", quoted(&EVENT), "actor_kind = 'import'"),
    ]
}

/// A table, its columns, and which of its rows an import wrote.
pub type Table = (&'static str, String, &'static str);

/// The rows that the import wrote are kept in files of the server's, deleted, and copied back.
pub async fn copy(bench: &Bench<'_>, tables: &[Table]) -> Result<Took> {
    let mut admin = bench.place.administer().await?;
    let directory = admin.text("select current_setting('data_directory')").await?;
    let file = |n: usize| format!("'{directory}/rapport_bench_{}_{n}'", std::process::id());
    for (n, (table, columns, which)) in tables.iter().enumerate() {
        let rows = format!("select {columns} from {table} where {which}");
        admin.run(format!("copy ({rows}) to {}", file(n))).await?;
    }
    for (table, _, which) in tables.iter().rev() {
        admin.run(format!("delete from {table} where {which}")).await?;
    }
    admin.run("vacuum").await?;
    let watch = Watch { process: std::process::id(), database: bench.postmaster };
    let (before, began) = (watch.used(), Instant::now());
    admin.run("begin").await?;
    for (n, (table, columns, _)) in tables.iter().enumerate() {
        admin.run(format!("copy {table} ({columns}) from {}", file(n))).await?;
    }
    admin.run("commit").await?;
    Ok(Took { time: began.elapsed(), cpu: watch.used().since(before).total() })
}

const LINE: [&str; 8] = [
    "workspace_id",
    "order_id",
    "position",
    "product_id",
    "description",
    "quantity",
    "unit_price_minor",
    "amount_minor",
];

async fn inserts(bench: &Bench<'_>, connection: &mut Connection, orders: u64) -> Result<Took> {
    let statement = |table: &str, columns: &[&str]| -> Arc<str> {
        let (names, values) = (quoted(columns), parameters(columns.len(), ", "));
        format!("insert into \"{table}\" ({names}) values ({values})").into()
    };
    let order = statement("order", &ORDER);
    let line = statement("order_line", &LINE);
    let event = statement("event", &EVENT);
    let watch = Watch { process: std::process::id(), database: None };
    let (before, began) = (watch.used(), Instant::now());
    connection.run("begin immediate").await?;
    for n in 0..orders {
        let row = Row::new(&bench.world, n);
        connection.query(&order, row.order(), false).await?;
        connection.query(&line, row.line(), false).await?;
        connection.query(&event, row.event(), false).await?;
    }
    connection.run("commit").await?;
    Ok(Took { time: began.elapsed(), cpu: watch.used().since(before).total() })
}

/// An order as the import would have written it.
struct Row<'a> {
    world: &'a World,
    id: Uuid,
    customer: Uuid,
    n: u64,
    minor: i64,
    day: String,
}

const NOW: &str = "2026-11-21T21:46:47.767767+00:00";

impl<'a> Row<'a> {
    fn new(world: &'a World, n: u64) -> Self {
        let day = format!("2019-{:02}-{:02}", n % 12 + 1, n % 28 + 1);
        let minor = (n % 9000 + 10) as i64 * 100;
        let customer = world.customer(n * 7919 % world.customers);
        Self { world, id: Uuid::now_v7(), customer, n, minor, day }
    }

    fn order(&self) -> Vec<Value> {
        let text = |text: &str| Value::Text(text.to_owned());
        vec![
            Value::Id(self.id),
            Value::Id(self.world.workspace),
            Value::Text(format!("B-{}", self.n)),
            Value::Id(self.customer),
            Value::Nothing,
            text("completed"),
            text(&self.day),
            text(&self.world.currency),
            Value::Number(self.minor),
            Value::Nothing,
            text("bench"),
            Value::Text(format!("B{}", self.n)),
            Value::Small(1),
            text(NOW),
            text(NOW),
            Value::Nothing,
        ]
    }

    fn line(&self) -> Vec<Value> {
        vec![
            Value::Id(self.world.workspace),
            Value::Id(self.id),
            Value::Small(1),
            Value::Nothing,
            Value::Text("Goods".to_owned()),
            Value::Number(1000),
            Value::Number(self.minor),
            Value::Number(self.minor),
        ]
    }

    fn event(&self) -> Vec<Value> {
        let money = json!({ "amount": format!("{}.00", self.minor / 100), "currency": self.world.currency });
        let line = json!({
            "position": 1, "productId": null, "description": "Goods", "quantity": "1",
            "unitPrice": money, "amount": money,
        });
        let after = json!({
            "id": self.id, "number": format!("B-{}", self.n), "customerId": self.customer, "status": "completed",
            "orderedOn": self.day, "total": money, "source": "bench", "externalId": format!("B{}", self.n),
            "version": 1, "createdAt": NOW, "updatedAt": NOW, "lines": [line],
        });
        vec![
            Value::Id(self.world.workspace),
            Value::Id(Uuid::now_v7()),
            Value::Text("order.created".to_owned()),
            Value::Id(self.id),
            Value::Small(1),
            Value::Id(self.customer),
            Value::Text("import".to_owned()),
            Value::Nothing,
            Value::Text(NOW.to_owned()),
            Value::Json(json!({ "before": {}, "after": after })),
        ]
    }
}
