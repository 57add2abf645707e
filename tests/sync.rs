//! Devices that are offline for a while: what they read, and what they wrote meanwhile.

use std::{collections::BTreeMap, time::Instant};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Client, PATIENCE, on_both_databases};

/// A device: what it keeps, and where it stands.
#[derive(Default)]
struct Device {
    kept: BTreeMap<String, Value>,
    cursor: Option<String>,
}

impl Device {
    /// Reads until it is up to date.
    async fn sync(&mut self, client: &Client, limit: u64) {
        loop {
            let cursor =
                self.cursor.as_ref().map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
            let page = client
                .get(&format!("/sync?types=customer,contact,order&limit={limit}{cursor}"))
                .await
                .expect(200);
            if page["reset"] == true {
                self.kept.clear();
            }
            for change in page["items"].as_array().expect("items") {
                let id = change["id"].as_str().expect("an id").to_owned();
                match change["fate"].as_str() {
                    Some("changed") => self.kept.insert(id, change["record"].clone()),
                    _ => self.kept.remove(&id),
                };
            }
            self.cursor = page["nextCursor"].as_str().map(str::to_owned);
            if page["more"] == false {
                return;
            }
        }
    }

    /// The same, until it has what it is to have: on PostgreSQL what is committed may be told a moment later.
    async fn sync_until(&mut self, client: &Client, names: &[&str]) {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            self.sync(client, 2).await;
            if self.names() == names {
                return;
            }
            tokio::task::yield_now().await;
        }
        assert_eq!(self.names(), names);
    }

    fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> =
            self.kept.values().filter_map(|record| record["name"].as_str()).collect();
        names.sort();
        names
    }
}

async fn customer(client: &Client, name: &str) -> String {
    let made =
        client.post("/customers", json!({ "kind": "person", "name": name })).await.expect(201);
    made["id"].as_str().expect("an id").to_owned()
}

fn write(key: &str, action: &str, id: Uuid, base: Option<i32>, data: Value) -> Value {
    let mut write =
        json!({ "key": key, "type": "customer", "action": action, "id": id, "data": data });
    if let Some(base) = base {
        write["baseVersion"] = json!(base);
    }
    write
}

on_both_databases! {
    async fn a_device_has_what_its_user_may_read_and_follows_it(world) {
        let ada = world.ada().await;
        let mut ids = Vec::new();
        for name in ["A", "B", "C", "D", "E"] {
            ids.push(customer(&ada, name).await);
        }
        let line = json!({ "description": "Work", "unitPrice": { "amount": "1.00", "currency": "USD" } });
        ada.post("/orders", json!({ "customerId": ids[0], "lines": [line] })).await.expect(201);
        let mut device = Device::default();
        device.sync_until(&ada, &["A", "B", "C", "D", "E"]).await;
        assert!(device.kept.values().any(|record| record["lines"][0]["description"] == "Work"));
        let cursor = device.cursor.clone();
        device.sync(&ada, 2).await;
        assert_eq!(device.cursor, cursor, "nothing new, and the cursor stays");
        ada.patch(&format!("/customers/{}", ids[1]), json!({ "name": "Bob" })).await.expect(200);
        ada.delete(&format!("/customers/{}", ids[2])).await.expect(204);
        customer(&ada, "F").await;
        device.sync_until(&ada, &["A", "Bob", "D", "E", "F"]).await;
        ada.post(&format!("/customers/{}/restore", ids[2]), json!({})).await.expect(200);
        device.sync_until(&ada, &["A", "Bob", "C", "D", "E", "F"]).await;
        ada.get("/sync?cursor=x").await.expect(404);
        let mut wrong = ada.get("/sync?types=ufo&limit=0&colour=red").await.pointers();
        wrong.sort();
        assert_eq!(wrong, ["/colour", "/limit"]);
        ada.get("/sync?types=ufo").await.expect(422);
        let mut rivals = Device::default();
        rivals.sync(&world.rita().await, 100).await;
        assert!(rivals.kept.is_empty());
    }

    async fn what_its_user_may_no_longer_read_goes_from_the_device(world) {
        let ada = world.ada().await;
        let own = |resource: &str, scope: &str| json!({ "resource": resource, "verb": "read", "scope": scope });
        let role = json!({ "name": "Own", "permissions": [own("customer", "own"), own("contact", "own"), own("event", "all")] });
        let role = ada.post("/roles", role).await.expect(201);
        let (rob, me) = world.join_as("rob", &role["id"]).await;
        let mut device = Device::default();
        let (hers, his) = (customer(&ada, "Hers").await, customer(&ada, "His").await);
        ada.post("/contacts", json!({ "customerId": his, "name": "Contact" })).await.expect(201);
        ada.patch(&format!("/customers/{his}"), json!({ "ownerId": me["id"] })).await.expect(200);
        device.sync_until(&rob, &["Contact", "His"]).await;
        ada.patch(&format!("/customers/{his}"), json!({ "ownerId": null })).await.expect(200);
        ada.patch(&format!("/customers/{hers}"), json!({ "ownerId": me["id"] })).await.expect(200);
        device.sync_until(&rob, &["Hers"]).await;
        // Their role: everything begins anew.
        let all = json!({ "permissions": [own("customer", "all"), own("event", "all")] });
        ada.patch(&format!("/roles/{}", role["id"].as_str().expect("an id")), all).await.expect(200);
        device.sync_until(&rob, &["Hers", "His"]).await;
        let none = json!({ "permissions": [own("product", "all"), own("event", "all")] });
        ada.patch(&format!("/roles/{}", role["id"].as_str().expect("an id")), none).await.expect(200);
        device.sync_until(&rob, &[]).await;
    }

    async fn writes_that_were_done_offline_are_done_once_and_each_is_answered(world) {
        let ada = world.ada().await;
        let (max, _) = world.join("max", "admin").await;
        let there: Uuid = customer(&ada, "There").await.parse().expect("an id");
        let (new, wrong) = (Uuid::now_v7(), Uuid::now_v7());
        max.patch(&format!("/customers/{there}"), json!({ "city": "Oslo" })).await.expect(200);
        let contact = json!({
            "key": "w-3", "type": "contact", "action": "create", "id": Uuid::now_v7(),
            "data": { "customerId": new, "name": "Their contact" },
        });
        let writes = json!({ "writes": [
            write("w-1", "create", new, None, json!({ "kind": "person", "name": "New" })),
            write("w-2", "create", wrong, None, json!({ "kind": "robot", "colour": "red" })),
            contact,
            write("w-4", "update", there, Some(1), json!({ "industry": "retail" })),
            write("w-5", "update", there, Some(1), json!({ "city": "Bonn" })),
            write("w-6", "update", Uuid::now_v7(), None, json!({ "city": "Bonn" })),
            write("w-7", "delete", new, None, json!({})),
        ] });
        let first = ada.post("/sync", writes.clone()).await.expect(200);
        let statuses: Vec<&str> = first["results"].as_array().expect("results").iter().filter_map(|r| r["status"].as_str()).collect();
        assert_eq!(statuses, ["applied", "refused", "applied", "merged", "conflict", "refused", "applied"], "{first}");
        let refused: Vec<&Value> = first["results"][1]["problem"]["errors"].as_array().expect("errors").iter().map(|e| &e["pointer"]).collect();
        assert_eq!(refused.len(), 3, "{refused:?}");
        let conflict = &first["results"][4]["problem"]["errors"][0];
        assert_eq!((&conflict["yours"], &conflict["theirs"]), (&json!("Bonn"), &json!("Oslo")));
        assert_eq!(first["results"][5]["problem"]["status"], 404);
        let again = ada.post("/sync", writes.clone()).await.expect(200);
        for n in [0, 2, 3, 6] {
            assert_eq!(again["results"][n], first["results"][n]);
        }
        assert_eq!(ada.get("/customers?count=true").await.expect(200)["total"], 1);
        let version = ada.get(&format!("/customers/{there}")).await.expect(200)["version"].clone();
        assert_eq!(version, 3);
        let mut other = writes.clone();
        other["writes"][0]["data"]["name"] = json!("Other");
        assert_eq!(ada.post("/sync", other).await.expect(200)["results"][0]["problem"]["status"], 422);
        ada.post("/sync", json!({ "writes": [] })).await.expect(422);
        let mutation = "mutation($input: UploadWrites!) { uploadWrites(input: $input) { key status record problem } }";
        let input = json!({ "writes": [{ "key": "g-1", "type": "CUSTOMER", "action": "CREATE", "id": Uuid::now_v7(), "data": { "kind": "person", "name": "G" } }] });
        let data = ada.graphql(mutation, json!({ "input": input })).await;
        assert_eq!(data["uploadWrites"][0]["status"], "APPLIED");
        let query = "{ changes(types: [\"customer\"], first: 10) { items { type fate record } more reset nextCursor } }";
        let data = ada.graphql(query, json!({})).await;
        assert_eq!((&data["changes"]["reset"], data["changes"]["items"].as_array().map(Vec::len)), (&json!(true), Some(2)));
    }
}
