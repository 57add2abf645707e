//! Customers move from stage to stage by the stages' rules, as the data and the time go on.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::harness::{Client, World, on_both_databases};

/// The path of a stage, by its key.
async fn stage(ada: &Client, key: &str) -> String {
    let found = ada.get(&format!("/lifecycle-stages?key={key}")).await.expect(200);
    format!("/lifecycle-stages/{}", found["items"][0]["id"].as_str().expect("an id"))
}

fn bought_within(span: &str) -> Value {
    json!({ "relation": { "name": "orders", "within": { "last": span } } })
}

async fn order(ada: &Client, customer: &Value) {
    let price = json!({ "amount": "10.00", "currency": "USD" });
    let line = json!({ "description": "Thing", "unitPrice": price });
    let new = json!({ "customerId": customer["id"], "currency": "USD", "lines": [line] });
    ada.post("/orders", new).await.expect(201);
}

async fn person(ada: &Client, name: &str) -> Value {
    ada.post("/customers", json!({ "kind": "person", "name": name })).await.expect(201)
}

/// The key of the stage that a customer is in, once all rules have been followed.
async fn where_is(world: &World, customer: &Value) -> String {
    world.catch_up().await;
    let query = "query($id: UUID!) { customer(id: $id) { stage { key } } }";
    let found = world.ada().await.graphql(query, json!({ "id": customer["id"] })).await;
    found["customer"]["stage"]["key"].as_str().expect("a key").to_owned()
}

on_both_databases! {
    async fn whoever_buys_is_a_customer_and_whoever_no_longer_does_lapses_by_time_alone(world) {
        let ada = world.ada().await;
        let ann = person(&ada, "Ann").await;
        let bea = person(&ada, "Bea").await;
        let rule = json!({ "entryRule": bought_within("P90D") });
        ada.patch(&stage(&ada, "transacting").await, rule).await.expect(200);
        let bought_once = json!({ "relation": { "name": "orders" } });
        let lapsed = json!({ "all": [bought_once, { "not": bought_within("P90D") }] });
        ada.patch(&stage(&ada, "lapsed").await, json!({ "entryRule": lapsed })).await.expect(200);
        assert_eq!(where_is(&world, &ann).await, "attracted");
        order(&ada, &ann).await;
        assert_eq!(where_is(&world, &ann).await, "transacting");
        world.advance(TimeDelta::days(89));
        assert_eq!(where_is(&world, &ann).await, "transacting");
        world.advance(TimeDelta::days(3));
        assert_eq!(where_is(&world, &ann).await, "lapsed");
        assert_eq!(where_is(&world, &bea).await, "attracted");
        order(&world.ada().await, &ann).await;
        assert_eq!(where_is(&world, &ann).await, "transacting", "lapsed, and back again");
        let path = format!("/customers/{}/lifecycle", ann["id"].as_str().expect("an id"));
        let moves = world.ada().await.get(&path).await.expect(200);
        let causes: Vec<&Value> = moves["items"].as_array().expect("moves").iter().map(|one| &one["cause"]).collect();
        assert_eq!(causes, ["rule", "rule", "rule"]);
        let told = world.ada().await.events("types=rapport.customer.moved.v1", 3).await;
        let data = &told["items"][0]["data"];
        assert_eq!(data["after"]["cause"], "rule");
        assert_eq!(data["before"]["stageId"], ann["stageId"]);
    }

    async fn a_rule_that_is_new_moves_everybody_it_speaks_of_and_what_somebody_has_decided_stays(world) {
        let ada = world.ada().await;
        let mut all = Vec::new();
        for n in 0..30 {
            all.push(person(&ada, &format!("Person {n}")).await);
        }
        for customer in all.iter().take(10) {
            order(&ada, customer).await;
        }
        world.catch_up().await;
        ada.patch(&stage(&ada, "transacting").await, json!({ "entryRule": bought_within("P90D") })).await.expect(200);
        world.catch_up().await;
        let id = stage(&ada, "transacting").await.replace("/lifecycle-stages/", "");
        let count = async |id: &str| ada.get(&format!("/customers?stageId={id}&count=true&limit=1")).await.expect(200)["total"].clone();
        assert_eq!(count(&id).await, 10);
        // Moved by hand, further on than the rule says: the rule moves nobody back.
        let loyal = stage(&ada, "loyal").await.replace("/lifecycle-stages/", "");
        let ann = format!("/customers/{}/move", all[0]["id"].as_str().expect("an id"));
        ada.post(&ann, json!({ "stageId": loyal })).await.expect(200);
        order(&ada, &all[0]).await;
        assert_eq!(where_is(&world, &all[0]).await, "loyal");
        assert_eq!(count(&id).await, 9);
    }

    async fn nobody_comes_back_by_a_rule_before_the_cooldown_has_passed(world) {
        let ada = world.ada().await;
        let vip = json!({ "compare": { "field": "tags", "eq": "vip" } });
        let rules = json!({ "entryRule": vip, "exitRule": { "not": vip }, "cooldownDays": 10 });
        ada.patch(&stage(&ada, "loyal").await, rules).await.expect(200);
        let ann = person(&ada, "Ann").await;
        let path = format!("/customers/{}", ann["id"].as_str().expect("an id"));
        let tag = async |tags: Value| world.ada().await.patch(&path, json!({ "tags": tags })).await.expect(200);
        tag(json!(["vip"])).await;
        assert_eq!(where_is(&world, &ann).await, "loyal");
        tag(json!([])).await;
        assert_eq!(where_is(&world, &ann).await, "attracted", "to where customers begin");
        tag(json!(["vip"])).await;
        assert_eq!(where_is(&world, &ann).await, "attracted", "not yet");
        world.advance(TimeDelta::days(9));
        assert_eq!(where_is(&world, &ann).await, "attracted");
        world.advance(TimeDelta::days(2));
        assert_eq!(where_is(&world, &ann).await, "loyal", "by time alone");
    }

    async fn nobody_is_lost_by_a_rule(world) {
        let ada = world.ada().await;
        let refused = ada.patch(&stage(&ada, "lost").await, json!({ "entryRule": { "all": [] } })).await;
        assert_eq!((refused.status.as_u16(), refused.pointers()), (422, vec!["/entryRule".to_owned()]));
    }
}
