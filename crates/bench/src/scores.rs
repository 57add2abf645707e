//! Scores: how long RFM takes over everybody, when it is new and when nothing has changed.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value as Json, json};

use crate::{
    api::Bench,
    figures::{Other, grouped, millis},
    http::{Client, Request},
    server::Server,
};

/// RFM over so many orders is asked for in [`AT_MOST`].
const ORDERS: u64 = 500_000;
const AT_MOST: Duration = Duration::from_secs(5);

/// A new RFM score, from the request to its being evaluated and every customer's tier told; and evaluated once more.
pub async fn measure(bench: &Bench<'_>, server: &Server) -> Result<Vec<Other>> {
    eprintln!("  scores");
    let mut client = bench.client(server).await?;
    let new = json!({
        "name": "RFM", "key": "rfm",
        "definition": { "rfm": { "orders": { "currency": bench.world.currency } } },
    });
    let began = Instant::now();
    let made = client.send(&Request::with("POST", "/api/v1/scores", &new)).await?.json()?;
    let made = evaluated(&mut client, made).await?;
    let took = began.elapsed();
    let again = json!({ "definition": { "rfm": {
        "orders": { "currency": bench.world.currency }, "groups": null,
        "recencyBounds": null, "frequencyBounds": null, "monetaryBounds": null,
    } } });
    let path = format!("/api/v1/scores/{}/preview", made["id"].as_str().context("an id")?);
    let began = Instant::now();
    client.send(&Request::with("POST", path, &again)).await?.check()?;
    let (tried, orders) = (began.elapsed(), bench.world.customers * 5);
    let customers = made["customerCount"].as_f64().context("a number of customers")?;
    let name = |what: &str| {
        format!(
            "RFM over {} orders of {} customers, {what}",
            grouped(orders as f64),
            grouped(customers)
        )
    };
    let other = |what: &str, took: Duration| match orders == ORDERS {
        true => Other::with(name(what), format!("{} ms", millis(took)), "5 s", took < AT_MOST),
        false => Other::plain(name(what), format!("{} ms", millis(took))),
    };
    Ok(vec![other("new", took), other("preview", tried)])
}

async fn evaluated(client: &mut Client, mut score: Json) -> Result<Json> {
    let path = format!("/api/v1/scores/{}", score["id"].as_str().context("an id")?);
    let began = Instant::now();
    while score["evaluatedAt"].is_null() {
        ensure!(began.elapsed() < Duration::from_secs(300), "the score is never evaluated");
        tokio::time::sleep(Duration::from_millis(2)).await;
        score = client.send(&Request::get(&*path)).await?.json()?;
    }
    Ok(score)
}
