//! How service goes: what came in and is left, how long it took, why customers complain, what they say of us.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::harness::{Client, on_both_databases};

fn at(path: &str, record: &Value) -> String {
    path.replace("{id}", record["id"].as_str().expect("an id"))
}

async fn request(ada: &Client, more: Value) -> Value {
    let mut new = more;
    new["subject"] = json!("The press does not start");
    ada.post("/service-requests", new).await.expect(201)
}

async fn write(ada: &Client, request: &Value, kind: &str) {
    let said = json!({ "kind": kind, "body": "Well?" });
    ada.post(&at("/service-requests/{id}/messages", request), said).await.expect(201);
}

async fn resolve(ada: &Client, request: &Value) {
    ada.post(&at("/service-requests/{id}/resolve", request), json!({})).await.expect(200);
}

on_both_databases! {
    async fn service_is_counted_by_owner_and_its_times_are_percentiles(world) {
        let ada = world.ada().await;
        let (_, bob) = world.join("bob", "agent").await;
        let policy = json!({ "name": "All", "position": 1, "targets": [{ "kind": "first_response", "priority": "normal", "within": "PT10M" }] });
        ada.post("/service-policies", policy).await.expect(201);
        // Three of Bob's: answered after 5, 20 and 40 minutes; two are resolved, one of them with two replies.
        let all = [request(&ada, json!({ "ownerId": bob["id"] })).await, request(&ada, json!({ "ownerId": bob["id"] })).await, request(&ada, json!({ "ownerId": bob["id"] })).await];
        let nobodys = request(&ada, json!({ "priority": "urgent" })).await;
        world.advance(TimeDelta::minutes(5));
        write(&ada, &all[0], "reply").await;
        resolve(&ada, &all[0]).await;
        world.advance(TimeDelta::minutes(15));
        let ada = world.ada().await;
        write(&ada, &all[1], "reply").await;
        write(&ada, &all[1], "reply").await;
        resolve(&ada, &all[1]).await;
        world.advance(TimeDelta::minutes(20));
        let ada = world.ada().await;
        write(&ada, &all[2], "reply").await;
        // Taken up again.
        ada.post(&at("/service-requests/{id}/reopen", &all[1]), json!({})).await.expect(200);
        resolve(&ada, &all[1]).await;

        let found = ada.get("/analysis/service").await.expect(200);
        assert_eq!((&found["by"], &found["from"], &found["to"]), (&json!("owner"), &json!("2025-11-22"), &json!("2026-11-21")));
        let total = &found["total"];
        assert_eq!((&total["opened"], &total["open"], &total["done"], &total["reopened"]), (&json!(4), &json!(2), &json!(2), &json!(1)));
        assert_eq!((&total["firstContact"], &total["firstContactRate"]), (&json!(1), &json!(0.5)));
        let bobs = &found["groups"][0];
        assert_eq!((&bobs["name"], &bobs["figures"]["opened"], &bobs["figures"]["breached"]), (&bob["name"], &json!(3), &json!(2)));
        let response = &bobs["figures"]["firstResponse"];
        assert_eq!(*response, json!({ "count": 3, "p50Seconds": 1200, "p90Seconds": 2400, "p95Seconds": 2400 }));
        assert_eq!(bobs["figures"]["resolution"]["count"], 2);
        assert_eq!((&found["groups"][1]["key"], &found["groups"][1]["figures"]["opened"]), (&Value::Null, &json!(1)));
        let by = ada.get("/analysis/service?by=priority").await.expect(200);
        let keys: Vec<&str> = by["groups"].as_array().unwrap().iter().map(|group| group["key"].as_str().unwrap()).collect();
        assert_eq!(keys, ["normal", "urgent"]);
        for by in ["team", "queue", "kind", "channel", "product", "policy", "month_opened"] {
            let groups = ada.get(&format!("/analysis/service?by={by}")).await.expect(200);
            assert_eq!(groups["groups"][0]["figures"]["opened"], 4, "{by}");
        }
        let urgent = r#"/analysis/service?filter={"compare":{"field":"priority","eq":"urgent"}}"#;
        assert_eq!(ada.get(urgent).await.expect(200)["total"]["opened"], 1);
        let query = "{ serviceAnalysis(by: PRIORITY) { total { opened } svg } backlogAnalysis { months { month backlog } svg } }";
        let seen = ada.graphql(query, json!({})).await;
        assert_eq!(seen["serviceAnalysis"]["total"]["opened"], 4);
        assert!(seen["serviceAnalysis"]["svg"].as_str().unwrap().starts_with("<svg"));
        // What somebody may not read is not counted.
        let (rep, _) = world.join("rep", "rep").await;
        let _ = nobodys;
        assert_eq!(rep.get("/analysis/service").await.expect(200)["total"]["opened"], 4);
    }

    async fn the_backlog_follows_the_history_of_requests(world) {
        let ada = world.ada().await;
        let put = async |n: u32, status: &str, since: &str| {
            let new = json!({ "subject": "Old", "status": status, "openedAt": "2026-08-10T10:00:00Z", "statusSince": since });
            ada.put(&format!("/service-requests/by-external/old/{n}"), new).await
        };
        for n in 1..=3 {
            put(n, "new", "2026-08-10T10:00:00Z").await.expect(201);
        }
        put(1, "resolved", "2026-08-20T10:00:00Z").await.expect(200);
        put(2, "closed", "2026-09-20T10:00:00Z").await.expect(200);
        put(1, "reopened", "2026-09-30T23:00:00Z").await.expect(200);
        // One that came when it was done.
        let new = json!({ "subject": "Old", "status": "closed", "openedAt": "2026-09-01T10:00:00Z" });
        ada.put("/service-requests/by-external/old/9", new).await.expect(201);
        let found = ada.get("/analysis/service-backlog?from=2026-09-01&to=2026-10-31").await.expect(200);
        // The last day of September ends at ten in the evening of UTC.
        let months = json!([
            { "month": "2026-09", "opened": 1, "done": 2, "reopened": 0, "backlog": 1 },
            { "month": "2026-10", "opened": 0, "done": 0, "reopened": 1, "backlog": 2 },
        ]);
        assert_eq!(found["months"], months);
        let wrong = ada.get("/analysis/service-backlog?from=2026-09-02&to=2026-09-01").await;
        assert_eq!((wrong.status.as_u16(), wrong.pointers()), (409, vec!["/from".to_owned()]));
    }

    async fn causes_of_complaints_are_in_their_order_with_their_costs_and_promises(world) {
        let ada = world.ada().await;
        let cause = async |name: &str| ada.post("/complaint-causes", json!({ "name": name })).await.expect(201);
        let (late, dent) = (cause("Too late").await, cause("Dented").await);
        let complain = async |cause: Option<&Value>, cost: &str| {
            let new = request(&ada, json!({ "kind": "complaint" })).await;
            if let Some(cause) = cause {
                let found = json!({ "requestId": new["id"], "causeId": cause["id"], "cost": { "amount": cost, "currency": "USD" } });
                ada.post("/complaints", found).await.expect(201);
            }
            new
        };
        let one = complain(Some(&dent), "10.00").await;
        complain(Some(&dent), "5.50").await;
        complain(Some(&late), "100.00").await;
        complain(None, "").await;
        request(&ada, json!({})).await;
        for (body, end) in [("Soon", "keep"), ("Sooner", "break"), ("Now", "")] {
            let new = json!({ "requestId": one["id"], "body": body, "dueAt": "2026-12-01T00:00:00Z" });
            let made = ada.post("/promises", new).await.expect(201);
            if !end.is_empty() {
                ada.post(&format!("{}/{end}", at("/promises/{id}", &made)), json!({})).await.expect(200);
            }
        }
        let found = ada.get("/analysis/complaints").await.expect(200);
        let groups = found["groups"].as_array().expect("groups");
        assert_eq!((&groups[0]["name"], &groups[0]["share"], &groups[0]["figures"]["cost"]["amount"]), (&json!("Dented"), &json!(0.5), &json!("15.50")));
        let figures = &groups[0]["figures"];
        assert_eq!((&figures["promisesKept"], &figures["promisesBroken"], &figures["promisesOpen"]), (&json!(1), &json!(1), &json!(1)));
        assert_eq!(groups[2]["cumulativeShare"], 1.0);
        assert_eq!((&found["total"]["complaints"], &found["total"]["cost"]["amount"]), (&json!(4), &json!("115.50")));
        for by in ["remedy", "product", "channel", "month_opened"] {
            let groups = ada.get(&format!("/analysis/complaints?by={by}")).await.expect(200);
            assert_eq!(groups["groups"][0]["figures"]["complaints"], 4, "{by}");
        }
        let seen = ada.graphql("{ complaintAnalysis { total { complaints } svg } }", json!({})).await;
        assert_eq!(seen["complaintAnalysis"]["total"]["complaints"], 4);
    }

    async fn what_customers_say_is_an_index_with_its_scores(world) {
        let ada = world.ada().await;
        let survey = json!({ "name": "NPS", "kind": "nps", "question": "Well?", "position": 1, "active": false });
        let survey = ada.post("/surveys", survey).await.expect(201);
        for (score, at) in [(10, "2026-10-01T10:00:00Z"), (9, "2026-10-02T10:00:00Z"), (8, "2026-10-03T10:00:00Z"), (0, "2026-11-01T10:00:00Z")] {
            let said = json!({ "surveyId": survey["id"], "score": score, "answeredAt": at });
            ada.post("/survey-responses", said).await.expect(201);
        }
        let found = ada.get("/analysis/satisfaction?kind=nps").await.expect(200);
        assert_eq!((&found["total"]["index"], &found["total"]["answered"], &found["total"]["asked"]), (&json!(25.0), &json!(4), &json!(0)));
        let months: Vec<_> = found["groups"].as_array().unwrap().iter().map(|group| (group["key"].as_str().unwrap(), group["figures"]["answered"].as_i64().unwrap())).collect();
        assert_eq!(months, [("2026-10", 3), ("2026-11", 1)]);
        assert_eq!(found["total"]["scores"][10], json!({ "score": 10, "count": 1 }));
        for by in ["agent", "survey", "queue", "product"] {
            let groups = ada.get(&format!("/analysis/satisfaction?kind=nps&by={by}")).await.expect(200);
            assert_eq!(groups["groups"][0]["figures"]["answered"], 4, "{by}");
        }
        assert_eq!(ada.get("/analysis/satisfaction").await.expect(200)["total"]["index"], Value::Null);
        let seen = ada.graphql("{ satisfactionAnalysis(kind: NPS) { total { index } svg } }", json!({})).await;
        assert_eq!(seen["satisfactionAnalysis"]["total"]["index"], 25.0);
    }
}
