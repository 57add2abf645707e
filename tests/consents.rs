//! What customers have said to being reached, over both APIs.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::harness::{Client, on_both_databases};

async fn customer(client: &Client, name: &str) -> Value {
    let new = json!({ "kind": "person", "name": name });
    client.post("/customers", new).await.expect(201)["id"].clone()
}

fn to_news(customer: &Value, status: &str) -> Value {
    json!({ "customerId": customer, "purpose": "newsletter", "channel": "email", "status": status })
}

fn path(of: &Value) -> String {
    format!("/consents/{}", of["id"].as_str().expect("an id"))
}

fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().expect("items").iter();
    items.map(|item| item["name"].as_str().expect("a name")).collect()
}

on_both_databases! {
    async fn a_customer_has_one_for_a_purpose_and_a_channel(world) {
        let ada = world.ada().await;
        let (ann, bob) = (customer(&ada, "Ann").await, customer(&ada, "Bob").await);
        let given = ada.post("/consents", to_news(&ann, "granted")).await.expect(201);
        assert_eq!(given["obtainedAt"], "2026-11-21T12:00:00Z");
        let again = ada.post("/consents", to_news(&ann, "denied")).await.expect(409);
        assert_eq!(
            (&again["code"], &again["detail"]),
            (&json!("duplicate"), &json!("the customer has a consent for this purpose and channel already"))
        );
        ada.post("/consents", to_news(&bob, "granted")).await.expect(201);
        let by_phone = json!({ "customerId": ann, "purpose": "newsletter", "channel": "phone", "status": "denied" });
        ada.post("/consents", by_phone).await.expect(201);
        ada.delete(&path(&given)).await.expect(204);
        let anew = ada.post("/consents", to_news(&ann, "denied")).await.expect(201);
        assert_eq!(ada.post(&format!("{}/restore", path(&given)), json!({})).await.expect(409)["code"], "duplicate");
        ada.delete(&path(&anew)).await.expect(204);
        ada.post(&format!("{}/restore", path(&given)), json!({})).await.expect(200);
        let query = "query($id: UUID!) { customer(id: $id) { consents { purpose channel status customer { name } } } }";
        let data = ada.graphql(query, json!({ "id": ann })).await;
        let consents = data["customer"]["consents"].as_array().expect("consents");
        assert!(consents.contains(&json!({
            "purpose": "newsletter", "channel": "PHONE", "status": "DENIED", "customer": { "name": "Ann" },
        })), "{consents:?}");
    }

    async fn what_is_said_anew_is_dated_anew_and_the_history_is_kept(world) {
        let ada = world.ada().await;
        let ann = customer(&ada, "Ann").await;
        let given = ada.post("/consents", to_news(&ann, "granted")).await.expect(201);
        world.advance(TimeDelta::minutes(10));
        let noted = ada.patch(&path(&given), json!({ "evidence": "Form 7" })).await.expect(200);
        assert_eq!(noted["obtainedAt"], given["obtainedAt"]);
        let withdraw = "mutation($id: UUID!) { updateConsent(id: $id, input: { status: WITHDRAWN }) { obtainedAt version } }";
        let data = ada.graphql(withdraw, json!({ "id": given["id"] })).await;
        assert_eq!(data["updateConsent"], json!({ "obtainedAt": "2026-11-21T12:10:00+00:00", "version": 3 }));
        let dated = json!({ "status": "granted", "obtainedAt": "2026-11-21T09:00:00+01:00", "expiresOn": "2027-11-21" });
        let dated = ada.patch(&path(&given), dated).await.expect(200);
        assert_eq!((&dated["obtainedAt"], &dated["expiresOn"]), (&json!("2026-11-21T08:00:00Z"), &json!("2027-11-21")));
        let trail = ada.get(&format!("/audit-entries?subject={}", given["id"].as_str().expect("an id"))).await.expect(200);
        let said: Vec<&Value> = trail["items"].as_array().expect("items").iter()
            .flat_map(|entry| entry["changes"].as_array().expect("changes"))
            .filter(|change| change["member"] == "status")
            .map(|change| &change["after"])
            .collect();
        assert_eq!(said, ["granted", "withdrawn", "granted"]);
        let wrong = json!({ "purpose": "News letter", "channel": "fax", "status": "maybe" });
        let mut pointers = ada.post("/consents", wrong).await.pointers();
        pointers.sort();
        assert_eq!(pointers, ["/channel", "/customerId", "/purpose", "/status"]);
        ada.patch(&path(&given), json!({ "purpose": "other" })).await.expect(422);
    }

    async fn rules_speak_of_consents(world) {
        let ada = world.ada().await;
        let (ann, bob) = (customer(&ada, "Ann").await, customer(&ada, "Bob").await);
        customer(&ada, "Cid").await;
        ada.post("/consents", to_news(&ann, "granted")).await.expect(201);
        let bobs = ada.post("/consents", to_news(&bob, "withdrawn")).await.expect(201);
        let rule = json!({ "relation": { "name": "consents", "filter": { "all": [
            { "compare": { "field": "purpose", "eq": "newsletter" } },
            { "compare": { "field": "channel", "in": ["email", "any"] } },
            { "compare": { "field": "status", "eq": "granted" } },
        ] } } });
        let segment = ada.post("/segments", json!({ "name": "May be written to", "rule": rule })).await.expect(201);
        let members = format!("/segments/{}/members?sort=name", segment["id"].as_str().expect("an id"));
        world.catch_up().await;
        assert_eq!(names(&ada.get(&members).await.expect(200)), ["Ann"]);
        ada.patch(&path(&bobs), json!({ "status": "granted" })).await.expect(200);
        world.catch_up().await;
        assert_eq!(names(&ada.get(&members).await.expect(200)), ["Ann", "Bob"]);
    }

    async fn who_looks_after_the_customer_keeps_their_consents(world) {
        let ada = world.ada().await;
        let (rob, _) = world.join("rob", "rep").await;
        let (hers, his) = (customer(&ada, "Hers").await, customer(&rob, "His").await);
        let given = rob.post("/consents", to_news(&his, "granted")).await.expect(201);
        rob.post("/consents", to_news(&hers, "granted")).await.expect(403);
        let hers = ada.post("/consents", to_news(&hers, "granted")).await.expect(201);
        rob.get(&path(&hers)).await.expect(200);
        rob.patch(&path(&hers), json!({ "status": "withdrawn" })).await.expect(404);
        rob.patch(&path(&given), json!({ "status": "withdrawn" })).await.expect(200);
        let (mia, _) = world.join("mia", "marketer").await;
        mia.patch(&path(&hers), json!({ "status": "withdrawn" })).await.expect(200);
    }
}
