//! The pictures of docs/guides/analysis.md: the orders of the demo's shop, as they came in week by week, and the Maven
//! pipeline. Whoever changes charts draws them anew:
//!
//! ```sh
//! cargo test --workspace --test e2e -- --ignored the_pictures
//! ```

use std::{collections::HashMap, io::Read, path::Path};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use flate2::read::GzDecoder;
use rapport_domain::{Ctx, customers::customers, integration::imports, sales::orders::orders};
use rapport_entity::customers::customer;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    harness::{Client, World},
    pipeline_imports,
};

const ORDERS: &[u8] = include_bytes!("../crates/rapport/demo/retail_orders.csv.gz");

/// Two years are followed; what was bought before is there at once.
const FIRST: &str = "2004-12-31T12:00:00Z";
const LAST: &str = "2006-12-31T12:00:00Z";

struct Bought {
    who: String,
    day: NaiveDate,
    amount: String,
}

fn bought() -> Vec<Bought> {
    let mut text = String::new();
    GzDecoder::new(ORDERS).read_to_string(&mut text).expect("the shop's orders");
    let mut all: Vec<Bought> = text
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let day = cells[1].parse().expect("a day");
            Bought { who: cells[0].to_owned(), day, amount: cells[2].to_owned() }
        })
        .collect();
    all.sort_by_key(|bought| bought.day);
    all
}

/// Brings in orders, and those who placed them where they are new.
async fn bring_in(ctx: &Ctx, known: &mut HashMap<String, customer::Id>, orders: &[&Bought]) {
    fn from<T: serde::de::DeserializeOwned>(json: Value) -> T {
        serde_json::from_value(json).expect("a body")
    }
    for bought in orders {
        if !known.contains_key(&bought.who) {
            let new = json!({ "kind": "person", "name": bought.who });
            let made = customers::create(ctx, from(new)).await.expect("a customer");
            known.insert(bought.who.clone(), made.id);
        }
        let price = json!({ "amount": bought.amount, "currency": "USD" });
        let line = json!({ "description": "Groceries", "unitPrice": price });
        let new =
            json!({ "customerId": known[&bought.who], "orderedOn": bought.day, "lines": [line] });
        orders::create(ctx, from(new)).await.expect("an order");
    }
}

fn orders(count: i64) -> Value {
    json!({ "relation": { "name": "orders", "count": { "gte": count } } })
}

fn recently(duration: &str) -> Value {
    json!({ "relation": { "name": "orders", "within": { "last": duration } } })
}

/// Stages by the number of orders in the last year.
async fn set_rules(ada: &Client) {
    let stages = ada.get("/lifecycle-stages").await.expect(200);
    let within = |count: i64| json!({ "relation": { "name": "orders", "within": { "last": "P365D" }, "count": { "gte": count } } });
    let lapsed = json!({ "all": [orders(1), { "not": within(1) }] });
    let rules = [
        ("transacting", within(1)),
        ("retained", within(2)),
        ("loyal", within(4)),
        ("lapsed", lapsed),
    ];
    for (key, rule) in rules {
        let mut all = stages["items"].as_array().expect("stages").iter();
        let stage = all.find(|stage| stage["key"] == key).expect("a stage");
        let path = format!("/lifecycle-stages/{}", stage["id"].as_str().expect("an id"));
        ada.patch(&path, json!({ "entryRule": rule })).await.expect(200);
    }
}

async fn segment(ada: &Client, name: &str, rule: Value) -> String {
    let made = ada.post("/segments", json!({ "name": name, "rule": rule })).await.expect(201);
    made["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
#[ignore = "it draws the pictures of the guide anew"]
async fn the_pictures_of_the_guide() {
    let world = World::on_sqlite().await;
    let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a time");
    world.advance(at(FIRST) - world.clock.now());
    let ada = world.ada().await;
    set_rules(&ada).await;
    let recent = segment(&ada, "Bought in the last 90 days", recently("P90D")).await;
    segment(&ada, "Bought in the last 30 days", recently("P30D")).await;
    segment(&ada, "Five orders and more", orders(5)).await;
    let much = json!({ "amount": "500", "currency": "USD" });
    let large =
        json!({ "relation": { "name": "orders", "sum": { "field": "total", "gte": much } } });
    segment(&ada, "500 dollars and more in all", large).await;
    segment(&ada, "Bought once only", json!({ "all": [orders(1), { "not": orders(2) }] })).await;
    let ctx = imports::context(&world.database, &world.acme.slug).await.expect("the workspace");
    let (all, mut known, mut since) = (bought(), HashMap::new(), NaiveDate::MIN);
    while world.clock.now() <= at(LAST) {
        let today = world.clock.now().date_naive();
        let new: Vec<&Bought> =
            all.iter().filter(|bought| bought.day > since && bought.day <= today).collect();
        bring_in(&ctx, &mut known, &new).await;
        world.catch_up().await;
        since = today;
        world.advance(TimeDelta::days(2));
    }
    world.advance(at(LAST) - world.clock.now());
    let ada = world.ada().await;
    let pictures = [
        ("analysis-revenue", "/analysis/revenue".to_owned()),
        ("analysis-retention", "/analysis/retention?from=2004-07&to=2005-06".to_owned()),
        ("analysis-tenure", "/analysis/tenure".to_owned()),
        ("analysis-funnel", "/analysis/funnel".to_owned()),
        ("segment-size", format!("/segments/{recent}/size?from=2006-01-01")),
        ("segment-retention", format!("/segments/{recent}/retention?from=2005-11&to=2006-10")),
        ("segment-overlap", format!("/segments/{recent}/overlap")),
        ("segment-revenue", format!("/segments/{recent}/revenue")),
        ("segment-stages", format!("/segments/{recent}/stages")),
    ];
    draw(&ada, &pictures).await;
}

#[tokio::test]
#[ignore = "it draws the pictures of the guide anew"]
async fn the_pictures_of_selling() {
    let world = World::on_sqlite().await;
    let ada = world.ada().await;
    pipeline_imports::maven(&world, &ada).await;
    // The clock stands years after the deals: the forecast is of what was to come then.
    let pictures = [
        ("sales-comparison", "/analysis/sales-comparison?by=product".to_owned()),
        ("sales-pipeline", "/analysis/pipeline".to_owned()),
        ("sales-ageing", "/analysis/ageing".to_owned()),
        ("sales-forecast", "/forecast?from=2017-03&to=2017-12&period=quarter".to_owned()),
    ];
    draw(&ada, &pictures).await;
}

async fn draw(ada: &Client, pictures: &[(&str, String)]) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/images");
    for (name, path) in pictures {
        let chart = ada.send(Method::GET, path, None, &[("accept", "image/svg+xml")]).await;
        assert_eq!(chart.status, 200, "{path}: {}", chart.text);
        std::fs::create_dir_all(&directory).expect("a directory");
        std::fs::write(directory.join(format!("{name}.svg")), chart.text).expect("a picture");
    }
}
