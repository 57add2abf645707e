//! Scores over both APIs: RFM, tiers of revenue and formulas follow every change, and tell of who comes into another tier.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Client, on_both_databases};

async fn customer(ada: &Client, name: &str) -> Value {
    let new = json!({ "kind": "organization", "name": name, "employees": 10 });
    ada.post("/customers", new).await.expect(201)
}

async fn order(ada: &Client, customer: &Value, day: &str, amount: &str) -> Value {
    let price = json!({ "amount": amount, "currency": "USD" });
    let line = json!({ "description": "Thing", "unitPrice": price });
    let new = json!({ "customerId": customer["id"], "orderedOn": day, "lines": [line] });
    ada.post("/orders", new).await.expect(201)
}

async fn score(ada: &Client, key: &str, definition: Value) -> Value {
    let new = json!({ "name": format!("The {key}"), "key": key, "definition": definition });
    ada.post("/scores", new).await.expect(201)
}

fn path(of: &str, record: &Value) -> String {
    format!("/{of}/{}", record["id"].as_str().expect("an id"))
}

fn column(page: &Value, name: &str) -> Vec<Value> {
    let items = page["items"].as_array().expect("items").iter();
    items.map(|item| item[name].clone()).collect()
}

on_both_databases! {
    async fn a_tier_of_revenue_follows_orders_and_is_told(world) {
        let ada = world.ada().await;
        let (big, small) = (customer(&ada, "Big").await, customer(&ada, "Small").await);
        order(&ada, &big, "2026-11-01", "900").await;
        order(&ada, &small, "2026-11-02", "100").await;
        let value = score(&ada, "value", json!({ "valueTier": {} })).await;
        world.catch_up().await;
        let results = format!("{}/results", path("scores", &value));
        let page = ada.get(&format!("{results}?count=true")).await.expect(200);
        assert_eq!(page["total"], 2);
        assert_eq!(column(&page, "tier"), ["A", "B"]);
        assert_eq!(column(&page, "value"), [900.0, 100.0]);
        assert_eq!(page["items"][0]["revenue"], json!({ "amount": "900.00", "currency": "USD" }));
        order(&ada, &small, "2026-11-03", "8000").await;
        world.catch_up().await;
        let page = ada.get(&results).await.expect(200);
        assert_eq!(column(&page, "customerId"), [small["id"].clone(), big["id"].clone()]);
        let only = ada.get(&format!("{results}?tier=B")).await.expect(200);
        assert_eq!(column(&only, "customerId"), [big["id"].clone()]);
        assert_eq!(ada.get(&format!("{results}?tier=Z")).await.expect(200)["items"], json!([]));

        let told = ada.events("types=rapport.customer.scored.v1", 4).await;
        let moves: Vec<(Value, Value)> = told["items"].as_array().expect("items").iter().map(|event| {
            assert_eq!(event["data"]["after"]["scoreKey"], "value");
            (event["data"]["before"]["tier"].clone(), event["data"]["after"]["tier"].clone())
        }).collect();
        assert_eq!(moves.len(), 4);
        assert!(moves.contains(&(json!("A"), json!("B"))) && moves.contains(&(json!("B"), json!("A"))));
        let of_big = ada.get(&format!("{}/timeline", path("customers", &big))).await.expect(200);
        assert_eq!(of_big["items"][0]["type"], "rapport.customer.scored.v1", "{of_big}");
    }

    async fn results_are_paged_in_a_stable_order(world) {
        let ada = world.ada().await;
        for n in 0..7 {
            let customer = customer(&ada, &format!("C{n}")).await;
            order(&ada, &customer, "2026-11-01", &format!("{}", 100 + n % 3)).await;
        }
        let value = score(&ada, "value", json!({ "valueTier": {} })).await;
        world.catch_up().await;
        let all = ada.get(&format!("{}/results", path("scores", &value))).await.expect(200);
        let mut paged = Vec::new();
        let mut next = format!("{}/results?limit=2", path("scores", &value));
        loop {
            let page = ada.get(&next).await.expect(200);
            paged.extend(page["items"].as_array().expect("items").clone());
            let Some(cursor) = page["nextCursor"].as_str() else { break };
            next = format!("{}/results?limit=2&cursor={cursor}", path("scores", &value));
        }
        assert_eq!(json!(paged), all["items"]);
        assert_eq!(paged.len(), 7);
        ada.get(&format!("{}/results?cursor=x", path("scores", &value))).await.expect(404);
        ada.get(&format!("{}/results?limit=0", path("scores", &value))).await.expect(422);
        let query = "query($id: UUID!, $after: String) { scoreResults(id: $id, first: 4, after: $after) {
            totalCount pageInfo { endCursor hasNextPage } nodes { value customer { name } score { key } } } }";
        let page = ada.graphql(query, json!({ "id": value["id"] })).await["scoreResults"].clone();
        assert_eq!((&page["totalCount"], &page["pageInfo"]["hasNextPage"]), (&json!(7), &json!(true)));
        assert_eq!(page["nodes"][0]["score"]["key"], "value");
        let after = &page["pageInfo"]["endCursor"];
        let rest = ada.graphql(query, json!({ "id": value["id"], "after": after })).await["scoreResults"].clone();
        assert_eq!(rest["nodes"].as_array().expect("nodes").len(), 3);
    }

    async fn a_preview_tells_what_a_definition_would_give_and_saves_nothing(world) {
        let ada = world.ada().await;
        let one = customer(&ada, "One").await;
        order(&ada, &one, "2026-11-01", "70").await;
        let definition = json!({ "formula": {
            "expression": "employees + orders.count",
            "tiers": [{ "name": "large", "from": 11 }, { "name": "small", "from": 0 }],
        } });
        let preview = ada.post("/scores/preview", json!({ "definition": definition })).await.expect(200);
        assert_eq!(preview["distribution"]["customers"], 1);
        assert_eq!(preview["distribution"]["tiers"][0], json!({
            "tier": "large", "customers": 1, "orders": null, "revenue": null, "averageValue": 11.0,
        }));
        assert_eq!(ada.get("/scores?count=true").await.expect(200)["total"], 0);

        let made = score(&ada, "size", definition).await;
        let path = format!("{}/preview", path("scores", &made));
        let other = json!({ "definition": { "valueTier": {} } });
        let preview = ada.post(&path, other.clone()).await.expect(200);
        assert_eq!(preview["distribution"]["tiers"][0]["revenue"]["amount"], "70.00");
        let same = ada.post(&path, json!({})).await.expect(200);
        assert_eq!(same["distribution"]["tiers"][0]["tier"], "large");
        let query = "query($id: UUID!, $definition: ScoreDefinition!) {
            previewScoreChange(id: $id, definition: $definition) { ordersInOtherCurrencies
                distribution { customers tiers { tier customers orders } thresholds { tiers } } }
            previewScore(definition: $definition) { distribution { customers } }
            scoreDistribution(id: $id) { customers } }";
        let variables = json!({ "id": made["id"], "definition": other["definition"] });
        let data = ada.graphql(query, variables).await;
        assert_eq!(data["previewScoreChange"]["distribution"]["tiers"][0]["orders"], 1);
        assert_eq!(data["previewScore"]["distribution"]["customers"], 1);
    }

    async fn a_definition_is_checked_and_every_fault_named(world) {
        let ada = world.ada().await;
        let wrong = json!({ "name": "X", "key": "x", "definition": { "rfm": {
            "recencyBounds": [1, 2, 3],
            "groups": [{ "name": "A", "recency": { "from": 9 } }],
        } } });
        let answer = ada.post("/scores", wrong).await.expect(422);
        assert_eq!(answer["errors"][0]["pointer"], "/definition/rfm/groups/0/recency/from", "{answer}");
        for (definition, status, at) in [
            (json!({ "rfm": { "recencyBounds": [1, 2, 3] } }), 422, "/definition/rfm/recencyBounds"),
            (json!({ "formula": { "expression": "1 + " } }), 409, "/definition/formula/expression"),
            (json!({ "formula": { "expression": "scores.none" } }), 409, "/definition/formula/expression"),
            (json!({ "valueTier": { "orders": { "window": "P0D" } } }), 422, "/definition/valueTier/orders/window"),
        ] {
            let new = json!({ "name": "X", "key": "x", "definition": definition });
            let answer = ada.post("/scores", new).await.expect(status);
            assert_eq!(answer["errors"][0]["pointer"], at, "{answer}");
        }
        let both = json!({ "name": "X", "key": "x", "definition": { "rfm": {}, "valueTier": {} } });
        ada.post("/scores", both).await.expect(422);
    }

    async fn a_score_has_the_life_of_a_record(world) {
        let ada = world.ada().await;
        let one = customer(&ada, "One").await;
        let made = score(&ada, "size", json!({ "formula": { "expression": "employees" } })).await;
        assert_eq!((&made["kind"], &made["version"]), (&json!("formula"), &json!(1)));
        let taken = json!({ "name": "Other", "key": "size", "definition": { "rfm": {} } });
        ada.post("/scores", taken).await.expect(409);
        let at = path("scores", &made);
        let of_one = format!("{}/scores", path("customers", &one));
        let has = ada.get(&of_one).await.expect(200);
        assert_eq!((&has["items"][0]["scoreKey"], &has["items"][0]["value"]), (&json!("size"), &json!(10.0)));
        let changed = ada.patch(&at, json!({ "definition": { "formula": { "expression": "2 * employees" } } }));
        assert_eq!(changed.await.expect(200)["version"], 2);
        world.catch_up().await;
        assert_eq!(ada.get(&of_one).await.expect(200)["items"][0]["value"], 20.0);
        let query = "query($id: UUID!) { customer(id: $id) { scores { value score { name definition } } }
            customerScores(id: $id) { nodes { scoreKey } } }";
        let data = ada.graphql(query, json!({ "id": one["id"] })).await;
        assert_eq!(data["customer"]["scores"][0]["value"], 20.0);
        assert_eq!(data["customer"]["scores"][0]["score"]["definition"]["formula"]["expression"], "2 * employees");
        assert_eq!(data["customerScores"]["nodes"][0]["scoreKey"], "size");
        let (stale, _) = ("\"1\"", ());
        ada.send(Method::PATCH, &at, Some(json!({ "name": "New" })), &[("if-match", stale)]).await.expect(412);
        ada.delete(&at).await.expect(204);
        world.catch_up().await;
        assert_eq!(ada.get(&of_one).await.expect(200)["items"], json!([]));
        ada.get(&format!("{at}/results")).await.expect(404);
        ada.post(&format!("{at}/restore"), json!({})).await.expect(200);
        world.catch_up().await;
        assert_eq!(ada.get(&of_one).await.expect(200)["items"][0]["value"], 20.0);
    }

    async fn one_sees_the_scores_of_customers_one_may_see(world) {
        let ada = world.ada().await;
        let role = json!({ "name": "Few", "permissions": [
            { "resource": "customer", "verb": "read", "scope": "own" },
            { "resource": "customer", "verb": "create", "scope": "own" },
            { "resource": "score", "verb": "read", "scope": "all" },
            { "resource": "event", "verb": "read", "scope": "all" },
        ] });
        let role = ada.post("/roles", role).await.expect(201);
        let (few, _) = world.join_as("few", &role["id"]).await;
        let hers = customer(&ada, "Hers").await;
        let theirs = customer(&few, "Theirs").await;
        let size = json!({ "formula": { "expression": "employees", "tiers": [{ "name": "all", "from": 0 }] } });
        let made = score(&ada, "size", size).await;
        world.catch_up().await;
        let at = path("scores", &made);
        let page = few.get(&format!("{at}/results?count=true")).await.expect(200);
        assert_eq!((column(&page, "customerId"), &page["total"]), (vec![theirs["id"].clone()], &json!(1)));
        assert_eq!(few.get(&format!("{at}/distribution")).await.expect(200)["customers"], 1);
        assert_eq!(ada.get(&format!("{at}/distribution")).await.expect(200)["customers"], 2);
        few.get(&format!("{}/scores", path("customers", &hers))).await.expect(404);
        let definition = json!({ "formula": { "expression": "employees" } });
        few.post("/scores/preview", json!({ "definition": definition })).await.expect(403);
        ada.events("types=rapport.customer.scored.v1", 2).await;
        let told = few.get("/events?types=rapport.customer.scored.v1").await.expect(200);
        assert_eq!(column(&told, "subject"), [theirs["id"].clone()]);
    }
}
