//! Assets: what customers have of us, what is part of what, and what became of it.

use serde_json::{Value, json};

use crate::harness::{Answer, Client, on_both_databases};

fn at(path: &str, record: &Value) -> String {
    path.replace("{id}", record["id"].as_str().expect("an id"))
}

async fn customer(client: &Client, name: &str) -> Value {
    let new = json!({ "kind": "organization", "name": name });
    client.post("/customers", new).await.expect(201)
}

async fn product(ada: &Client, sku: &str) -> Value {
    let price = json!({ "amount": "100.00", "currency": "USD" });
    ada.post("/products", json!({ "sku": sku, "name": sku, "price": price })).await.expect(201)
}

async fn asset(client: &Client, customer: &Value, name: &str, more: Value) -> Value {
    made(client, customer, name, more).await.expect(201)
}

async fn made(client: &Client, customer: &Value, name: &str, more: Value) -> Answer {
    let mut new = more;
    new["customerId"] = customer["id"].clone();
    new["name"] = json!(name);
    client.post("/assets", new).await
}

fn details(answer: &Answer) -> Vec<String> {
    let errors = answer.json()["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().filter_map(|error| Some(error["detail"].as_str()?.to_owned())).collect()
}

fn refused(answer: &Answer, pointers: &[&str]) {
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert_eq!(answer.pointers(), pointers, "{}", answer.text);
}

on_both_databases! {
    async fn an_asset_has_a_life_that_is_told(world) {
        let ada = world.ada().await;
        let (acme, bolt) = (customer(&ada, "Acme").await, customer(&ada, "Bolt").await);
        let press = product(&ada, "PRESS").await;
        let more = json!({ "serialNumber": "P-1", "productId": press["id"], "status": "planned", "city": "Hamburg" });
        let line = asset(&ada, &acme, "Press 1", more.clone()).await;
        assert_eq!((&line["status"], &line["version"]), (&json!("planned"), &json!(1)));
        assert_eq!(made(&ada, &acme, "Another", more).await.status, 409);
        let path = at("/assets/{id}", &line);
        let wrong = ada.patch(&path, json!({ "status": "in_repair" })).await;
        refused(&wrong, &["/status"]);
        assert_eq!(
            details(&wrong)[0],
            "the asset is planned and cannot become in_repair; it may become: in_use, out_of_service, retired"
        );
        ada.patch(&path, json!({ "status": "in_use", "installedOn": "2026-01-02" })).await.expect(200);
        ada.patch(&path, json!({ "description": "Blue" })).await.expect(200);
        ada.patch(&path, json!({ "customerId": bolt["id"], "city": "Bremen" })).await.expect(200);
        let history = ada.get(&format!("{path}/history?limit=2")).await.expect(200);
        let told = |page: &Value, n: usize| {
            let step = &page["items"][n];
            (step["status"].clone(), step["customerId"].clone(), step["city"].clone(), step["assetVersion"].clone())
        };
        // What is written down of it without a change of these is no step.
        assert_eq!(told(&history, 0), (json!("in_use"), bolt["id"].clone(), json!("Bremen"), json!(4)));
        assert_eq!(told(&history, 1), (json!("in_use"), acme["id"].clone(), json!("Hamburg"), json!(2)));
        let next = history["nextCursor"].as_str().expect("more");
        let rest = ada.get(&format!("{path}/history?limit=2&cursor={next}")).await.expect(200);
        assert_eq!(told(&rest, 0), (json!("planned"), acme["id"].clone(), json!("Hamburg"), json!(1)));
        assert_eq!(rest["nextCursor"], Value::Null);
        let query = "query($id: UUID!) { asset(id: $id) { status customer { name } product { sku } history(first: 2) { nodes { city actorKind } pageInfo { hasNextPage } } } }";
        let seen = ada.graphql(query, json!({ "id": line["id"] })).await;
        assert_eq!(seen["asset"]["customer"]["name"], "Bolt");
        assert_eq!(seen["asset"]["history"]["nodes"][0], json!({ "city": "Bremen", "actorKind": "USER" }));
        assert_eq!(seen["asset"]["history"]["pageInfo"]["hasNextPage"], true);
        let events = ada.events("types=rapport.asset.status_changed.v1", 1).await;
        assert_eq!(events["items"][0]["subject"], line["id"]);
        let found = ada.get("/assets?q=P-1&customerId=".to_owned().as_str()).await;
        assert_eq!(found.status, 422, "{}", found.text);
        assert_eq!(ada.get("/assets?q=P-1").await.expect(200)["items"][0]["id"], line["id"]);
    }

    async fn parts_go_with_what_they_are_parts_of_and_never_in_a_circle(world) {
        let ada = world.ada().await;
        let (acme, bolt) = (customer(&ada, "Acme").await, customer(&ada, "Bolt").await);
        let hall = asset(&ada, &acme, "Hall", json!({})).await;
        let line = asset(&ada, &acme, "Line", json!({ "parentId": hall["id"] })).await;
        let motor = asset(&ada, &acme, "Motor", json!({ "parentId": line["id"] })).await;
        for parent in [&hall, &motor] {
            let circle = ada.patch(&at("/assets/{id}", &hall), json!({ "parentId": parent["id"] })).await;
            refused(&circle, &["/parentId"]);
        }
        let others = asset(&ada, &bolt, "Press", json!({})).await;
        let strange = ada.patch(&at("/assets/{id}", &motor), json!({ "parentId": others["id"] })).await;
        assert_eq!(details(&strange), ["is no asset of this customer"]);
        let whole = ada.delete(&at("/assets/{id}", &line)).await;
        assert_eq!(whole.status, 409, "{}", whole.text);

        ada.patch(&at("/assets/{id}", &hall), json!({ "customerId": bolt["id"] })).await.expect(200);
        let moved = ada.get(&at("/assets/{id}", &motor)).await.expect(200);
        assert_eq!((&moved["customerId"], &moved["version"]), (&bolt["id"], &json!(2)));
        let mut parent = asset(&ada, &acme, "Level 1", json!({})).await;
        for level in 2..=10 {
            parent = asset(&ada, &acme, &format!("Level {level}"), json!({ "parentId": parent["id"] })).await;
        }
        let deep = made(&ada, &acme, "Level 11", json!({ "parentId": parent["id"] })).await;
        assert_eq!(details(&deep), ["makes it deeper than 10 levels"]);
        let of = json!({ "relation": { "name": "assets", "filter": { "compare": { "field": "name", "eq": "Motor" } } } });
        let who = ada.post("/customers/search", json!({ "filter": of })).await.expect(200);
        assert_eq!(who["items"][0]["id"], bolt["id"]);
    }

    async fn an_asset_knows_the_line_of_the_order_it_was_bought_by(world) {
        let ada = world.ada().await;
        let (acme, bolt) = (customer(&ada, "Acme").await, customer(&ada, "Bolt").await);
        let (press, saw) = (product(&ada, "PRESS").await, product(&ada, "SAW").await);
        let order = json!({ "customerId": acme["id"], "lines": [{ "productId": press["id"], "quantity": "2" }] });
        let order = ada.post("/orders", order).await.expect(201);
        let of_it = json!({ "orderId": order["id"], "orderLine": 1 });
        let first = asset(&ada, &acme, "Press 1", of_it.clone()).await;
        assert_eq!(first["productId"], press["id"]);
        let wrong = json!({ "orderId": order["id"], "orderLine": 1, "productId": saw["id"] });
        refused(&made(&ada, &acme, "Saw", wrong).await, &["/productId"]);
        refused(&made(&ada, &acme, "Ghost", json!({ "orderId": order["id"], "orderLine": 2 })).await, &["/orderLine"]);
        refused(&made(&ada, &acme, "Nowhere", json!({ "orderLine": 1 })).await, &["/orderLine"]);
        refused(&made(&ada, &bolt, "Press 2", of_it).await, &["/orderId"]);
        let known = json!({ "name": "Press 3", "customerId": acme["id"], "serialNumber": "77" });
        let made = ada.put("/assets/by-external/erp/A77", known.clone()).await.expect(201);
        let same = ada.put("/assets/by-external/erp/A77", known).await.expect(200);
        assert_eq!((&made["id"], &same["version"]), (&same["id"], &json!(1)));
        let input = json!({ "source": "erp", "externalId": "A77", "asset": { "name": "Press 4", "customerId": acme["id"] } });
        let mutation = "mutation($input: UpsertAsset!) { upsertAsset(input: $input) { name serialNumber version } }";
        let told = ada.graphql(mutation, json!({ "input": input })).await;
        assert_eq!(told["upsertAsset"], json!({ "name": "Press 4", "serialNumber": "77", "version": 2 }));
    }
}
