//! Segments over both APIs: membership follows every change.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::harness::{Client, on_both_databases};

async fn organization(ada: &Client, name: &str, industry: &str) -> Value {
    let new = json!({ "kind": "organization", "name": name, "industry": industry });
    ada.post("/customers", new).await.expect(201)
}

async fn order(ada: &Client, customer: &Value, day: &str, amount: &str) -> Value {
    let price = json!({ "amount": amount, "currency": "USD" });
    let line = json!({ "description": "Thing", "unitPrice": price });
    let new = json!({ "customerId": customer["id"], "orderedOn": day, "lines": [line] });
    ada.post("/orders", new).await.expect(201)
}

fn large_retail() -> Value {
    json!({ "all": [
        { "compare": { "field": "kind", "eq": "organization" } },
        { "compare": { "field": "industry", "eq": "retail" } },
        { "relation": {
            "name": "orders",
            "within": { "from": "2017-07-01", "to": "2017-12-31" },
            "count": { "gte": 2 },
            "sum": { "field": "total", "gt": { "amount": "60000", "currency": "USD" } }
        } }
    ] })
}

async fn members(ada: &Client, segment: &Value) -> Vec<String> {
    let id = segment["id"].as_str().expect("an id");
    let page = ada.get(&format!("/segments/{id}/members?sort=name")).await.expect(200);
    let items = page["items"].as_array().expect("items").iter();
    items.map(|item| item["name"].as_str().expect("a name").to_owned()).collect()
}

on_both_databases! {
    async fn membership_follows_a_changed_order(world) {
        let ada = world.ada().await;
        let (one, two) = (organization(&ada, "One", "retail").await, organization(&ada, "Two", "retail").await);
        for customer in [&one, &two] {
            order(&ada, customer, "2017-07-01", "40000").await;
        }
        let last = order(&ada, &one, "2017-12-31", "20000.01").await;
        order(&ada, &two, "2018-01-01", "20000.01").await;
        let new = json!({ "name": "Large retail", "rule": large_retail() });
        let segment = ada.post("/segments", new).await.expect(201);
        world.catch_up().await;
        assert_eq!(members(&ada, &segment).await, ["One"]);
        let path = format!("/orders/{}", last["id"].as_str().expect("an id"));
        let price = json!({ "amount": "20000", "currency": "USD" });
        let less = json!({ "lines": [{ "description": "Thing", "unitPrice": price }] });
        ada.patch(&path, less).await.expect(200);
        world.catch_up().await;
        assert_eq!(members(&ada, &segment).await, Vec::<String>::new());
        order(&ada, &two, "2017-10-01", "30000").await;
        world.catch_up().await;
        assert_eq!(members(&ada, &segment).await, ["Two"]);
        let query = "query($id: UUID!) { segment(id: $id) { memberCount members { totalCount nodes { name } } rule } }";
        let data = ada.graphql(query, json!({ "id": segment["id"] })).await;
        assert_eq!(data["segment"]["memberCount"], 1);
        assert_eq!(data["segment"]["members"]["nodes"][0]["name"], "Two");
        assert_eq!(data["segment"]["members"]["totalCount"], 1);
    }

    async fn a_preview_tells_whom_a_rule_would_select_and_saves_nothing(world) {
        let ada = world.ada().await;
        organization(&ada, "One", "retail").await;
        organization(&ada, "Two", "finance").await;
        let rule = json!({ "not": { "compare": { "field": "industry", "eq": "retail" } } });
        let preview = ada.post("/segments/preview", json!({ "rule": rule })).await.expect(200);
        assert_eq!((&preview["count"], &preview["sample"][0]["name"]), (&json!(1), &json!("Two")));
        let query = "query($rule: Rule!) { previewSegment(rule: $rule) { count sample { name } } }";
        let data = ada.graphql(query, json!({ "rule": rule })).await;
        assert_eq!(data["previewSegment"], json!({ "count": 1, "sample": [{ "name": "Two" }] }));
        assert_eq!(ada.get("/segments?count=true").await.expect(200)["total"], 0);
    }

    async fn customers_without_orders_satisfy_fewer_than_one(world) {
        let ada = world.ada().await;
        let one = organization(&ada, "One", "retail").await;
        organization(&ada, "Two", "retail").await;
        order(&ada, &one, "2017-07-01", "10").await;
        for (rule, names) in [
            (json!({ "count": { "lt": 1 } }), vec!["Two"]),
            (json!({ "count": { "gte": 0 } }), vec!["One", "Two"]),
            (json!({ "sum": { "field": "total", "lt": "5" } }), vec!["Two"]),
            (json!({ "max": { "field": "total", "lt": "5" } }), vec![]),
            (json!({}), vec!["One"]),
        ] {
            let mut relation = rule.clone();
            relation["name"] = json!("orders");
            let search = json!({ "filter": { "relation": relation }, "sort": "name" });
            let found = ada.post("/customers/search", search).await.expect(200);
            let found: Vec<&str> =
                found["items"].as_array().expect("items").iter().filter_map(|item| item["name"].as_str()).collect();
            assert_eq!(found, names, "{rule}");
        }
    }

    async fn time_alone_moves_members_and_lists(world) {
        let ada = world.ada().await;
        let one = organization(&ada, "One", "retail").await;
        order(&ada, &one, "2026-11-21", "10").await;
        let born = json!({ "kind": "person", "name": "Two", "birthday": "2000-02-29" });
        ada.post("/customers", born).await.expect(201);
        let rule = json!({ "relation": { "name": "orders", "within": { "last": "P90D" } } });
        let new = json!({ "name": "Bought lately", "rule": rule });
        let segment = ada.post("/segments", new).await.expect(201);
        let lapsed = json!({ "relation": { "name": "orders", "max": { "field": "orderedOn", "lt": { "now": "-P90D" } } } });
        let birthday = json!({ "compare": { "field": "birthday", "anniversary": { "from": "-P3D", "to": "P7D" } } });
        let listed = async |rule: &Value| {
            let query = "query($rule: Rule!) { customers(filter: $rule) { nodes { name } } }";
            let ada = world.ada().await;
            let search = ada.post("/customers/search", json!({ "filter": rule })).await.expect(200);
            let data = ada.graphql(query, json!({ "rule": rule })).await;
            let names = |items: &Value| -> Vec<String> {
                let items = items.as_array().expect("items").iter();
                items.map(|item| item["name"].as_str().expect("a name").to_owned()).collect()
            };
            assert_eq!(names(&search["items"]), names(&data["customers"]["nodes"]));
            names(&search["items"])
        };
        world.catch_up().await;
        assert_eq!(members(&ada, &segment).await, ["One"]);
        assert_eq!(listed(&lapsed).await, Vec::<String>::new());
        assert_eq!(listed(&birthday).await, Vec::<String>::new());
        world.advance(TimeDelta::days(90));
        world.catch_up().await;
        let ada = world.ada().await;
        assert_eq!(members(&ada, &segment).await, ["One"], "on the 90th day");
        assert_eq!(listed(&birthday).await, Vec::<String>::new(), "it is 19 February");
        world.advance(TimeDelta::days(2));
        world.catch_up().await;
        let ada = world.ada().await;
        assert_eq!(members(&ada, &segment).await, Vec::<String>::new());
        assert_eq!(listed(&lapsed).await, ["One"]);
        assert_eq!(listed(&birthday).await, ["Two"], "2027 has no 29 February");
    }

    async fn what_is_wrong_with_a_rule_on_time_is_named_at_its_place(world) {
        let ada = world.ada().await;
        for (rule, status, place) in [
            (json!({ "compare": { "field": "birthday", "lt": { "now": "-PT5H" } } }), 422, "/filter/compare/lt"),
            (json!({ "compare": { "field": "createdAt", "lt": { "now": "yesterday" } } }), 422, "/filter/compare/lt"),
            (json!({ "compare": { "field": "city", "eq": { "now": "-P1D" } } }), 422, "/filter/compare/eq"),
            (json!({ "compare": { "field": "createdAt", "anniversary": {} } }), 422, "/filter/compare/anniversary"),
            (
                json!({ "compare": { "field": "birthday", "anniversary": { "from": "P2D", "to": "P1D" } } }),
                409,
                "/filter/compare/anniversary",
            ),
            (json!({ "relation": { "name": "orders", "within": { "last": "P1DT5H" } } }), 422, "/filter/relation/within/last"),
            (
                json!({ "relation": { "name": "orders", "within": { "last": "P1D", "from": "2026-01-01" } } }),
                422,
                "/filter/relation/within",
            ),
        ] {
            let answer = ada.post("/customers/search", json!({ "filter": rule })).await;
            assert_eq!((answer.status.as_u16(), answer.pointers()), (status, vec![place.to_owned()]), "{rule}: {}", answer.text);
        }
    }
}
