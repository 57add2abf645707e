//! What is written about service requests, and what becomes of them by it.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, on_both_databases};

fn at(path: &str, record: &Value) -> String {
    path.replace("{id}", record["id"].as_str().expect("an id"))
}

async fn request(client: &Client, new: Value) -> Value {
    client.post("/service-requests", new).await.expect(201)
}

async fn write(client: &Client, request: &Value, message: Value) -> Answer {
    client.post(&at("/service-requests/{id}/messages", request), message).await
}

async fn now(client: &Client, request: &Value) -> Value {
    client.get(&at("/service-requests/{id}", request)).await.expect(200)
}

on_both_databases! {
    async fn what_customers_write_brings_a_request_back_to_us(world) {
        let ada = world.ada().await;
        let (bob, bob_id) = world.join("bob", "agent").await;
        let made = request(&ada, json!({ "subject": "How does it work?", "channel": "email", "ownerId": bob_id["id"] })).await;
        let asked = write(&ada, &made, json!({ "kind": "customer", "body": "How?" })).await.expect(201);
        assert_eq!((&asked["authorId"], &asked["channel"]), (&Value::Null, &json!("email")));
        world.advance(TimeDelta::minutes(1));
        let reply = json!({ "kind": "reply", "body": "So!", "status": "waiting_for_customer" });
        write(&bob, &made, reply).await.expect(201);
        let row = now(&ada, &made).await;
        assert_eq!((&row["status"], &row["firstRespondedAt"]), (&json!("waiting_for_customer"), &json!("2026-11-21T12:01:00Z")));
        assert_eq!(row["lastCustomerMessageAt"], "2026-11-21T12:00:00Z");
        world.advance(TimeDelta::minutes(1));
        write(&bob, &made, json!({ "kind": "reply", "body": "And so!" })).await.expect(201);
        write(&ada, &made, json!({ "kind": "customer", "body": "Thank you, but" })).await.expect(201);
        let row = now(&ada, &made).await;
        assert_eq!((&row["status"], &row["firstRespondedAt"], &row["lastReplyAt"]), (&json!("open"), &json!("2026-11-21T12:01:00Z"), &json!("2026-11-21T12:02:00Z")));
        bob.post(&at("/service-requests/{id}/resolve", &made), json!({})).await.expect(200);
        write(&ada, &made, json!({ "kind": "note", "body": "They are still not content" })).await.expect(201);
        assert_eq!(now(&ada, &made).await["status"], "resolved");
        let late = json!({ "kind": "customer", "body": "Written before", "sentAt": "2026-11-21T11:00:00Z" });
        write(&ada, &made, late).await.expect(201);
        assert_eq!(now(&ada, &made).await["status"], "resolved");
        write(&ada, &made, json!({ "kind": "customer", "body": "It does not" })).await.expect(201);
        let row = now(&ada, &made).await;
        assert_eq!((&row["status"], &row["reopenCount"]), (&json!("reopened"), &json!(1)));
        let told = bob.get("/notifications?kind=request_updated&count=true").await.expect(200);
        assert!(told["total"].as_i64().is_some_and(|told| told >= 3), "{told}");
        let all = ada.get(&at("/service-requests/{id}/messages?sort=sentAt", &made)).await.expect(200);
        let bodies: Vec<&Value> = all["items"].as_array().expect("items").iter().map(|one| &one["body"]).collect();
        assert_eq!(bodies[..3], ["Written before", "How?", "So!"]);
        let query = "query($id: UUID!) { requestMessages(id: $id, first: 2) { nodes { kind } pageInfo { hasNextPage endCursor } }
            serviceRequest(id: $id) { messages(first: 3) { body author { name } } } }";
        let seen = ada.graphql(query, json!({ "id": made["id"] })).await;
        assert_eq!(seen["requestMessages"]["pageInfo"]["hasNextPage"], true);
        assert_eq!(seen["serviceRequest"]["messages"].as_array().map(Vec::len), Some(3));
    }

    async fn after_a_request_that_is_closed_another_begins(world) {
        let ada = world.ada().await;
        let queue = ada.post("/queues", json!({ "name": "First level" })).await.expect(201);
        let made = request(&ada, json!({ "subject": "Broken", "queueId": queue["id"] })).await;
        ada.post(&at("/service-requests/{id}/close", &made), json!({})).await.expect(200);
        write(&ada, &made, json!({ "kind": "note", "body": "For the record" })).await.expect(201);
        let said = write(&ada, &made, json!({ "kind": "customer", "body": "Broken again" })).await.expect(201);
        assert_ne!(said["requestId"], made["id"]);
        let path = format!("/service-requests/{}", said["requestId"].as_str().expect("an id"));
        let next = ada.get(&path).await.expect(200);
        assert_eq!((&next["subject"], &next["status"], &next["queueId"]), (&json!("Broken"), &json!("new"), &queue["id"]));
        assert_eq!(next["number"], "SR-1002");
        let links = ada.get(&format!("{path}/links")).await.expect(200);
        assert_eq!((&links["items"][0]["otherId"], &links["items"][0]["kind"]), (&made["id"], &json!("follows")));
        assert_eq!(now(&ada, &made).await["status"], "closed");
        let steps = ada.get(&format!("{path}/history")).await.expect(200);
        assert_eq!(steps["items"].as_array().map(Vec::len), Some(1));
    }

    async fn the_same_mail_never_doubles_and_the_same_message_is_written_once(world) {
        let ada = world.ada().await;
        let made = request(&ada, json!({ "subject": "Mail" })).await;
        let mail = json!({ "kind": "customer", "body": "Hello", "channel": "email", "messageId": "<1@mail.example>",
            "inReplyTo": "<0@mail.example>", "references": ["<0@mail.example>"] });
        let first = write(&ada, &made, mail.clone()).await.expect(201);
        let (one, two) = tokio::join!(write(&ada, &made, mail.clone()), write(&ada, &made, mail));
        assert_eq!((&one.expect(201)["id"], &two.expect(201)["id"]), (&first["id"], &first["id"]));
        let fresh = json!({ "kind": "customer", "body": "Hello", "messageId": "<2@mail.example>" });
        let (one, two) = tokio::join!(write(&ada, &made, fresh.clone()), write(&ada, &made, fresh));
        assert_eq!(one.expect(201)["id"], two.expect(201)["id"]);
        let id = uuid::Uuid::now_v7();
        for _ in 0..2 {
            let note = json!({ "id": id, "kind": "note", "body": "Once" });
            assert_eq!(write(&ada, &made, note).await.expect(201)["id"], json!(id));
        }
        write(&ada, &made, json!({ "id": id, "kind": "note", "body": "Twice" })).await.expect(409);
        let all = ada.get(&at("/service-requests/{id}/messages?count=true", &made)).await.expect(200);
        assert_eq!(all["total"], 3);
        assert_eq!(ada.get(&at("/request-messages/{id}", &first)).await.expect(200)["references"], json!(["<0@mail.example>"]));
    }

    async fn whoever_is_mentioned_is_told_and_what_is_wrong_is_said(world) {
        let ada = world.ada().await;
        let (bob, bob_id) = world.join("bob", "agent").await;
        let made = request(&ada, json!({ "subject": "Look" })).await;
        let note = json!({ "kind": "note", "body": "Have a look", "mentions": [bob_id["id"]] });
        write(&ada, &made, note).await.expect(201);
        let told = bob.get("/notifications").await.expect(200);
        assert_eq!((&told["items"][0]["kind"], &told["items"][0]["body"]), (&json!("request_mentioned"), &json!("Have a look")));
        assert_eq!(told["items"][0]["subject"], made["id"]);
        let nobody = "01890a5d-ac96-774b-bcce-b302099a8057";
        let wrong = json!({ "kind": "customer", "body": " ", "authorId": bob_id["id"], "status": "open", "mentions": [nobody],
            "contactId": nobody, "sentAt": "2030-01-01T00:00:00Z" });
        let refused = write(&ada, &made, wrong).await;
        let mut pointers = refused.pointers();
        pointers.sort();
        let expected = ["/authorId", "/body", "/contactId", "/mentions/0", "/sentAt", "/status"];
        assert_eq!((refused.status.as_u16(), pointers), (422, expected.map(str::to_owned).to_vec()));
        // In a status that it has already it stays.
        write(&ada, &made, json!({ "kind": "reply", "body": "Done", "status": "new" })).await.expect(201);
        let events = ada.events("types=rapport.request_message.created.v1", 2).await;
        assert_eq!(events["items"][1]["data"]["after"]["body"], "Done");
    }
}
