//! Answers that are written once and sent often.

use serde_json::{Value, json};

use crate::harness::{Client, on_both_databases};

async fn answer(client: &Client, new: Value) -> Value {
    client.post("/canned-answers", new).await.expect(201)
}

fn names(list: &Value) -> Vec<&str> {
    list["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter_map(|item| item["name"].as_str())
        .collect()
}

on_both_databases! {
    async fn an_answer_is_filled_in_from_the_request_and_counted(world) {
        let ada = world.ada().await;
        let customer = ada.post("/customers", json!({ "kind": "organization", "name": "Globex {{agent.name}}" })).await.expect(201);
        let request = json!({ "subject": "Dark display", "customerId": customer["id"] });
        let request = ada.post("/service-requests", request).await.expect(201);
        let body = "Dear {{customer.name}}{{ contact.name }}, about {{request.number}}: {{request.subject}}. {{agent.name}}, {{workspace.name}}";
        let made = answer(&ada, json!({ "name": "Greeting", "body": body, "shared": true, "answerTags": ["hello"] })).await;
        assert_eq!((&made["ownerId"], &made["useCount"]), (&Value::Null, &json!(0)));
        let path = format!("/service-requests/{}/canned-answers/{}/render", request["id"].as_str().expect("an id"), made["id"].as_str().expect("an id"));
        let filled = ada.post(&path, json!({})).await.expect(200);
        let number = request["number"].as_str().expect("a number");
        let workspace = ada.get("/workspace").await.expect(200)["name"].clone();
        let expected = format!("Dear Globex {{{{agent.name}}}}, about {number}: Dark display. Ada Lovelace, {}", workspace.as_str().expect("a name"));
        assert_eq!((&filled["body"], &filled["missing"]), (&json!(expected), &json!(["contact.name"])));
        let render = "mutation($id: UUID!, $answer: UUID!) { renderCannedAnswer(id: $id, answerId: $answer) { body missing } }";
        ada.graphql(render, json!({ "id": request["id"], "answer": made["id"] })).await;
        let path = format!("/canned-answers/{}", made["id"].as_str().expect("an id"));
        let now = ada.get(&path).await.expect(200);
        assert_eq!((&now["useCount"], &now["lastUsedAt"], &now["version"]), (&json!(2), &json!("2026-11-21T12:00:00Z"), &json!(1)));
        ada.patch(&path, json!({ "active": false })).await.expect(200);
        let refused = ada.graphql_codes(render, json!({ "id": request["id"], "answer": made["id"] })).await;
        assert_eq!(refused.len(), 1);
        assert_eq!(names(&ada.get("/canned-answers?q=hello").await.expect(200)), ["Greeting"]);
    }

    async fn what_cannot_be_filled_in_is_refused_when_it_is_saved(world) {
        let ada = world.ada().await;
        let wrong = json!({ "name": "Wrong", "body": "{{customer.nmae}} {{request.number}} {{secret}}", "queueId": uuid::Uuid::now_v7() });
        let wrong = ada.post("/canned-answers", wrong).await;
        assert_eq!((wrong.status.as_u16(), wrong.pointers()), (422, vec!["/body".to_owned(), "/body".to_owned(), "/queueId".to_owned()]));
        let made = answer(&ada, json!({ "name": "Right", "body": "{{request.number}}", "shared": true })).await;
        let path = format!("/canned-answers/{}", made["id"].as_str().expect("an id"));
        assert_eq!(ada.patch(&path, json!({ "body": "{{nobody}}" })).await.status, 422);
        assert_eq!(ada.post("/canned-answers", json!({ "name": "RIGHT", "body": "x", "shared": true })).await.status, 409);
        answer(&ada, json!({ "name": "Right", "body": "My own" })).await;
    }

    async fn offered_are_shared_ones_and_ones_own_for_the_queue(world) {
        let ada = world.ada().await;
        let (bob, _) = world.join("bob", "agent").await;
        let queue = ada.post("/queues", json!({ "name": "First level" })).await.expect(201);
        answer(&ada, json!({ "name": "Shared", "body": "x", "shared": true })).await;
        answer(&ada, json!({ "name": "Of the queue", "body": "x", "shared": true, "queueId": queue["id"] })).await;
        answer(&ada, json!({ "name": "Off", "body": "x", "shared": true, "active": false })).await;
        answer(&ada, json!({ "name": "Ada's", "body": "x" })).await;
        answer(&bob, json!({ "name": "Bob's", "body": "x" })).await;
        assert_eq!(bob.post("/canned-answers", json!({ "name": "For all", "body": "x", "shared": true })).await.status, 403);
        let request = ada.post("/service-requests", json!({ "subject": "Broken", "queueId": queue["id"] })).await.expect(201);
        let other = ada.post("/service-requests", json!({ "subject": "Broken" })).await.expect(201);
        let offered = |of: &Value| format!("/service-requests/{}/canned-answers?sort=name", of["id"].as_str().expect("an id"));
        assert_eq!(names(&bob.get(&offered(&request)).await.expect(200)), ["Bob's", "Of the queue", "Shared"]);
        assert_eq!(names(&ada.get(&offered(&other)).await.expect(200)), ["Ada's", "Shared"]);
        let query = "query($id: UUID!) { offeredAnswers(id: $id, sort: \"name\") { nodes { name owner { name } queue { name } } } }";
        let seen = bob.graphql(query, json!({ "id": request["id"] })).await;
        assert_eq!(seen["offeredAnswers"]["nodes"][1]["queue"]["name"], "First level");
    }
}
