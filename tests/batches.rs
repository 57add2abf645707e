//! Many operations in one request.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Client, on_both_databases};

fn statuses(results: &Value) -> Vec<i64> {
    let results = results["results"].as_array().expect("results");
    results.iter().filter_map(|result| result["status"].as_i64()).collect()
}

fn person(name: &str) -> Value {
    json!({ "create": { "kind": "person", "name": name } })
}

async fn total(client: &Client, of: &str) -> Value {
    client.get(&format!("/{of}?count=true")).await.expect(200)["total"].clone()
}

on_both_databases! {
    async fn of_operations_that_stand_for_themselves_each_is_answered(world) {
        let ada = world.ada().await;
        let (max, _) = world.join("max", "admin").await;
        let (org, gone) = (Uuid::now_v7(), Uuid::now_v7());
        let there = ada.post("/customers", json!({ "kind": "person", "name": "There" })).await.expect(201)["id"].clone();
        max.patch(&format!("/customers/{}", there.as_str().expect("an id")), json!({ "city": "Oslo" })).await.expect(200);
        let batch = json!({ "operations": [
            { "create": { "id": org, "kind": "organization", "name": "Acme" } },
            { "create": { "kind": "organization", "name": "Acme Nord", "parentId": org } },
            { "create": { "kind": "robot", "colour": "red" } },
            { "update": { "id": org, "patch": { "city": "Berlin" } } },
            { "update": { "id": org, "baseVersion": 1, "patch": { "city": "Bonn" } } },
            { "update": { "id": there, "baseVersion": 1, "patch": { "city": "Bonn" } } },
            { "update": { "id": gone, "patch": { "city": "Bonn" } } },
            { "create": { "kind": "person", "name": "Ann", "ownerId": gone } },
            { "dance": {} },
            { "create": { "id": gone, "kind": "person", "name": "Bob" } },
            { "delete": { "id": gone, "version": 7 } },
            { "delete": { "id": gone } },
        ] });
        let answer = ada.post("/customers/batch", batch.clone()).await;
        let results = answer.expect(207);
        assert_eq!(statuses(&results), [201, 201, 422, 200, 200, 409, 404, 409, 422, 201, 412, 204], "{results}");
        let of = |n: usize, path: &str| results["results"][n].pointer(path).cloned().unwrap_or_default();
        assert_eq!([of(0, "/record/name"), of(3, "/record/city")], ["Acme", "Berlin"]);
        let pointers: Vec<Value> = (0..3).map(|n| of(2, &format!("/problem/errors/{n}/pointer"))).collect();
        for member in ["kind", "colour", "name"] {
            assert!(pointers.contains(&json!(format!("/operations/2/create/{member}"))), "{pointers:?}");
        }
        assert_eq!(of(5, "/problem/errors/0/pointer"), "/operations/5/update/patch/city");
        assert_eq!((of(5, "/problem/errors/0/theirs"), of(7, "/problem/errors/0/pointer")), (json!("Oslo"), json!("/operations/7/create/ownerId")));
        assert_eq!(total(&ada, "customers").await, 3);
        let all = json!({ "operations": (0..250).map(|n| person(&format!("P{n}"))).collect::<Vec<_>>() });
        let results = ada.post("/customers/batch", all).await.expect(200);
        assert_eq!(statuses(&results), vec![201; 250]);
        assert_eq!(total(&ada, "customers").await, 253);
    }

    async fn of_atomic_operations_all_are_done_or_none_and_every_fault_is_named(world) {
        let ada = world.ada().await;
        let org = Uuid::now_v7();
        let price = json!({ "amount": "9.90", "currency": "USD" });
        let mut batch = json!({ "atomic": true, "operations": [
            { "customer": { "create": { "id": org, "kind": "organization", "name": "Acme" } } },
            { "contact": { "create": { "customerId": org, "name": "Bob", "email": "no address" } } },
            { "order": { "create": { "customerId": org, "lines": [{ "description": "Thing", "unitPrice": price }] } } },
            { "contact": { "create": { "customerId": Uuid::now_v7(), "name": "Nobody's" } } },
            { "customer": { "delete": { "id": Uuid::now_v7() } } },
        ] });
        let problem = ada.post("/batch", batch.clone()).await.expect(422);
        let mut pointers: Vec<&str> = problem["errors"].as_array().expect("errors").iter().filter_map(|e| e["pointer"].as_str()).collect();
        pointers.sort_unstable();
        let wrong = ["/operations/1/contact/create/email", "/operations/3/contact/create/customerId", "/operations/4/customer/delete"];
        assert_eq!(pointers, wrong);
        for of in ["customers", "contacts", "orders"] {
            assert_eq!(total(&ada, of).await, 0, "{of}");
        }
        batch["operations"].as_array_mut().expect("operations").truncate(3);
        batch["operations"][1]["contact"]["create"]["email"] = json!("bob@acme.example");
        let results = ada.post("/batch", batch).await.expect(200);
        assert_eq!(statuses(&results), [201, 201, 201]);
        assert_eq!(results["results"][2]["record"]["lines"][0]["description"], "Thing");
        let events = ada.events("types=rapport.customer.*,rapport.contact.*,rapport.order.*&after=start", 3).await;
        let of: Vec<&str> = events["items"].as_array().expect("events").iter().filter_map(|e| e["type"].as_str()).collect();
        assert_eq!(of, ["rapport.customer.created.v1", "rapport.contact.created.v1", "rapport.order.created.v1"]);
    }

    async fn a_batch_with_a_key_is_done_once(world) {
        let ada = world.ada().await;
        let key = [("idempotency-key", "batch-1")];
        let batch = json!({ "operations": [person("Ann"), { "create": {} }, person("Bob")] });
        let first = ada.send(Method::POST, "/customers/batch", Some(batch.clone()), &key).await;
        let again = ada.send(Method::POST, "/customers/batch", Some(batch), &key).await;
        assert_eq!(first.text, again.text);
        assert_eq!(statuses(&first.expect(207)), [201, 422, 201]);
        again.expect(207);
        assert_eq!(total(&ada, "customers").await, 2);
        // One that failed as a whole has left nothing, and its key is free.
        let key = [("idempotency-key", "batch-2")];
        let wrong = json!({ "atomic": true, "operations": [person("Cleo"), { "create": {} }] });
        ada.send(Method::POST, "/customers/batch", Some(wrong), &key).await.expect(422);
        let right = json!({ "atomic": true, "operations": [person("Cleo"), person("Dora")] });
        ada.send(Method::POST, "/customers/batch", Some(right), &key).await.expect(200);
        assert_eq!(total(&ada, "customers").await, 4);
    }

    async fn of_mutations_with_a_key_an_atomic_batch_that_fails_leaves_nothing_and_the_others_stay(world) {
        let ada = world.ada().await;
        let query = r#"mutation {
            createCustomer(input: { kind: PERSON, name: "Ann" }) { id }
            batchCustomers(input: { atomic: true, operations: [
                { create: { kind: PERSON, name: "Bob" } }
                { delete: { id: "01890a5d-ac96-774b-bcce-b302099a8057" } }
            ] }) { status }
        }"#;
        let body = json!({ "query": query });
        let answer = ada.send(Method::POST, "/graphql", Some(body), &[("idempotency-key", "m-1")]).await.json();
        assert_eq!(answer["errors"][0]["extensions"]["errors"][0]["pointer"], "/operations/1/delete", "{answer}");
        let names = ada.get("/customers").await.expect(200)["items"].clone();
        let names: Vec<&str> = names.as_array().expect("items").iter().filter_map(|c| c["name"].as_str()).collect();
        assert!(names.is_empty() || names == ["Ann"], "{names:?}");
        let events = ada.get("/events?after=start&types=rapport.customer.*").await.expect(200);
        assert!(!events.to_string().contains("Bob"));
    }

    async fn graphql_does_batches_too_and_gives_back_records_of_their_types(world) {
        let ada = world.ada().await;
        let org = Uuid::now_v7();
        let query = "mutation($input: RecordBatch!) { batchRecords(input: $input) { status problem record {
            __typename ... on Customer { name contacts { name } } ... on Contact { customer { name } } } } }";
        let input = json!({ "operations": [
            { "customer": { "create": { "id": org, "kind": "ORGANIZATION", "name": "Acme" } } },
            { "contact": { "create": { "customerId": org, "name": "Bob" } } },
            { "customer": { "update": { "id": org, "version": 9, "patch": { "city": "Oslo" } } } },
            { "customer": { "delete": { "id": org } } },
        ] });
        let results = ada.graphql(query, json!({ "input": input })).await["batchRecords"].clone();
        let found: Vec<&Value> = results.as_array().expect("results").iter().map(|result| &result["status"]).collect();
        assert_eq!(found, [201, 201, 412, 204]);
        assert_eq!((&results[1]["record"]["__typename"], &results[1]["record"]["customer"]["name"]), (&json!("Contact"), &json!("Acme")));
        assert_eq!(results[2]["problem"]["code"], "stale");
        let query = "mutation($input: CustomerBatch!) { batchCustomers(input: $input) { status record { name } } }";
        let input = json!({ "atomic": true, "operations": [{ "create": { "kind": "PERSON", "name": "Ann" } }] });
        let results = ada.graphql(query, json!({ "input": input })).await["batchCustomers"].clone();
        assert_eq!(results, json!([{ "status": 201, "record": { "name": "Ann" } }]));
    }

    async fn a_batch_has_one_to_a_thousand_operations_and_obeys_permissions(world) {
        let ada = world.ada().await;
        let problem = ada.post("/customers/batch", json!({ "operations": [] })).await.expect(422);
        assert_eq!(problem["errors"][0]["pointer"], "/operations");
        let many = json!({ "operations": vec![person("P"); 1_001] });
        ada.post("/customers/batch", many).await.expect(422);
        ada.post("/customers/batch", json!({ "atomic": "no", "operations": {} })).await.expect(422);
        let grants = json!([{ "resource": "customer", "verb": "create", "scope": "all" }, { "resource": "customer", "verb": "read", "scope": "all" }]);
        let role = ada.post("/roles", json!({ "name": "Only new ones", "permissions": grants })).await.expect(201);
        let (max, _) = world.join_as("max", &role["id"]).await;
        let made = ada.post("/customers", json!({ "kind": "person", "name": "Ann" })).await.expect(201);
        let batch = json!({ "operations": [person("Bob"), { "delete": { "id": made["id"] } }] });
        assert_eq!(statuses(&max.post("/customers/batch", batch.clone()).await.expect(207)), [201, 403]);
        let mut atomic = batch;
        atomic["atomic"] = json!(true);
        max.post("/customers/batch", atomic).await.expect(409);
        assert_eq!(total(&ada, "customers").await, 2);
        max.post("/orders/batch", json!({ "operations": [{ "delete": { "id": made["id"] } }] })).await.expect(403);
    }
}
