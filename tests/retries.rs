//! Requests that may be repeated: a client that has lost an answer asks again and doubles nothing.

use chrono::TimeDelta;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, on_both_databases};

async fn create(client: &Client, key: &str, name: &str) -> Answer {
    let body = json!({ "kind": "person", "name": name });
    client.send(Method::POST, "/customers", Some(body), &[("idempotency-key", key)]).await
}

async fn customers(client: &Client) -> Value {
    client.get("/customers?count=true").await.expect(200)["total"].clone()
}

on_both_databases! {
    async fn a_request_with_a_key_is_done_once_and_answered_alike(world) {
        let ada = world.ada().await;
        let first = create(&ada, "k-1", "Ann").await;
        let again = create(&ada, "k-1", "Ann").await;
        for header in ["location", "etag", "content-type"] {
            assert_eq!(first.header(header), again.header(header), "{header}");
        }
        assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), ("", "true"));
        assert_eq!(first.text, again.text);
        first.expect(201);
        again.expect(201);
        assert_eq!(customers(&ada).await, 1);
        let events = ada.events("types=rapport.customer.*", 1).await;
        assert_eq!(events["items"].as_array().map(Vec::len), Some(1));
    }

    async fn a_patch_with_a_key_is_done_once(world) {
        let ada = world.ada().await;
        let location = create(&ada, "k-1", "Ann").await.header("location").to_owned();
        let path = location.trim_start_matches("/api/v1");
        for _ in 0..3 {
            let body = Some(json!({ "name": "Anna" }));
            let patched = ada.send(Method::PATCH, path, body, &[("idempotency-key", "k-2")]).await;
            assert_eq!(patched.expect(200)["version"], 2);
        }
    }

    async fn of_twenty_at_once_with_one_key_one_is_done(world) {
        let ada = world.ada().await;
        let answers = join_all((0..20).map(|_| create(&ada, "k-1", "Ann"))).await;
        let mut ids: Vec<String> = Vec::new();
        for answer in answers {
            match answer.status.as_u16() {
                201 => ids.push(answer.json()["id"].to_string()),
                409 => assert_eq!((answer.json()["code"].as_str(), answer.header("retry-after")), (Some("under_way"), "1")),
                _ => { answer.expect(201); }
            }
        }
        ids.dedup();
        assert_eq!(ids, [create(&ada, "k-1", "Ann").await.expect(201)["id"].to_string()]);
        assert_eq!(customers(&ada).await, 1);
    }

    async fn a_key_names_one_request_of_one_caller(world) {
        let ada = world.ada().await;
        create(&ada, "k-1", "Ann").await.expect(201);
        let other = create(&ada, "k-1", "Bob").await;
        assert_eq!(other.pointers(), ["/Idempotency-Key"]);
        other.expect(422);
        let (rob, _) = world.join("rob", "rep").await;
        create(&rob, "k-1", "Bob").await.expect(201);
        create(&world.rita().await, "k-1", "Bob").await.expect(201);
        assert_eq!(customers(&ada).await, 2);
        for wrong in ["", "with space", &"x".repeat(256)] {
            create(&ada, wrong, "Ann").await.expect(400);
        }
        create(&world.stranger(), "k-1", "Ann").await.expect(401);
    }

    async fn what_was_refused_does_not_use_the_key_up(world) {
        let ada = world.ada().await;
        create(&ada, "k-1", "").await.expect(422);
        create(&ada, "k-1", "Ann").await.expect(201);
        assert_eq!(customers(&ada).await, 1);
    }

    async fn a_key_is_good_for_a_day(world) {
        let ada = world.ada().await;
        let first = create(&ada, "k-1", "Ann").await.expect(201);
        world.advance(TimeDelta::hours(23));
        let ada = world.ada().await;
        assert_eq!(create(&ada, "k-1", "Ann").await.expect(201)["id"], first["id"]);
        world.advance(TimeDelta::hours(2));
        let ada = world.ada().await;
        assert_ne!(create(&ada, "k-1", "Ann").await.expect(201)["id"], first["id"]);
    }

    async fn mutations_with_a_key_are_done_once(world) {
        let ada = world.ada().await;
        let body = json!({ "query": "mutation { createCustomer(input: { kind: PERSON, name: \"Ann\" }) { id owner { name } } }" });
        let send = async || {
            ada.send(Method::POST, "/graphql", Some(body.clone()), &[("idempotency-key", "k-1")]).await.expect(200)
        };
        let first = send().await;
        assert_eq!(first["data"]["createCustomer"]["owner"]["name"], "Ada Lovelace");
        assert_eq!(send().await, first);
        assert_eq!(customers(&ada).await, 1);
        let wrong = json!({ "query": "mutation { createCustomer(input: { kind: PERSON, name: \"Bob\" }) { id } deleteCustomer(id: \"01890000-0000-7000-8000-000000000000\") { id } }" });
        let partly = ada.send(Method::POST, "/graphql", Some(wrong), &[("idempotency-key", "k-2")]).await.json();
        assert!(partly["errors"].is_array());
    }

    async fn everything_that_is_made_can_be_made_with_a_key(world) {
        let ada = world.ada().await;
        let rule = json!({ "compare": { "field": "name", "eq": "Ann" } });
        let made = [
            ("/teams", json!({ "name": "North" })),
            ("/roles", json!({ "name": "Reader", "permissions": [] })),
            ("/products", json!({ "sku": "A", "name": "A", "price": { "amount": "1.00", "currency": "USD" } })),
            ("/segments", json!({ "name": "Anns", "rule": rule })),
            ("/segments/preview", json!({ "rule": rule })),
        ];
        for (path, body) in made {
            let send = async || ada.send(Method::POST, path, Some(body.clone()), &[("idempotency-key", path)]).await;
            let (first, again) = (send().await, send().await);
            assert!(first.status.is_success(), "{path}: {}", first.text);
            assert_eq!((first.text, again.header("idempotency-replayed")), (again.text.clone(), "true"), "{path}");
        }
    }
}
