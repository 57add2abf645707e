//! Analysis over both APIs: numbers as JSON, and as charts.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, on_both_databases};

async fn customer(ada: &Client, name: &str) -> Value {
    ada.post("/customers", json!({ "kind": "person", "name": name })).await.expect(201)
}

async fn order(ada: &Client, customer: &Value, day: &str, amount: &str) {
    let price = json!({ "amount": amount, "currency": "USD" });
    let line = json!({ "description": "Thing", "unitPrice": price });
    let new = json!({ "customerId": customer["id"], "orderedOn": day, "lines": [line] });
    ada.post("/orders", new).await.expect(201);
}

async fn chart(ada: &Client, path: &str) -> Answer {
    let answer = ada.send(Method::GET, path, None, &[("accept", "image/svg+xml")]).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    assert_eq!(answer.header("content-type"), "image/svg+xml", "{path}");
    assert!(answer.text.starts_with("<svg width=\"360\""), "{path}: {}", answer.text);
    assert!(answer.text.trim_end().ends_with("</svg>"), "{path}");
    answer
}

const ANALYSES: [&str; 4] =
    ["/analysis/revenue", "/analysis/retention", "/analysis/tenure", "/analysis/funnel"];

on_both_databases! {
    async fn a_change_of_revenue_is_explained_to_the_cent(world) {
        let ada = world.ada().await;
        let (one, two) = (customer(&ada, "One").await, customer(&ada, "Two").await);
        order(&ada, &one, "2026-01-10", "100.01").await;
        order(&ada, &one, "2026-02-10", "70").await;
        order(&ada, &two, "2026-02-11", "50.50").await;
        order(&ada, &two, "2026-02-12", "0.02").await;
        let asked = "/analysis/revenue?from=2026-02-01&to=2026-02-28&compareFrom=2026-01-01&compareTo=2026-01-31";
        let found = ada.get(asked).await.expect(200);
        assert_eq!((&found["before"]["customers"], &found["after"]["orders"]), (&json!(1), &json!(3)));
        let cents = |name: &str| {
            let amount = found["change"][name]["amount"].as_str().expect("an amount").replace('.', "");
            amount.parse::<i64>().expect("a number")
        };
        assert_eq!(cents("revenue"), 2051);
        assert_eq!(cents("customers") + cents("ordersPerCustomer") + cents("revenuePerOrder"), 2051);
        let query = "query { revenueAnalysis(from: \"2026-02-01\", to: \"2026-02-28\", compareFrom: \"2026-01-01\",
            compareTo: \"2026-01-31\") { change { revenue { amount } } svg(theme: DARK) } }";
        let data = ada.graphql(query, json!({})).await["revenueAnalysis"].clone();
        assert_eq!(data["change"]["revenue"]["amount"], "20.51");
        assert!(data["svg"].as_str().expect("a chart").contains("#0D1117"));
        for (wrong, status) in [
            ("from=2026-13-01", 422),
            ("theme=pink", 422),
            ("colour=red", 422),
            ("compareFrom=2026-01-01", 422),
            ("from=2026-03-01&to=2026-02-01", 409),
            ("segmentId=019aa6cd-6f51-7c12-9d67-3c5b52a4e7f0", 409),
        ] {
            ada.get(&format!("/analysis/revenue?{wrong}")).await.expect(status);
        }
    }

    async fn every_analysis_is_a_chart_too_even_of_nothing(world) {
        let ada = world.ada().await;
        let segment = json!({ "name": "All", "rule": { "all": [] } });
        let segment = ada.post("/segments", segment).await.expect(201);
        let of_segment = ["size", "retention", "overlap", "revenue", "stages"]
            .map(|what| format!("/segments/{}/{what}", segment["id"].as_str().expect("an id")));
        let all: Vec<String> = ANALYSES.map(str::to_owned).into_iter().chain(of_segment).collect();
        for path in &all {
            assert!(chart(&ada, path).await.text.contains("There is nothing to show yet."), "{path}");
            assert!(ada.get(path).await.expect(200).is_object(), "{path}");
        }
        let one = customer(&ada, "One").await;
        order(&ada, &one, "2026-10-10", "10").await;
        order(&ada, &one, "2026-11-10", "10").await;
        world.catch_up().await;
        for path in &all {
            let drawn = chart(&ada, path).await;
            let some = !drawn.text.contains("There is nothing to show yet.");
            assert!(some || path.ends_with("overlap"), "{path}: {}", drawn.text);
            assert!(drawn.header("vary").to_lowercase().contains("accept"), "{path}");
        }
        let dark = chart(&ada, "/analysis/tenure?theme=dark").await;
        assert!(dark.text.contains("#0D1117") && !dark.text.contains("<style>"));
        assert!(chart(&ada, "/analysis/tenure").await.text.contains("prefers-color-scheme"));
    }

    async fn customers_go_through_the_funnel(world) {
        let ada = world.ada().await;
        let stages = ada.get("/lifecycle-stages?sort=position").await.expect(200);
        let stages = stages["items"].as_array().expect("stages").clone();
        let at = |n: usize| stages[n]["id"].clone();
        let (one, two) = (customer(&ada, "One").await, customer(&ada, "Two").await);
        customer(&ada, "Three").await;
        world.advance(TimeDelta::days(2));
        let ada = world.ada().await;
        for who in [&one, &two] {
            let path = format!("/customers/{}/move", who["id"].as_str().expect("an id"));
            ada.post(&path, json!({ "stageId": at(1) })).await.expect(200);
        }
        world.advance(TimeDelta::days(3));
        let ada = world.ada().await;
        let path = format!("/customers/{}/move", one["id"].as_str().expect("an id"));
        ada.post(&path, json!({ "stageId": at(0), "reason": "By mistake." })).await.expect(200);
        let found = ada.get("/analysis/funnel").await.expect(200);
        let first = &found["stages"][0];
        assert_eq!((&first["entered"], &first["movedOn"], &first["staying"]), (&json!(4), &json!(2), &json!(2)));
        assert_eq!((&first["conversion"], &first["medianDays"]), (&json!(0.5), &json!(2.0)));
        let second = &found["stages"][1];
        assert_eq!((&second["entered"], &second["movedBack"], &second["staying"]), (&json!(2), &json!(1), &json!(1)));
        assert_eq!((&second["conversion"], &second["meanDays"]), (&json!(0.0), &json!(3.0)));
        let moves = json!([{ "stageId": at(1), "name": stages[1]["name"], "count": 2, "share": 0.5 }]);
        assert_eq!(first["moves"], moves);
        let query = "query { funnelAnalysis { stages { name entered movedOn moves { stageId name count share } } } }";
        let data = ada.graphql(query, json!({})).await;
        assert_eq!(data["funnelAnalysis"]["stages"][0]["movedOn"], 2);
        assert_eq!(data["funnelAnalysis"]["stages"][0]["moves"], moves);
    }

    async fn the_other_analyses_are_had_over_both(world) {
        let ada = world.ada().await;
        let (one, two) = (customer(&ada, "One").await, customer(&ada, "Two").await);
        order(&ada, &one, "2026-09-10", "10").await;
        order(&ada, &one, "2026-10-10", "10").await;
        order(&ada, &two, "2026-09-20", "10").await;
        let query = "query { retentionAnalysis(from: \"2026-09\", months: 2) { cohorts { month customers active retention } }
            tenureAnalysis { customers medianDays bins { fromMonths toMonths customers } } }";
        let data = ada.graphql(query, json!({})).await;
        let cohort = json!({ "month": "2026-09", "customers": 2, "active": [2, 1, 0], "retention": [1.0, 0.5, 0.0] });
        assert_eq!(data["retentionAnalysis"]["cohorts"][0], cohort);
        assert_eq!(ada.get("/analysis/retention?from=2026-09&months=2").await.expect(200)["cohorts"][0], cohort);
        assert_eq!(data["tenureAnalysis"]["customers"], 2);
        assert_eq!(ada.get("/analysis/tenure").await.expect(200)["bins"], data["tenureAnalysis"]["bins"]);
        ada.get("/analysis/retention?months=99").await.expect(422);
        ada.get("/analysis/retention?from=2026-9").await.expect(422);

        let segment = json!({ "name": "All", "rule": { "all": [] } });
        let segment = ada.post("/segments", segment).await.expect(201);
        world.catch_up().await;
        let query = "query($id: UUID!) { segmentOverlap(id: $id) { customers others { name } svg }
            segmentRevenue(id: $id) { revenue { amount } months { month orders } }
            segmentStages(id: $id) { customers stages { name customers share } } }";
        let data = ada.graphql(query, json!({ "id": segment["id"] })).await;
        assert_eq!(data["segmentOverlap"]["customers"], 2);
        assert_eq!(data["segmentRevenue"]["revenue"]["amount"], "30.00");
        assert_eq!(data["segmentStages"]["stages"][0]["customers"], 2);
    }
    async fn a_segment_is_as_large_as_it_was(world) {
        let ada = world.ada().await;
        let rule = json!({ "compare": { "field": "city", "eq": "Bern" } });
        let segment = ada.post("/segments", json!({ "name": "Bern", "rule": rule })).await.expect(201);
        let one = ada.post("/customers", json!({ "kind": "person", "name": "One", "city": "Bern" }));
        let one = one.await.expect(201);
        world.catch_up().await;
        world.advance(TimeDelta::days(40));
        let ada = world.ada().await;
        let path = |of: &Value| of["id"].as_str().expect("an id").to_owned();
        ada.patch(&format!("/customers/{}", path(&one)), json!({ "city": "Thun" })).await.expect(200);
        world.catch_up().await;
        let days = ada.get(&format!("/segments/{}/size", path(&segment))).await.expect(200)["days"].clone();
        let days = days.as_array().expect("days");
        let of = |n: usize| [&days[n]["customers"], &days[n]["entered"], &days[n]["left"]].map(|count| count.as_i64().expect("a number"));
        assert_eq!(days.len(), 90);
        assert_eq!([of(48), of(49), of(50), of(88), of(89)], [[0, 0, 0], [1, 1, 0], [1, 0, 0], [1, 0, 0], [0, 0, 1]]);
        let query = "query($id: UUID!) { segmentSize(id: $id) { days { day customers entered left } svg(theme: LIGHT) }
            segmentRetention(id: $id) { cohorts { month customers staying retention } svg } }";
        let data = ada.graphql(query, json!({ "id": segment["id"] })).await;
        assert_eq!(data["segmentSize"]["days"].as_array(), Some(days));
        let kept = ada.get(&format!("/segments/{}/retention", path(&segment))).await.expect(200);
        assert_eq!(data["segmentRetention"]["cohorts"], kept["cohorts"]);
        let cohort = kept["cohorts"].as_array().expect("cohorts").iter().find(|cohort| cohort["customers"] == 1);
        let staying = cohort.expect("a cohort")["staying"].as_array().expect("counts").clone();
        assert_eq!((&staying[0], staying.last()), (&json!(1), Some(&json!(0))));
        for (wrong, status) in [("size?from=2020-01-01", 409), ("size?to=x", 422), ("retention?months=0", 422), ("size?days=3", 422)] {
            ada.get(&format!("/segments/{}/{wrong}", path(&segment))).await.expect(status);
        }
    }

    async fn orders_in_other_currencies_are_never_added(world) {
        let ada = world.ada().await;
        let one = customer(&ada, "One").await;
        order(&ada, &one, "2026-10-10", "10").await;
        let line = json!({ "description": "Thing", "unitPrice": { "amount": "700", "currency": "CHF" } });
        let new = json!({ "customerId": one["id"], "orderedOn": "2026-10-11", "currency": "CHF", "lines": [line] });
        ada.post("/orders", new).await.expect(201);
        let asked = "/analysis/revenue?from=2026-10-01&to=2026-10-31";
        let found = ada.get(asked).await.expect(200);
        assert_eq!(found["after"]["revenue"], json!({ "amount": "10.00", "currency": "USD" }));
        let found = ada.get(&format!("{asked}&currency=CHF")).await.expect(200);
        assert_eq!(found["change"]["customers"], json!({ "amount": "700.00", "currency": "CHF" }));
        let all = ada.get("/analysis/tenure?asOf=2026-10-31").await.expect(200);
        assert_eq!((&all["customers"], &all["meanDays"]), (&json!(1), &json!(21.0)));
    }

    async fn without_leave_nothing_is_told(world) {
        let ada = world.ada().await;
        let one = customer(&ada, "One").await;
        order(&ada, &one, "2026-10-10", "10").await;
        let segment = ada.post("/segments", json!({ "name": "All", "rule": { "all": [] } })).await.expect(201);
        world.catch_up().await;
        let of_segment = ["size", "retention", "overlap", "revenue", "stages"]
            .map(|what| format!("/segments/{}/{what}", segment["id"].as_str().expect("an id")));
        let role = ada.post("/roles", json!({ "name": "Nothing", "permissions": [] })).await.expect(201);
        let (none, _) = world.join_as("nobody", &role["id"]).await;
        let own = |resource: &str| json!({ "resource": resource, "verb": "read", "scope": "own" });
        let all = |resource: &str| json!({ "resource": resource, "verb": "read", "scope": "all" });
        let role = json!({ "name": "Own", "permissions": [own("customer"), own("order"), all("segment"), all("lifecycle_stage")] });
        let role = ada.post("/roles", role).await.expect(201);
        let (own, _) = world.join_as("own", &role["id"]).await;
        for path in ANALYSES.map(str::to_owned).into_iter().chain(of_segment) {
            none.get(&path).await.expect(403);
            let drawn = chart(&own, &path).await;
            assert!(drawn.text.contains("There is nothing to show yet."), "{path}: {}", drawn.text);
        }
        let query = "query { revenueAnalysis { after { orders } } }";
        assert_eq!(none.graphql_codes(query, json!({})).await, ["forbidden"]);
        assert_eq!(own.graphql(query, json!({})).await["revenueAnalysis"]["after"]["orders"], 0);
    }

    async fn what_is_liked_best_is_given(world) {
        let ada = world.ada().await;
        for (accept, kind) in [
            ("image/avif,image/webp,image/svg+xml,image/*,*/*;q=0.8", "image/svg+xml"),
            ("application/json;q=0.5, image/svg+xml", "image/svg+xml"),
            ("image/svg+xml;q=0.1, application/json", "application/json"),
            ("image/svg+xml;q=0, */*", "application/json"),
            ("text/html, nonsense", "application/json"),
        ] {
            let answer = ada.send(Method::GET, "/analysis/tenure", None, &[("accept", accept)]).await;
            assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, kind), "{accept}");
        }
    }
}
