//! Where service requests may stand, as a workspace says.

use serde_json::{Value, json};

use crate::harness::{Client, on_both_databases};

async fn status(client: &Client, key: &str) -> Value {
    let found = client.get(&format!("/service-statuses?key={key}")).await.expect(200);
    found["items"][0].clone()
}

fn at(path: &str, record: &Value) -> String {
    path.replace("{id}", record["id"].as_str().expect("an id"))
}

on_both_databases! {
    async fn a_workspace_begins_with_statuses_and_makes_its_own(world) {
        let ada = world.ada().await;
        let all = ada.get("/service-statuses?sort=position").await.expect(200);
        let keys: Vec<&str> = all["items"].as_array().expect("items").iter().filter_map(|one| one["key"].as_str()).collect();
        assert_eq!(keys, ["new", "open", "reopened", "waiting_for_customer", "waiting_for_third_party", "resolved", "closed"]);
        let parts = json!({ "key": "parts", "name": "Waiting for parts", "category": "waiting_for_third_party", "position": 45,
            "next": ["open", "nowhere", "else"] });
        let refused = ada.post("/service-statuses", parts.clone()).await;
        assert_eq!((refused.status.as_u16(), refused.pointers()), (422, vec!["/next/1".to_owned(), "/next/2".to_owned()]));
        let mut parts = parts;
        parts["next"] = json!(["open"]);
        let parts = ada.post("/service-statuses", parts).await.expect(201);
        let same = json!({ "key": "parts", "name": "Parts", "category": "open", "position": 1 });
        ada.post("/service-statuses", same).await.expect(409);
        let request = ada.post("/service-requests", json!({ "subject": "Broken" })).await.expect(201);
        let path = at("/service-requests/{id}/status", &request);
        ada.post(&path, json!({ "status": "parts" })).await.expect(409);
        let new = status(&ada, "new").await;
        ada.patch(&at("/service-statuses/{id}", &new), json!({ "next": null })).await.expect(200);
        let moved = ada.post(&path, json!({ "status": "parts" })).await.expect(200);
        assert_eq!(moved["statusCategory"], "waiting_for_third_party");
        let refused = ada.post(&path, json!({ "status": "closed" })).await;
        assert!(refused.status == 409 && refused.text.contains("it may become: open"), "{}", refused.text);
        let category = json!({ "category": "open" });
        ada.patch(&at("/service-statuses/{id}", &parts), category).await.expect(409);
        let query = "query($id: UUID!) { serviceStatus(id: $id) { key category next } }";
        let seen = ada.graphql(query, json!({ "id": parts["id"] })).await["serviceStatus"].clone();
        assert_eq!(seen, json!({ "key": "parts", "category": "WAITING_FOR_THIRD_PARTY", "next": ["open"] }));
    }

    async fn a_status_goes_once_its_requests_have_another_and_those_that_are_needed_stay(world) {
        let ada = world.ada().await;
        let request = ada.post("/service-requests", json!({ "subject": "Broken" })).await.expect(201);
        for key in ["new", "resolved", "closed"] {
            let path = at("/service-statuses/{id}", &status(&ada, key).await);
            ada.delete(&path).await.expect(409);
            ada.patch(&path, json!({ "active": false })).await.expect(409);
            ada.patch(&path, json!({ "category": "waiting_for_customer" })).await.expect(409);
        }
        ada.delete(&at("/service-statuses/{id}", &status(&ada, "reopened").await)).await.expect(204);
        assert_eq!(status(&ada, "closed").await["next"], json!([]), "what is gone comes next no more");
        ada.delete(&at("/service-statuses/{id}", &status(&ada, "open").await)).await.expect(409);
        let waiting = status(&ada, "waiting_for_customer").await;
        let path = at("/service-requests/{id}/status", &request);
        ada.post(&path, json!({ "status": "waiting_for_customer" })).await.expect(200);
        ada.delete(&at("/service-statuses/{id}", &waiting)).await.expect(409);
        let replace = at("/service-statuses/{id}/replace", &waiting);
        for wrong in ["waiting_for_customer", "nowhere"] {
            let refused = ada.post(&replace, json!({ "replaceWith": wrong })).await;
            assert_eq!((refused.status.as_u16(), refused.pointers()), (409, vec!["/replaceWith".to_owned()]));
        }
        ada.post(&replace, json!({ "replaceWith": "resolved" })).await.expect(200);
        let row = ada.get(&at("/service-requests/{id}", &request)).await.expect(200);
        assert_eq!((&row["status"], &row["isOpen"]), (&json!("resolved"), &json!(false)));
        let steps = ada.get(&at("/service-requests/{id}/history", &request)).await.expect(200);
        assert_eq!(steps["items"][0]["status"], "resolved");
        let (agent, _) = world.join("agent", "agent").await;
        agent.get("/service-statuses").await.expect(200);
        agent.post(&replace, json!({ "replaceWith": "open" })).await.expect(403);
    }
}
