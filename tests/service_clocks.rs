//! Service clocks: what was promised of a request, until when, and what came of it; told at its moment, each once.

use chrono::TimeDelta;
use futures_util::future::join_all;
use rapport_domain::{service::clocks::ServiceClocks, timed};
use serde_json::{Value, json};

use crate::harness::{Client, World, on_both_databases};

fn at(path: &str, record: &Value) -> String {
    path.replace("{id}", record["id"].as_str().expect("an id"))
}

/// A policy of the standard targets: an hour to the first response, two to the next, eight to the end.
async fn policy(ada: &Client, name: &str, position: u32, more: Value) -> Value {
    let target = |kind: &str, priority: &str, within: &str| json!({ "kind": kind, "priority": priority, "within": within });
    let mut new = json!({
        "name": name,
        "position": position,
        "targets": [
            target("first_response", "normal", "PT1H"),
            target("next_response", "normal", "PT2H"),
            target("resolution", "normal", "PT8H"),
            target("first_response", "urgent", "PT10M"),
            target("resolution", "urgent", "PT1H"),
        ],
        "pauses": [{ "kind": "resolution", "categories": ["waiting_for_customer"] }],
        "warnAtPercent": [50, 75],
    });
    for (name, value) in more.as_object().expect("members") {
        new[name] = value.clone();
    }
    ada.post("/service-policies", new).await.expect(201)
}

async fn request(client: &Client, more: Value) -> Value {
    let mut new = more;
    new["subject"] = json!("The press does not start");
    client.post("/service-requests", new).await.expect(201)
}

async fn clocks(client: &Client, request: &Value) -> Vec<Value> {
    let found = client.get(&at("/service-requests/{id}/clocks", request)).await.expect(200);
    found["items"].as_array().expect("clocks").clone()
}

/// How the clock of a kind stands that began last.
async fn clock(client: &Client, request: &Value, kind: &str) -> Value {
    let all = clocks(client, request).await;
    all.into_iter().find(|clock| clock["kind"] == kind).unwrap_or(Value::Null)
}

/// Two nodes look for what is due at once.
async fn pass(world: &World) -> Client {
    for of in [&ServiceClocks::ANEW, &ServiceClocks::DUE] {
        let look = || timed::catch_up(of, &world.database);
        for done in join_all([look(), look()]).await {
            done.expect("the clock");
        }
    }
    world.ada().await
}

async fn told(client: &Client, what: &str, count: usize) -> Vec<Value> {
    let events = client.events(&format!("types=rapport.service_request.{what}.v1"), count).await;
    events["items"].as_array().expect("events").clone()
}

on_both_databases! {
    async fn a_request_is_warned_of_and_too_late_exactly_once(world) {
        let ada = world.ada().await;
        policy(&ada, "Standard", 1, json!({})).await;
        let me = ada.get("/me").await.expect(200)["user"].clone();
        let made = request(&ada, json!({ "ownerId": me["id"] })).await;
        let first = clock(&ada, &made, "first_response").await;
        assert_eq!((&first["state"], &first["targetMinutes"], &first["cycle"]), (&json!("running"), &json!(60), &json!(1)));
        assert_eq!(clocks(&ada, &made).await.len(), 2);
        let due = ada.get(&at("/service-requests/{id}", &made)).await.expect(200);
        assert_eq!(due["dueAt"], first["dueAt"]);
        pass(&world).await;
        world.advance(TimeDelta::minutes(31));
        let ada = pass(&world).await;
        assert_eq!(clock(&ada, &made, "first_response").await["warnedPercent"], 50);
        world.advance(TimeDelta::minutes(40));
        for _ in 0..3 {
            pass(&world).await;
        }
        let ada = world.ada().await;
        let late = clock(&ada, &made, "first_response").await;
        assert_eq!((&late["state"], &late["breachedAt"]), (&json!("breached"), &late["dueAt"]));
        let breached = told(&ada, "clock_breached", 1).await;
        assert_eq!(breached.len(), 1);
        assert_eq!(breached[0]["data"]["after"]["clock"]["kind"], "first_response");
        assert_eq!(told(&ada, "clock_warned", 1).await.len(), 1);
        let notified = ada.get("/notifications?kind=service_clock_breached&count=true").await.expect(200);
        assert_eq!(notified["total"], 1);

        // Answered too late; what the customer writes next is another clock.
        let reply = json!({ "kind": "reply", "body": "Is it plugged in?" });
        ada.post(&at("/service-requests/{id}/messages", &made), reply).await.expect(201);
        assert_eq!(clock(&ada, &made, "first_response").await["state"], "missed");
        world.advance(TimeDelta::minutes(1));
        let wrote = json!({ "kind": "customer", "body": "It is." });
        ada.post(&at("/service-requests/{id}/messages", &made), wrote).await.expect(201);
        assert_eq!(clock(&ada, &made, "next_response").await["state"], "running");
        world.advance(TimeDelta::minutes(1));
        let reply = json!({ "kind": "reply", "body": "Then switch it on." });
        ada.post(&at("/service-requests/{id}/messages", &made), reply).await.expect(201);
        assert_eq!(clock(&ada, &made, "next_response").await["state"], "met");
        ada.post(&at("/service-requests/{id}/resolve", &made), json!({ "resolution": "Switched on" })).await.expect(200);
        assert_eq!(clock(&ada, &made, "resolution").await["state"], "met");
        let over = ada.get(&at("/service-requests/{id}", &made)).await.expect(200);
        assert_eq!(over["dueAt"], Value::Null);
        world.advance(TimeDelta::days(3));
        let ada = pass(&world).await;
        assert_eq!(told(&ada, "clock_breached", 1).await.len(), 1);
    }

    async fn what_is_too_late_does_not_wait_for_those_that_another_policy_has_looked_at_anew(world) {
        let ada = world.ada().await;
        let standard = policy(&ada, "Standard", 1, json!({})).await;
        let urgent = request(&ada, json!({ "priority": "urgent" })).await;
        let normal = request(&ada, json!({})).await;
        ada.patch(&at("/service-policies/{id}", &standard), json!({ "warnAtPercent": [60] })).await.expect(200);
        let slower = json!([{ "kind": "first_response", "priority": "normal", "within": "PT3H" }]);
        ada.patch(&at("/service-policies/{id}", &standard), json!({ "targets": slower })).await.expect(200);
        world.advance(TimeDelta::minutes(11));
        // Nobody has looked at either of them anew, and the one whose time has come is looked at nevertheless.
        timed::catch_up(&ServiceClocks::DUE, &world.database).await.expect("the clock");
        let ada = world.ada().await;
        assert_eq!(clock(&ada, &urgent, "first_response").await["state"], "cancelled");
        assert_eq!(clock(&ada, &normal, "first_response").await["targetMinutes"], 60);
        let ada = pass(&world).await;
        assert_eq!(clock(&ada, &normal, "first_response").await["targetMinutes"], 180);
    }

    async fn a_request_is_made_with_its_deadline_whether_its_policy_depends_on_it_or_not(world) {
        let ada = world.ada().await;
        policy(&ada, "Standard", 2, json!({})).await;
        let made = request(&ada, json!({})).await;
        let urgent = json!({ "compare": { "field": "priority", "eq": "urgent" } });
        policy(&ada, "Urgent", 1, json!({ "condition": urgent })).await;
        let (normal, urgent) = (request(&ada, json!({})).await, request(&ada, json!({ "priority": "urgent" })).await);
        for (request, minutes) in [(made, 60), (normal, 60), (urgent, 10)] {
            let seen = ada.get(&at("/service-requests/{id}", &request)).await.expect(200);
            let first = clock(&ada, &request, "first_response").await;
            assert_eq!((&seen["dueAt"], &seen["policyId"]), (&first["dueAt"], &first["policyId"]));
            assert_eq!((&first["targetMinutes"], &request["dueAt"]), (&json!(minutes), &first["dueAt"]));
        }
    }

    async fn a_request_is_answered_by_the_policy_of_the_entitlement_that_it_uses(world) {
        let ada = world.ada().await;
        let standard = policy(&ada, "Standard", 1, json!({})).await;
        let fast = json!([{ "kind": "first_response", "priority": "normal", "within": "PT10M" }]);
        let gold = policy(&ada, "Gold", 2, json!({ "targets": fast })).await;
        let acme = ada.post("/customers", json!({ "kind": "organization", "name": "Acme" })).await.expect(201);
        let entitled = json!({ "name": "Gold", "kind": "support", "customerId": acme["id"], "policyId": gold["id"] });
        let entitled = ada.post("/entitlements", entitled).await.expect(201);
        let using = json!({ "customerId": acme["id"], "entitlementId": entitled["id"] });
        let (plain, made) = (request(&ada, json!({ "customerId": acme["id"] })).await, request(&ada, using).await);
        let by = async |ada: &Client, request: &Value| clock(ada, request, "first_response").await["policyId"].clone();
        assert_eq!((by(&ada, &plain).await, by(&ada, &made).await), (standard["id"].clone(), gold["id"].clone()));
        assert_eq!(made["policyId"], gold["id"]);
        // Used later it counts from then on, and so does another policy that the entitlement names.
        let use_it = json!({ "entitlementId": entitled["id"] });
        ada.patch(&at("/service-requests/{id}", &plain), use_it).await.expect(200);
        assert_eq!(by(&ada, &plain).await, gold["id"]);
        ada.patch(&at("/entitlements/{id}", &entitled), json!({ "policyId": standard["id"] })).await.expect(200);
        let ada = pass(&world).await;
        assert_eq!(by(&ada, &made).await, standard["id"]);
        // A policy that does not count leaves it to the others.
        ada.patch(&at("/entitlements/{id}", &entitled), json!({ "policyId": gold["id"] })).await.expect(200);
        ada.patch(&at("/service-policies/{id}", &gold), json!({ "active": false })).await.expect(200);
        let ada = pass(&world).await;
        assert_eq!(by(&ada, &made).await, standard["id"]);
        let wrong = ada.patch(&at("/entitlements/{id}", &entitled), json!({ "policyId": acme["id"] })).await;
        assert_eq!((wrong.status.as_u16(), wrong.pointers()), (409, vec!["/policyId".to_owned()]));
        let product = ada.post("/products", json!({ "name": "Press", "sku": "P-1", "price": { "amount": "10.00", "currency": "USD" } })).await.expect(201);
        let plan = json!({ "name": "Gold", "productId": product["id"], "kind": "warranty", "months": 12, "policyId": acme["id"] });
        assert_eq!(ada.post("/service-plans", plan).await.pointers(), ["/policyId"]);
    }

    async fn waiting_for_the_customer_does_not_count_and_is_explained(world) {
        let ada = world.ada().await;
        policy(&ada, "Standard", 1, json!({})).await;
        let made = request(&ada, json!({})).await;
        world.advance(TimeDelta::hours(1));
        let ada = pass(&world).await;
        let turn = |status: &'static str| json!({ "status": status });
        ada.post(&at("/service-requests/{id}/status", &made), turn("waiting_for_customer")).await.expect(200);
        assert_eq!(clock(&ada, &made, "resolution").await["state"], "paused");
        world.advance(TimeDelta::hours(30));
        let ada = pass(&world).await;
        ada.post(&at("/service-requests/{id}/status", &made), turn("open")).await.expect(200);
        world.advance(TimeDelta::minutes(5));
        let runs = clock(&ada, &made, "resolution").await;
        assert_eq!(runs["state"], "running");
        let did: Vec<(&str, &str)> = runs["stretches"].as_array().unwrap().iter()
            .map(|stretch| (stretch["doing"].as_str().unwrap(), stretch["because"].as_str().unwrap_or_default()))
            .collect();
        assert_eq!(did, [("running", ""), ("paused", "waiting_for_customer"), ("running", "")]);
        let query = "query($id: UUID!) { serviceRequestClocks(id: $id) { kind state dueAt elapsed stretches { doing because open } } }";
        let seen = ada.graphql(query, json!({ "id": made["id"] })).await;
        assert_eq!(seen["serviceRequestClocks"].as_array().map(Vec::len), Some(2));
    }

    async fn a_raised_priority_is_too_late_from_then_on_and_a_decided_clock_stays(world) {
        let ada = world.ada().await;
        let standard = policy(&ada, "Standard", 1, json!({})).await;
        let made = request(&ada, json!({})).await;
        let reply = json!({ "kind": "reply", "body": "We are on our way." });
        ada.post(&at("/service-requests/{id}/messages", &made), reply).await.expect(201);
        assert_eq!(clock(&ada, &made, "first_response").await["state"], "met");
        world.advance(TimeDelta::hours(2));
        let ada = pass(&world).await;
        assert_eq!(clock(&ada, &made, "resolution").await["state"], "running");
        ada.patch(&at("/service-requests/{id}", &made), json!({ "priority": "urgent" })).await.expect(200);
        let late = clock(&ada, &made, "resolution").await;
        assert_eq!((&late["state"], &late["targetMinutes"]), (&json!("breached"), &json!(60)));
        assert!(late["breachedAt"].as_str() > late["dueAt"].as_str(), "{late}");
        assert_eq!(told(&ada, "clock_breached", 1).await.len(), 1);
        // Another promise reckons what runs anew, and leaves what is decided.
        let kinder = json!({ "targets": [{ "kind": "resolution", "priority": "urgent", "within": "PT99H" }, { "kind": "first_response", "priority": "normal", "within": "PT1M" }] });
        ada.patch(&at("/service-policies/{id}", &standard), kinder).await.expect(200);
        let ada = pass(&world).await;
        assert_eq!(clock(&ada, &made, "first_response").await["state"], "met");
        assert_eq!(clock(&ada, &made, "resolution").await["state"], "breached");
    }

    async fn the_first_policy_that_holds_counts_and_others_take_over(world) {
        let ada = world.ada().await;
        let fault = json!({ "compare": { "field": "kind", "eq": "fault" } });
        let strict = policy(&ada, "Faults", 1, json!({ "condition": fault, "targets": [{ "kind": "resolution", "priority": "normal", "within": "PT30M" }] })).await;
        let usual = policy(&ada, "Standard", 2, json!({})).await;
        let made = request(&ada, json!({ "kind": "question" })).await;
        assert_eq!(clock(&ada, &made, "resolution").await["policyId"], usual["id"]);
        ada.patch(&at("/service-requests/{id}", &made), json!({ "kind": "fault" })).await.expect(200);
        let now = clock(&ada, &made, "resolution").await;
        assert_eq!((&now["policyId"], &now["targetMinutes"]), (&strict["id"], &json!(30)));
        assert_eq!(clock(&ada, &made, "first_response").await["state"], "cancelled");
        ada.patch(&at("/service-policies/{id}", &strict), json!({ "active": false })).await.expect(200);
        let ada = pass(&world).await;
        assert_eq!(clock(&ada, &made, "resolution").await["policyId"], usual["id"]);
        assert_eq!(clock(&ada, &made, "first_response").await["state"], "running");
        let late = json!({ "relation": { "name": "clocks", "filter": { "compare": { "field": "state", "eq": "running" } } } });
        let found = ada.post("/service-requests/search", json!({ "filter": late })).await.expect(200);
        assert_eq!(found["items"].as_array().map(Vec::len), Some(1));
    }
}
