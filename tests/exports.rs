//! Exports over the API: what a filtered list gives, however much it is.

use serde_json::{Value, json};

use crate::harness::{Client, World, on_both_databases};

async fn exported(world: &World, client: &Client, new: Value) -> (Value, String) {
    let made = client.post("/exports", new).await.expect(201);
    assert_eq!(made["state"], "queued");
    let path = format!("/exports/{}", made["id"].as_str().expect("an id"));
    assert_eq!(client.get(&format!("{path}/file")).await.status, 409, "it is not done");
    world.work().await;
    let done = client.get(&path).await.expect(200);
    assert_eq!(done["state"], "succeeded", "{done}");
    let file = client.get(&format!("{path}/file")).await;
    assert_eq!(file.status, 200);
    assert_eq!(done["bytes"], file.text.len());
    (done, file.text)
}

/// More customers than fit a page.
async fn many(client: &Client, world: &World, count: usize) {
    let rows = (0..count)
        .map(|n| format!("{n},organization,Customer {n},{}\n", ["Berlin", "Bonn"][n % 2]));
    let file = format!("externalId,kind,name,city\n{}", rows.collect::<String>());
    client.upload("/imports?kind=customers&source=erp", "text/csv", file).await.expect(201);
    world.work().await;
}

on_both_databases! {
    async fn an_export_is_what_a_filtered_list_gives(world) {
        let ada = world.ada().await;
        many(&ada, &world, 2500).await;
        let filter = json!({ "compare": { "field": "city", "eq": "Bonn" } });
        let new = json!({ "kind": "customers", "format": "ndjson", "filter": filter, "sort": "name" });
        let (done, file) = exported(&world, &ada, new).await;
        assert_eq!(done["rows"], 1250);
        let lines: Vec<Value> = file.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let mut listed: Vec<Value> = Vec::new();
        let mut cursor = Value::Null;
        while listed.is_empty() || !cursor.is_null() {
            let search = json!({ "filter": filter, "sort": "name", "limit": 200, "cursor": cursor });
            let page = ada.post("/customers/search", search).await.expect(200);
            listed.extend(page["items"].as_array().expect("items").iter().cloned());
            cursor = page["nextCursor"].clone();
        }
        assert_eq!(lines.len(), listed.len());
        assert_eq!(lines, listed);
    }

    async fn cells_are_inert_and_a_file_can_be_imported_again_unchanged(world) {
        let ada = world.ada().await;
        let names = ["=cmd|'/C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "'=quoted", "O'Neill \"x\", y", "two\nlines", "-5"];
        for (n, name) in names.iter().enumerate() {
            let new = json!({ "kind": "person", "name": name, "phone": "+4930901820" });
            ada.put(&format!("/customers/by-external/erp/{n}"), new).await.expect(201);
        }
        let fields = ["externalId", "name", "kind", "phone"];
        let (_, file) = exported(&world, &ada, json!({ "kind": "customers", "fields": fields, "sort": "externalId" })).await;
        assert!(file.starts_with("externalId,name,kind,phone\n0,'=cmd|'/C calc'!A0,person,+4930901820\n"), "{file}");
        for inert in ["'+1+1", "'-1+1", "'@SUM(A1)", "''=quoted", ",-5,"] {
            assert!(file.contains(inert), "{inert}: {file}");
        }
        let import = ada.upload("/imports?kind=customers&source=erp", "text/csv", file).await.expect(201);
        world.work().await;
        let done = ada.get(&format!("/imports/{}", import["id"].as_str().expect("an id"))).await.expect(200);
        assert_eq!((&done["unchanged"], &done["failed"]), (&json!(8), &json!(0)), "{done}");
    }

    async fn amounts_take_two_columns_and_orders_have_their_lines_in_json(world) {
        let ada = world.ada().await;
        let price = json!({ "amount": "4.20", "currency": "EUR" });
        ada.post("/products", json!({ "sku": "A", "name": "Thing", "price": price })).await.expect(201);
        let fields = json!({ "kind": "products", "fields": ["sku", "price"] });
        let (_, file) = exported(&world, &ada, fields).await;
        assert_eq!(file, "sku,price,currency\nA,4.20,EUR\n");
        let customer = ada.post("/customers", json!({ "kind": "person", "name": "Ann" })).await.expect(201);
        let line = json!({ "description": "Thing", "unitPrice": price });
        let order = json!({ "customerId": customer["id"], "currency": "EUR", "lines": [line] });
        let order = ada.post("/orders", order).await.expect(201);
        let (_, file) = exported(&world, &ada, json!({ "kind": "orders", "format": "ndjson" })).await;
        assert_eq!(serde_json::from_str::<Value>(&file).expect("JSON"), order);
    }

    async fn nobody_gets_more_than_they_may_read(world) {
        let ada = world.ada().await;
        let own = |resource: &str, verb: &str| json!({ "resource": resource, "verb": verb, "scope": "own" });
        let permissions = [own("customer", "read"), own("customer", "create"), own("export", "read"), own("export", "create")];
        let role = ada.post("/roles", json!({ "name": "Own", "permissions": permissions })).await.expect(201);
        let (lone, _) = world.join_as("lone", &role["id"]).await;
        ada.post("/customers", json!({ "kind": "person", "name": "Ann" })).await.expect(201);
        lone.post("/customers", json!({ "kind": "person", "name": "Bob" })).await.expect(201);
        let (done, file) = exported(&world, &lone, json!({ "kind": "customers", "fields": ["name"] })).await;
        assert_eq!((&done["rows"], file.as_str()), (&json!(1), "name\nBob\n"));
        assert_eq!(lone.post("/exports", json!({ "kind": "orders" })).await.status, 403);
        let relation = json!({ "relation": { "name": "orders" } });
        assert_eq!(lone.post("/exports", json!({ "kind": "customers", "filter": relation })).await.status, 403);
        let path = format!("/exports/{}", done["id"].as_str().expect("an id"));
        let (other, _) = world.join("other", "marketer").await;
        let rita = world.rita().await;
        for stranger in [&other, &rita] {
            for of in ["", "/file", "/progress"] {
                assert_eq!(stranger.get(&format!("{path}{of}")).await.status, 404, "{of}");
            }
        }
    }

    async fn what_is_wrong_with_an_export_is_said_at_once(world) {
        let ada = world.ada().await;
        let filter = json!({ "compare": { "field": "nothing", "eq": 1 } });
        let wrong = ada.post("/exports", json!({ "kind": "customers", "filter": filter })).await;
        assert_eq!((wrong.status.as_u16(), wrong.pointers()), (422, vec!["/filter/compare/field".to_owned()]), "{}", wrong.text);
        let wrong = ada.post("/exports", json!({ "kind": "customers", "fields": ["name", "nope", "name"] })).await;
        assert_eq!((wrong.status.as_u16(), wrong.pointers()), (409, vec!["/fields/1".to_owned(), "/fields/2".to_owned()]));
        let wrong = ada.post("/exports", json!({ "kind": "customers", "sort": "nope" })).await;
        assert_eq!((wrong.status.as_u16(), wrong.pointers()), (422, vec!["/sort".to_owned()]));
    }

    async fn an_export_is_called_off_repeated_and_kept_for_a_week(world) {
        let ada = world.ada().await;
        let id = "019aa6cd-6f51-7c12-9d67-3c5b52a4e7f0";
        let new = json!({ "id": id, "kind": "customers" });
        ada.post("/exports", new.clone()).await.expect(201);
        assert_eq!(ada.post("/exports", new).await.expect(201)["id"], id);
        assert_eq!(ada.post("/exports", json!({ "id": id, "kind": "orders" })).await.status, 409);
        assert_eq!(ada.post(&format!("/exports/{id}/cancel"), json!({})).await.expect(200)["state"], "cancelled");
        world.work().await;
        assert_eq!(ada.get(&format!("/exports/{id}/file")).await.status, 409);
        let (done, file) = exported(&world, &ada, json!({ "kind": "contacts", "fields": ["id", "name"] })).await;
        assert_eq!(file, "id,name\n", "nothing, under its header");
        world.advance(chrono::TimeDelta::days(8));
        let ada = world.ada().await;
        let path = format!("/exports/{}/file", done["id"].as_str().expect("an id"));
        assert_eq!(ada.get(&path).await.status, 404);
    }

    async fn graphql_exports_too(world) {
        let ada = world.ada().await;
        ada.post("/customers", json!({ "kind": "person", "name": "Ann" })).await.expect(201);
        let query = "mutation($input: NewExport!) { createExport(input: $input) { id state filePath filter fields } }";
        let rule = json!({ "compare": { "field": "name", "eq": "Ann" } });
        let input = json!({ "kind": "CUSTOMERS", "format": "CSV", "filter": rule, "fields": ["name"] });
        let made = ada.graphql(query, json!({ "input": input })).await["createExport"].clone();
        assert_eq!((&made["filter"]["compare"]["eq"], &made["fields"]), (&json!("Ann"), &json!(["name"])));
        world.work().await;
        let file = ada.get(made["filePath"].as_str().expect("a path")).await;
        assert_eq!(file.text, "name\nAnn\n");
    }
}
