//! Who did what: a customer's timeline, and the audit trail of any record.

use serde_json::{Value, json};

use crate::harness::on_both_databases;

fn kinds(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().expect("items");
    items.iter().map(|entry| entry["type"].as_str().expect("a type")).collect()
}

on_both_databases! {
    async fn what_all_departments_do_is_in_one_timeline(world) {
        let ada = world.ada().await;
        let customer = ada.post("/customers", json!({ "kind": "organization", "name": "Acme" })).await.expect(201);
        let (id, path) = (&customer["id"], format!("/customers/{}", customer["id"].as_str().expect("an id")));
        ada.post("/contacts", json!({ "customerId": id, "name": "Bob" })).await.expect(201);
        let line = json!({ "description": "Work", "unitPrice": { "amount": "1.00", "currency": "USD" } });
        ada.post("/orders", json!({ "customerId": id, "lines": [line] })).await.expect(201);
        ada.patch(&path, json!({ "name": "Acme Ltd", "industry": "retail" })).await.expect(200);
        let timeline = ada.get(&format!("{path}/timeline")).await.expect(200);
        assert_eq!(
            kinds(&timeline),
            ["rapport.customer.updated.v1", "rapport.order.created.v1", "rapport.contact.created.v1", "rapport.customer.created.v1"]
        );
        let newest = &timeline["items"][0];
        assert_eq!((&newest["actor"]["kind"], &newest["actor"]["name"]), (&json!("user"), &json!("Ada Lovelace")));
        assert_eq!(newest["changes"], json!([
            { "member": "industry", "before": null, "after": "retail" },
            { "member": "name", "before": "Acme", "after": "Acme Ltd" },
        ]));
        let query = "query($id: UUID!) { customerTimeline(id: $id, first: 2) { nodes { type } pageInfo { endCursor hasNextPage } }
            customer(id: $id) { timeline(first: 1) { nodes { resource changes { member before after } } } } }";
        let data = ada.graphql(query, json!({ "id": id })).await;
        assert_eq!(data["customerTimeline"]["nodes"][1]["type"], "rapport.order.created.v1");
        assert_eq!(data["customer"]["timeline"]["nodes"][0]["changes"][1]["before"], "Acme");
        let first = ada.get(&format!("{path}/timeline?limit=3")).await.expect(200);
        let rest = ada.get(&format!("{path}/timeline?cursor={}", first["nextCursor"].as_str().expect("a cursor"))).await.expect(200);
        assert_eq!((kinds(&rest), &rest["nextCursor"]), (vec!["rapport.customer.created.v1"], &Value::Null));
        world.rita().await.get(&format!("{path}/timeline")).await.expect(404);
        ada.get(&format!("{path}/timeline?cursor=x&limit=0&colour=red")).await.expect(422);
        ada.get(&format!("{path}/timeline?cursor=x")).await.expect(404);
    }

    async fn an_audit_trail_needs_leave_of_its_own(world) {
        let ada = world.ada().await;
        let (rob, robs) = world.join("rob", "rep").await;
        let customer = rob.post("/customers", json!({ "kind": "person", "name": "Ann" })).await.expect(201);
        let subject = format!("/audit-entries?subject={}", customer["id"].as_str().expect("an id"));
        rob.get(&subject).await.expect(403);
        let trail = ada.get(&subject).await.expect(200);
        assert_eq!(kinds(&trail), ["rapport.customer.created.v1"]);
        assert_eq!(trail["items"][0]["actor"]["name"], "rob");
        let theirs = format!("/audit-entries?actor={}", robs["id"].as_str().expect("an id"));
        assert!(kinds(&ada.get(&theirs).await.expect(200)).contains(&"rapport.customer.created.v1"));
        let query = "query($actor: UUID!) { auditEntries(actor: $actor, first: 1) { nodes { type } } }";
        let data = ada.graphql(query, json!({ "actor": robs["id"] })).await;
        assert_eq!(data["auditEntries"]["nodes"][0]["type"], "rapport.customer.created.v1");

        let own = json!([
            { "resource": "audit", "verb": "read", "scope": "own" },
            { "resource": "customer", "verb": "read", "scope": "all" },
            { "resource": "customer", "verb": "create", "scope": "all" },
        ]);
        let role = ada.post("/roles", json!({ "name": "Self", "permissions": own })).await.expect(201);
        let (sue, _) = world.join_as("sue", &role["id"]).await;
        sue.post("/customers", json!({ "kind": "person", "name": "Bob" })).await.expect(201);
        let all = sue.get("/audit-entries").await.expect(200);
        let customers = kinds(&all).into_iter().filter(|kind| kind.starts_with("rapport.customer")).count();
        assert_eq!(customers, 1, "{all}");
        assert!(kinds(&sue.get(&subject).await.expect(200)).is_empty());
    }

    async fn only_what_somebody_else_has_changed_since_conflicts(world) {
        let ada = world.ada().await;
        let (max, _) = world.join("max", "manager").await;
        let new = json!({ "kind": "person", "name": "Ann", "city": "Rome" });
        let customer = ada.post("/customers", new).await.expect(201);
        let path = format!("/customers/{}", customer["id"].as_str().expect("an id"));
        // Both are offline with version 1.
        ada.patch(&path, json!({ "city": "Oslo" })).await.expect(200);
        let (role, _) = (ada.get("/roles?builtIn=admin").await.expect(200)["items"][0]["id"].clone(), max);
        let (eve, _) = world.join_as("eve", &role).await;
        let merged = eve.patch(&path, json!({ "name": "Anna", "baseVersion": 1 })).await.expect(200);
        assert_eq!((&merged["name"], &merged["city"], &merged["version"]), (&json!("Anna"), &json!("Oslo"), &json!(3)));
        let refused = eve.patch(&path, json!({ "city": "Bonn", "postalCode": "1", "baseVersion": 1 })).await.expect(409);
        assert_eq!(refused["errors"], json!([{
            "pointer": "/city", "detail": "somebody else has changed it since", "yours": "Bonn", "theirs": "Oslo",
        }]));
        // What one has changed oneself is no conflict, and neither is the same value.
        eve.patch(&path, json!({ "name": "Annie", "city": "Oslo", "baseVersion": 1 })).await.expect(200);
        eve.patch(&path, json!({ "city": "Bonn", "baseVersion": 4 })).await.expect(200);
        eve.patch(&path, json!({ "city": "Rom", "baseVersion": 99 })).await.expect(412);
        eve.patch(&path, json!({ "city": "Rom", "baseVersion": 0 })).await.expect(422);
        let change = "mutation($id: UUID!) { updateCustomer(id: $id, baseVersion: 1, input: { city: \"Rom\" }) { id } }";
        assert_eq!(ada.graphql_codes(change, json!({ "id": customer["id"] })).await, ["conflict"]);
    }
}
