//! How selling goes and what is to come of it, over both APIs: as numbers, and as charts.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Client, on_both_databases};

async fn opportunity(client: &Client, name: &str, amount: &str) -> Value {
    let amount = json!({ "amount": amount, "currency": "USD" });
    let new = json!({ "name": name, "amount": amount, "expectedCloseOn": "2026-11-30", "openedOn": "2026-11-01" });
    client.post("/opportunities", new).await.expect(201)
}

fn at(path: &str, record: &Value) -> String {
    path.replace("{id}", record["id"].as_str().expect("an id"))
}

const CHARTS: [&str; 5] = [
    "/analysis/ageing",
    "/analysis/sales-comparison?by=lead_source",
    "/analysis/sales-comparison?by=close_reason&status=lost",
    "/analysis/pipeline",
    "/forecast?from=2026-10&to=2027-01&period=quarter&fiscalYearStart=2&groupBy=owner",
];

async fn chart(client: &Client, path: &str) -> String {
    let answer = client.send(Method::GET, path, None, &[("accept", "image/svg+xml")]).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    assert_eq!(answer.header("content-type"), "image/svg+xml", "{path}");
    assert!(answer.text.starts_with("<svg width=\"360\""), "{path}: {}", answer.text);
    answer.text
}

on_both_databases! {
    async fn both_apis_tell_how_selling_goes(world) {
        let ada = world.ada().await;
        let (one, two) = (opportunity(&ada, "One", "100").await, opportunity(&ada, "Two", "40").await);
        opportunity(&ada, "Three", "7").await;
        ada.post(&at("/opportunities/{id}/win", &one), json!({})).await.expect(200);
        ada.post(&at("/opportunities/{id}/lose", &two), json!({ "reason": "Price", "lostTo": "Acme" })).await.expect(200);
        let found = ada.get("/analysis/sales").await.expect(200);
        let figures = &found["figures"];
        assert_eq!((&figures["opportunities"], &figures["won"], &figures["winRate"]), (&json!(3), &json!(1), &json!(0.5)));
        assert_eq!((&figures["wonValue"]["amount"], &figures["lostValue"]["amount"]), (&json!("100.00"), &json!("40.00")));
        let rival = ada.get("/analysis/sales-comparison?by=competitor&status=lost").await.expect(200);
        assert_eq!((&rival["groups"][0]["name"], &rival["groups"][0]["figures"]["lost"]), (&json!("Acme"), &json!(1)));
        let stages = ada.get("/analysis/pipeline").await.expect(200);
        let first = &stages["stages"][0];
        assert_eq!((&first["entered"], &first["won"], &first["staying"]), (&json!(3), &json!(1), &json!(1)));
        let ageing = ada.get("/analysis/ageing").await.expect(200);
        assert_eq!((&ageing["stages"][0]["open"], &ageing["stages"][0]["stalled"]), (&json!(1), &json!(0)));
        let query = "query { salesAnalysis { figures { won winRate wonValue { amount } } openStages { name count } }
            salesComparison(by: COMPETITOR, status: LOST) { groups { name figures { lost } } svg(theme: DARK) }
            pipelineAnalysis { stages { entered won staying } } ageingAnalysis { stages { open stalled } svg } }";
        let data = ada.graphql(query, json!({})).await;
        assert_eq!(data["salesAnalysis"]["figures"], json!({ "won": 1, "winRate": 0.5, "wonValue": { "amount": "100.00" } }));
        assert_eq!(data["salesAnalysis"]["openStages"][0]["count"], 1);
        assert_eq!(data["salesComparison"]["groups"], json!([{ "name": "Acme", "figures": { "lost": 1 } }]));
        assert!(data["salesComparison"]["svg"].as_str().expect("a chart").contains("#0D1117"));
        assert_eq!(data["pipelineAnalysis"]["stages"][0], json!({ "entered": 3, "won": 1, "staying": 1 }));
        assert_eq!(data["ageingAnalysis"]["stages"][0], json!({ "open": 1, "stalled": 0 }));
        assert!(data["ageingAnalysis"]["svg"].as_str().expect("a chart").contains("Ageing"));
        for (wrong, status) in [
            ("/analysis/sales?from=yesterday", 422),
            ("/analysis/sales?colour=red", 422),
            ("/analysis/sales?filter=%7B%22compare%22%3A%7B%22field%22%3A%22nothing%22%2C%22eq%22%3A1%7D%7D", 422),
            ("/analysis/sales-comparison?by=weather", 422),
            ("/analysis/sales-comparison?from=2026-02-01&to=2026-01-01", 409),
            ("/analysis/pipeline?pipelineId=019aa6cd-6f51-7c12-9d67-3c5b52a4e7f0", 409),
            ("/forecast?from=2026-02&to=2026-01", 409),
            ("/forecast?fiscalYearStart=13", 422),
            ("/forecast?asOf=2999-01-01T00:00:00Z", 409),
            ("/forecast?asOf=then", 422),
        ] {
            ada.get(wrong).await.expect(status);
        }
    }

    async fn a_past_forecast_is_held_against_what_happened(world) {
        let ada = world.ada().await;
        let one = opportunity(&ada, "One", "100").await;
        let then = world.clock.now();
        world.advance(TimeDelta::hours(1));
        let ada = world.ada().await;
        ada.post(&at("/opportunities/{id}/win", &one), json!({})).await.expect(200);
        opportunity(&ada, "Two", "10").await;
        let now = ada.get("/forecast?from=2026-11&to=2026-11").await.expect(200);
        let figures = &now["periods"][0]["figures"];
        assert_eq!((&figures["closed"]["count"], &figures["weighted"]["amount"]), (&json!(1), &json!("101.00")));
        assert_eq!(now["periods"][0]["outcome"], Value::Null);
        let then = then.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        let path = format!("/forecast?from=2026-11&to=2026-11&groupBy=owner&asOf={then}");
        let past = ada.get(&path).await.expect(200);
        let period = &past["periods"][0];
        assert_eq!(period["figures"]["pipeline"], json!({ "count": 1, "amount": { "amount": "100.00", "currency": "USD" } }));
        assert_eq!((&period["figures"]["weighted"]["amount"], &period["outcome"]["won"]["count"]), (&json!("10.00"), &json!(1)));
        assert_eq!(period["groups"][0]["outcome"], period["outcome"]);
        let query = "query($then: DateTime!) { forecast(from: \"2026-11\", to: \"2026-11\", asOf: $then, groupBy: OWNER) {
            periods { figures { weighted { amount } } outcome { actual { amount { amount } } } groups { name } } } }";
        let data = ada.graphql(query, json!({ "then": then })).await;
        let period = &data["forecast"]["periods"][0];
        assert_eq!(period["figures"]["weighted"]["amount"], "10.00");
        assert_eq!(period["outcome"]["actual"]["amount"]["amount"], "100.00");
        assert!(period["groups"][0]["name"].is_string());
    }

    async fn sales_are_charts_too_even_of_nothing(world) {
        let ada = world.ada().await;
        for path in CHARTS {
            assert!(chart(&ada, path).await.contains("There is nothing to show yet."), "{path}");
        }
        let (one, two) = (opportunity(&ada, "One", "100").await, opportunity(&ada, "Two", "40").await);
        opportunity(&ada, "Three", "7").await;
        ada.post(&at("/opportunities/{id}/win", &one), json!({})).await.expect(200);
        ada.post(&at("/opportunities/{id}/lose", &two), json!({ "reason": "Price" })).await.expect(200);
        for path in CHARTS {
            assert!(!chart(&ada, path).await.contains("There is nothing to show yet."), "{path}");
        }
    }

    async fn everybody_is_told_of_what_they_may_see(world) {
        let ada = world.ada().await;
        let role = json!({ "name": "Closer", "permissions": [
            { "resource": "opportunity", "verb": "read", "scope": "own" },
            { "resource": "opportunity", "verb": "create", "scope": "own" },
            { "resource": "pipeline", "verb": "read", "scope": "all" },
            { "resource": "pipeline_stage", "verb": "read", "scope": "all" },
        ] });
        let role = ada.post("/roles", role).await.expect(201);
        let (closer, _) = world.join_as("closer", &role["id"]).await;
        opportunity(&ada, "Ada's", "100").await;
        opportunity(&closer, "Mine", "7").await;
        let open = |found: &Value| found["figures"]["open"].clone();
        assert_eq!(open(&ada.get("/analysis/sales").await.expect(200)), 2);
        assert_eq!(open(&closer.get("/analysis/sales").await.expect(200)), 1);
        let path = "/forecast?from=2026-11&to=2026-11";
        let pipeline = |found: Value| found["periods"][0]["figures"]["pipeline"]["amount"]["amount"].clone();
        assert_eq!(pipeline(ada.get(path).await.expect(200)), "107.00");
        assert_eq!(pipeline(closer.get(path).await.expect(200)), "7.00");
        closer.get("/analysis/sales-comparison?by=product").await.expect(403);
    }
}
