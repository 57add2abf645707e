//! Calls, mails, visits and the like, over both APIs.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Client, on_both_databases};

async fn customer(client: &Client, name: &str) -> Value {
    let new = json!({ "kind": "organization", "name": name });
    client.post("/customers", new).await.expect(201)["id"].clone()
}

fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().expect("items").iter();
    items.map(|item| item["name"].as_str().expect("a name")).collect()
}

on_both_databases! {
    async fn an_interaction_says_who_when_and_which_way_where_nobody_else_does(world) {
        let ada = world.ada().await;
        let me = ada.get("/me").await.expect(200)["user"]["id"].clone();
        let acme = customer(&ada, "Acme").await;
        let bob = json!({ "customerId": acme, "name": "Bob" });
        let bob = ada.post("/contacts", bob).await.expect(201)["id"].clone();
        let call = ada.post("/interactions", json!({ "kind": "call", "customerId": acme, "contactId": bob })).await.expect(201);
        assert_eq!((&call["direction"], &call["ownerId"]), (&json!("outbound"), &me));
        assert_eq!(call["occurredAt"], "2026-11-21T12:00:00Z");
        for (kind, direction) in [("note", "internal"), ("chat", "inbound"), ("purchase_contact", "inbound")] {
            let made = ada.post("/interactions", json!({ "kind": kind, "customerId": acme })).await.expect(201);
            assert_eq!(made["direction"], direction);
        }
        let query = "query($id: UUID!) { customer(id: $id) { interactions(first: 4) { kind contact { name } owner { name } } } }";
        let data = ada.graphql(query, json!({ "id": acme })).await;
        assert_eq!(data["customer"]["interactions"].as_array().map(Vec::len), Some(4));
        let made = "mutation($c: UUID!) { createInteraction(input: { kind: MESSAGE, customerId: $c, channel: \"whatsapp\", \
            occurredAt: \"2026-11-21T13:30:00.1234567+01:00\" }) { id occurredAt customer { name } } }";
        let message = ada.graphql(made, json!({ "c": acme })).await["createInteraction"].clone();
        assert_eq!((&message["customer"]["name"], &message["occurredAt"]), (&json!("Acme"), &json!("2026-11-21T12:30:00.123456+00:00")));
        let latest = ada.graphql(query, json!({ "id": acme })).await;
        assert_eq!(latest["customer"]["interactions"][0]["kind"], "MESSAGE");
    }

    async fn whom_it_names_must_be_there_and_belong_together(world) {
        let ada = world.ada().await;
        let (acme, other) = (customer(&ada, "Acme").await, customer(&ada, "Other").await);
        let bob = ada.post("/contacts", json!({ "customerId": acme, "name": "Bob" })).await.expect(201)["id"].clone();
        let wrong = json!({ "kind": "call", "customerId": other, "contactId": bob, "ownerId": other });
        let refused = ada.post("/interactions", wrong).await;
        assert_eq!((refused.status.as_u16(), refused.pointers()), (409, vec!["/contactId".to_owned(), "/ownerId".to_owned()]));
        let wrong = json!({ "kind": "fax", "occurredAt": "yesterday", "durationSeconds": -1, "mood": "fine" });
        let mut pointers = ada.post("/interactions", wrong).await.pointers();
        pointers.sort();
        assert_eq!(pointers, ["/customerId", "/durationSeconds", "/kind", "/mood", "/occurredAt"]);
        let call = ada.post("/interactions", json!({ "kind": "call", "customerId": acme, "contactId": bob })).await.expect(201);
        let path = format!("/interactions/{}", call["id"].as_str().expect("an id"));
        assert_eq!(ada.patch(&path, json!({ "customerId": other })).await.pointers(), ["/contactId"]);
        let moved = ada.patch(&path, json!({ "customerId": other, "contactId": null })).await.expect(200);
        assert_eq!((&moved["customerId"], &moved["contactId"]), (&other, &Value::Null));
        ada.patch(&path, json!({ "occurredAt": null })).await.expect(422);
    }

    async fn words_times_and_kinds_are_found(world) {
        let ada = world.ada().await;
        let acme = customer(&ada, "Acme").await;
        for (kind, at, subject) in [
            ("call", "2026-10-01T08:00:00Z", "Renewal of the Élodie contract"),
            ("visit", "2026-11-01T08:00:00Z", "Fair"),
        ] {
            let new = json!({ "kind": kind, "customerId": acme, "occurredAt": at, "subject": subject, "body": "About prices" });
            ada.post("/interactions", new).await.expect(201);
        }
        let count = async |query: &str| ada.get(&format!("/interactions?count=true&{query}")).await.expect(200)["total"].clone();
        assert_eq!(count("q=elodie").await, 1);
        assert_eq!(count("q=pri%20fai").await, 1);
        assert_eq!(count("kind=call").await, 1);
        let since = json!({ "filter": { "compare": { "field": "occurredAt", "gte": "2026-10-15T00:00:00Z" } }, "sort": "-occurredAt" });
        let found = ada.post("/interactions/search", since).await.expect(200);
        assert_eq!(found["items"].as_array().map(Vec::len), Some(1));
    }

    async fn rules_speak_of_them_and_segments_follow(world) {
        let ada = world.ada().await;
        let (called, forgotten) = (customer(&ada, "Called").await, customer(&ada, "Forgotten").await);
        let call = |customer: &Value, at: &str| json!({ "kind": "call", "customerId": customer, "occurredAt": at });
        ada.post("/interactions", call(&called, "2026-11-01T08:00:00Z")).await.expect(201);
        ada.post("/interactions", call(&forgotten, "2026-08-01T08:00:00Z")).await.expect(201);
        let silent = json!({ "relation": {
            "name": "interactions", "filter": { "compare": { "field": "kind", "eq": "call" } },
            "within": { "from": "2026-09-22", "to": "2026-11-21" }, "count": { "lt": 1 },
        } });
        let found = ada.post("/customers/search", json!({ "filter": silent })).await.expect(200);
        assert_eq!(names(&found), ["Forgotten"]);
        let segment = ada.post("/segments", json!({ "name": "Silent", "rule": silent })).await.expect(201);
        let members = format!("/segments/{}/members", segment["id"].as_str().expect("an id"));
        world.catch_up().await;
        assert_eq!(names(&ada.get(&members).await.expect(200)), ["Forgotten"]);
        ada.post("/interactions", call(&forgotten, "2026-11-20T08:00:00Z")).await.expect(201);
        world.catch_up().await;
        assert!(names(&ada.get(&members).await.expect(200)).is_empty());
    }

    async fn another_systems_interaction_is_made_once_and_changed_after(world) {
        let ada = world.ada().await;
        let acme = customer(&ada, "Acme").await;
        let path = "/interactions/by-external/pbx/call-77";
        let new = json!({ "kind": "call", "customerId": acme, "direction": "inbound", "occurredAt": "2026-11-20T08:00:00Z" });
        let made = ada.put(path, new).await.expect(201);
        let more = json!({ "kind": "call", "customerId": acme, "durationSeconds": 61 });
        let changed = ada.put(path, more).await.expect(200);
        assert_eq!((&changed["id"], &changed["durationSeconds"]), (&made["id"], &json!(61)));
        assert_eq!((&changed["direction"], &changed["occurredAt"]), (&json!("inbound"), &made["occurredAt"]));
        assert_eq!((&changed["source"], &changed["externalId"]), (&json!("pbx"), &json!("call-77")));
        let upsert = "mutation($c: UUID!) { upsertInteraction(input: { source: \"pbx\", externalId: \"call-77\", \
            interaction: { kind: CALL, customerId: $c, outcome: \"reached\" } }) { version outcome } }";
        let data = ada.graphql(upsert, json!({ "c": acme })).await;
        assert_eq!(data["upsertInteraction"], json!({ "version": 3, "outcome": "reached" }));
        ada.delete(&format!("/interactions/{}", text(&made["id"]))).await.expect(204);
        let new = json!({ "kind": "call", "customerId": acme });
        assert_eq!(ada.put(path, new).await.expect(409)["code"], "refused");
    }

    async fn a_create_that_is_repeated_makes_one_whatever_time_it_is_then(world) {
        let ada = world.ada().await;
        let acme = customer(&ada, "Acme").await;
        let new = json!({ "id": uuid::Uuid::now_v7(), "kind": "call", "customerId": acme });
        let first = ada.post("/interactions", new.clone()).await.expect(201);
        world.advance(chrono::TimeDelta::minutes(5));
        assert_eq!(ada.post("/interactions", new).await.expect(201), first);
    }

    async fn reps_write_down_their_own_and_read_all(world) {
        let ada = world.ada().await;
        let acme = customer(&ada, "Acme").await;
        let (rob, me) = world.join("rob", "rep").await;
        let (vic, _) = world.join("vic", "viewer").await;
        let hers = ada.post("/interactions", json!({ "kind": "call", "customerId": acme })).await.expect(201);
        let his = rob.post("/interactions", json!({ "kind": "visit", "customerId": acme })).await.expect(201);
        assert_eq!(his["ownerId"], me["id"]);
        let path = |of: &Value| format!("/interactions/{}", text(&of["id"]));
        rob.get(&path(&hers)).await.expect(200);
        rob.patch(&path(&hers), json!({ "outcome": "none" })).await.expect(404);
        rob.patch(&path(&his), json!({ "outcome": "agreed" })).await.expect(200);
        let elses = json!({ "kind": "visit", "customerId": acme, "ownerId": hers["ownerId"] });
        rob.post("/interactions", elses).await.expect(403);
        vic.get(&path(&his)).await.expect(200);
        vic.post("/interactions", json!({ "kind": "call", "customerId": acme })).await.expect(403);
    }

    async fn it_is_in_the_customers_timeline_and_comes_back_when_restored(world) {
        let ada = world.ada().await;
        let acme = customer(&ada, "Acme").await;
        let made = ada.post("/interactions", json!({ "kind": "email", "customerId": acme, "subject": "Offer" })).await;
        let (tag, made) = (made.header("etag").to_owned(), made.expect(201));
        let path = format!("/interactions/{}", text(&made["id"]));
        ada.send(Method::PATCH, &path, Some(json!({ "outcome": "read" })), &[("if-match", &tag)]).await.expect(200);
        ada.send(Method::PATCH, &path, Some(json!({ "outcome": "lost" })), &[("if-match", &tag)]).await.expect(412);
        ada.delete(&path).await.expect(204);
        ada.get(&path).await.expect(404);
        ada.post(&format!("{path}/restore"), json!({})).await.expect(200);
        let timeline = ada.get(&format!("/customers/{}/timeline", text(&acme))).await.expect(200);
        let kinds: Vec<&str> = timeline["items"].as_array().expect("items").iter().filter_map(|entry| entry["type"].as_str()).collect();
        let of = |what: &str| format!("rapport.interaction.{what}.v1");
        assert_eq!(kinds[..4], [of("restored"), of("deleted"), of("updated"), of("created")]);
    }

    async fn interactions_are_exported(world) {
        let ada = world.ada().await;
        let acme = customer(&ada, "Acme").await;
        ada.post("/interactions", json!({ "kind": "email", "customerId": acme, "subject": "=1+1" })).await.expect(201);
        let export = json!({ "kind": "interactions", "fields": ["kind", "subject", "occurredAt"] });
        let export = ada.post("/exports", export).await.expect(201);
        world.work().await;
        let file = ada.get(&format!("/exports/{}/file", text(&export["id"]))).await;
        assert_eq!(file.text, "kind,subject,occurredAt\nemail,'=1+1,2026-11-21T12:00:00Z\n");
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}
