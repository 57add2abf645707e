//! Agreements, entitlements and the plans that products carry: what is covered, and why.

use chrono::{Days, Months, NaiveDate, TimeDelta};
use futures_util::future::join_all;
use rapport_domain::{service::agreements::AgreementEndings, timed};
use serde_json::{Value, json};

use crate::harness::{Answer, Client, World, on_both_databases};

fn at(path: &str, record: &Value) -> String {
    path.replace("{id}", record["id"].as_str().expect("an id"))
}

/// The day on which every test begins.
fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 21).expect("a day")
}

fn in_days(days: u64) -> String {
    (today() + Days::new(days)).to_string()
}

async fn customer(client: &Client, name: &str) -> Value {
    let new = json!({ "kind": "organization", "name": name });
    client.post("/customers", new).await.expect(201)
}

async fn product(ada: &Client, sku: &str) -> Value {
    let price = json!({ "amount": "100.00", "currency": "USD" });
    ada.post("/products", json!({ "sku": sku, "name": sku, "price": price })).await.expect(201)
}

async fn agreement(client: &Client, customer: &Value, more: Value) -> Answer {
    let mut new = more;
    new["customerId"] = customer["id"].clone();
    new["name"] = json!("Full service");
    client.post("/agreements", new).await
}

async fn check(client: &Client, asked: Value) -> Value {
    client.post("/coverage/check", asked).await.expect(200)
}

/// The codes of what stands against the only entitlement there is.
fn objections(coverage: &Value) -> Vec<String> {
    let all = coverage["considered"][0]["objections"].as_array().expect("objections");
    all.iter().map(|one| one["code"].as_str().expect("a code").to_owned()).collect()
}

fn refused(answer: &Answer, pointers: &[&str]) {
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert_eq!(answer.pointers(), pointers, "{}", answer.text);
}

/// Two nodes look for what is due at once.
async fn pass(world: &World) {
    let look = || timed::catch_up(&AgreementEndings, &world.database);
    for done in join_all([look(), look()]).await {
        done.expect("the clock");
    }
}

on_both_databases! {
    async fn an_agreement_is_told_of_before_it_ends_and_ends_once(world) {
        let ada = world.ada().await;
        let acme = customer(&ada, "Acme").await;
        let days = json!({ "startsOn": in_days(0), "endsOn": in_days(40), "fee": { "amount": "1200.00", "currency": "USD" } });
        let made = agreement(&ada, &acme, days).await.expect(201);
        assert_eq!((&made["number"], &made["status"], &made["remindDays"]), (&json!("A-1"), &json!("active"), &json!(30)));
        assert_eq!(made["next"], json!(["cancelled"]));
        pass(&world).await;
        assert_eq!(ada.get("/notifications?kind=agreement_ending&count=true").await.expect(200)["total"], 0);
        world.advance(TimeDelta::days(11));
        pass(&world).await;
        let ada = world.ada().await;
        assert_eq!(ada.get("/notifications?kind=agreement_ending&count=true").await.expect(200)["total"], 1);
        // Another end is told of anew.
        let path = at("/agreements/{id}", &made);
        ada.patch(&path, json!({ "endsOn": in_days(60) })).await.expect(200);
        pass(&world).await;
        assert_eq!(ada.get("/notifications?kind=agreement_ending&count=true").await.expect(200)["total"], 1);
        world.advance(TimeDelta::days(51));
        pass(&world).await;
        let ada = world.ada().await;
        assert_eq!(ada.get("/notifications?kind=agreement_ending&count=true").await.expect(200)["total"], 2);
        let ended = ada.get(&path).await.expect(200);
        assert_eq!((&ended["status"], &ended["next"]), (&json!("ended"), &json!(["active"])));
        assert_eq!(ada.get("/notifications?kind=agreement_ended&count=true").await.expect(200)["total"], 1);
        refused(&ada.patch(&path, json!({ "status": "active" })).await, &["/endsOn"]);
        let again = ada.patch(&path, json!({ "status": "active", "endsOn": in_days(400) })).await.expect(200);
        assert_eq!(again["status"], "active");
        refused(&ada.patch(&path, json!({ "status": "draft", "endsOn": "2020-01-01" })).await, &["/status", "/endsOn"]);
        let events = ada.events("types=rapport.agreement.ended.v1", 1).await;
        assert_eq!(events["items"][0]["subject"], made["id"]);
    }

    async fn an_agreement_is_renewed_by_itself(world) {
        let ada = world.ada().await;
        let acme = customer(&ada, "Acme").await;
        let wrong = json!({ "startsOn": in_days(0), "renewal": "automatic" });
        refused(&agreement(&ada, &acme, wrong).await, &["/renewalMonths", "/endsOn"]);
        let yearly = json!({ "startsOn": in_days(0), "endsOn": in_days(10), "renewal": "automatic", "renewalMonths": 1 });
        let made = agreement(&ada, &acme, yearly).await.expect(201);
        world.advance(TimeDelta::days(11));
        pass(&world).await;
        let ada = world.ada().await;
        let renewed = ada.get(&at("/agreements/{id}", &made)).await.expect(200);
        let until = (today() + Days::new(10)).checked_add_months(Months::new(1)).unwrap();
        assert_eq!((&renewed["status"], &renewed["renewalCount"]), (&json!("active"), &json!(1)));
        assert_eq!(renewed["endsOn"], until.to_string());
        // Nobody looked for long: it goes on as if somebody had.
        world.advance(TimeDelta::days(100));
        pass(&world).await;
        let ada = world.ada().await;
        let renewed = ada.get(&at("/agreements/{id}", &made)).await.expect(200);
        let end: NaiveDate = renewed["endsOn"].as_str().unwrap().parse().unwrap();
        assert!(end >= today() + Days::new(111), "{end}");
        let cancelled = json!({ "status": "cancelled", "cancelReason": "Moved away" });
        ada.patch(&at("/agreements/{id}", &made), cancelled).await.expect(200);
        world.advance(TimeDelta::days(100));
        pass(&world).await;
        let ada = world.ada().await;
        assert_eq!(ada.get(&at("/agreements/{id}", &made)).await.expect(200)["status"], "cancelled");
    }

    async fn coverage_says_what_covers_best_and_what_stands_against_the_rest(world) {
        let ada = world.ada().await;
        let (acme, bolt) = (customer(&ada, "Acme").await, customer(&ada, "Bolt").await);
        let (press, saw) = (product(&ada, "PRESS").await, product(&ada, "SAW").await);
        let hall = json!({ "name": "Hall", "customerId": acme["id"] });
        let hall = ada.post("/assets", hall).await.expect(201);
        let one = json!({ "name": "Press 1", "customerId": acme["id"], "productId": press["id"], "parentId": hall["id"] });
        let one = ada.post("/assets", one).await.expect(201);
        let held = agreement(&ada, &acme, json!({ "startsOn": "2026-01-01", "status": "draft" })).await.expect(201);
        let of = json!({ "name": "Presses", "kind": "repair", "customerId": acme["id"], "agreementId": held["id"], "productId": press["id"] });
        let presses = ada.post("/entitlements", of).await.expect(201);
        assert_eq!(presses["startsOn"], "2026-01-01");

        let asked = json!({ "assetId": one["id"], "kind": "repair", "on": "2026-06-01" });
        let found = check(&ada, asked.clone()).await;
        assert_eq!((&found["covered"], &found["customerId"]), (&json!(false), &acme["id"]));
        assert_eq!(objections(&found), ["agreement_inactive"]);
        ada.patch(&at("/agreements/{id}", &held), json!({ "status": "active" })).await.expect(200);
        assert_eq!(check(&ada, asked.clone()).await["entitlementId"], presses["id"]);
        let before = check(&ada, json!({ "assetId": one["id"], "on": "2025-12-31" })).await;
        assert_eq!(objections(&before), ["not_begun", "agreement_not_begun"]);
        let other = check(&ada, json!({ "customerId": acme["id"], "productId": saw["id"], "kind": "support", "on": "2026-06-01" })).await;
        assert_eq!(objections(&other), ["other_kind", "other_product"]);

        // What is for the hall is for what is in it, and closer than what is for all presses.
        let closer = json!({ "name": "The hall", "kind": "repair", "customerId": acme["id"], "assetId": hall["id"], "startsOn": "2026-01-01", "endsOn": "2026-12-31" });
        let closer = ada.post("/entitlements", closer).await.expect(201);
        let found = check(&ada, asked.clone()).await;
        assert_eq!(found["entitlementId"], closer["id"]);
        assert_eq!(found["considered"][0]["endsOn"], "2026-12-31");
        assert_eq!(found["considered"].as_array().map(Vec::len), Some(2));
        let query = "query($input: CoverageRequest!) { checkCoverage(input: $input) { covered entitlementId considered { name covers objections { code detail } } } }";
        let input = json!({ "assetId": one["id"], "on": "2027-06-01" });
        let told = ada.graphql(query, json!({ "input": input })).await;
        assert_eq!(told["checkCoverage"]["considered"][1]["objections"], json!([{ "code": "ended", "detail": "it ended on 2026-12-31" }]));
        assert_eq!(told["checkCoverage"]["covered"], true);

        let nobody = ada.post("/coverage/check", json!({ "productId": press["id"] })).await;
        assert_eq!(nobody.status, 422, "{}", nobody.text);
        assert_eq!(nobody.pointers(), ["/customerId"]);
        refused(&ada.post("/coverage/check", json!({ "customerId": bolt["id"], "assetId": one["id"] })).await, &["/assetId"]);
        let strange = json!({ "name": "X", "kind": "repair", "customerId": bolt["id"], "agreementId": held["id"], "assetId": one["id"], "startsOn": "2026-01-02", "endsOn": "2026-01-01" });
        refused(&ada.post("/entitlements", strange).await, &["/endsOn", "/agreementId", "/assetId"]);
    }

    async fn what_a_product_carries_is_given_by_its_order_and_called_off_with_it(world) {
        let ada = world.ada().await;
        // From here on orders are read.
        world.catch_up().await;
        let acme = customer(&ada, "Acme").await;
        let (press, saw) = (product(&ada, "PRESS").await, product(&ada, "SAW").await);
        let plan = |name: &str, kind: &str, begins: &str, months: u32| json!({ "name": name, "productId": press["id"], "kind": kind, "months": months, "begins": begins, "requestLimit": 3 });
        ada.post("/service-plans", plan("Warranty", "warranty", "delivered", 24)).await.expect(201);
        let hotline = ada.post("/service-plans", plan("Hotline", "support", "ordered", 12)).await.expect(201);
        assert_eq!(ada.post("/service-plans", plan("hotline", "support", "ordered", 12)).await.status, 409);
        let lines = json!([{ "productId": press["id"], "quantity": "2" }, { "productId": saw["id"] }]);
        let order = json!({ "customerId": acme["id"], "orderedOn": "2026-03-31", "lines": lines });
        let order = ada.post("/orders", order).await.expect(201);
        world.catch_up().await;
        let given = format!("/entitlements?orderId={}&sort=startsOn", order["id"].as_str().unwrap());
        let support = ada.get(&given).await.expect(200);
        assert_eq!(support["items"].as_array().map(Vec::len), Some(1));
        let first = &support["items"][0];
        assert_eq!((&first["servicePlanId"], &first["orderLine"]), (&hotline["id"], &json!(1)));
        assert_eq!((&first["startsOn"], &first["endsOn"]), (&json!("2026-03-31"), &json!("2027-03-30")));

        let shipped = json!({ "orderId": order["id"], "lines": [{ "line": 1, "quantity": "1" }], "status": "delivered", "deliveredAt": "2026-04-02T10:00:00Z" });
        ada.post("/deliveries", shipped).await.expect(201);
        world.catch_up().await;
        let both = ada.get(&given).await.expect(200);
        assert_eq!(both["items"][1]["kind"], "warranty");
        assert_eq!((&both["items"][1]["startsOn"], &both["items"][1]["endsOn"]), (&json!("2026-04-02"), &json!("2028-04-01")));
        // Another delivery of the line gives nothing twice.
        ada.post("/deliveries", json!({ "orderId": order["id"], "status": "delivered" })).await.expect(201);
        world.catch_up().await;
        assert_eq!(ada.get(&given).await.expect(200)["items"].as_array().map(Vec::len), Some(2));
        let asked = json!({ "customerId": acme["id"], "productId": press["id"], "kind": "warranty", "on": "2027-01-01" });
        let found = check(&ada, asked.clone()).await;
        assert_eq!((&found["covered"], &found["considered"][0]["remaining"]), (&json!(true), &json!(3)));

        ada.post("/deliveries", json!({ "orderId": order["id"], "kind": "return", "status": "delivered" })).await.expect(201);
        world.catch_up().await;
        let off = ada.get(&given).await.expect(200);
        let stands: Vec<&Value> = off["items"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
        assert_eq!(stands, ["cancelled", "cancelled"]);
        assert_eq!(check(&ada, asked.clone()).await["covered"], false);
        // What is delivered in its place is covered again.
        ada.post("/deliveries", json!({ "orderId": order["id"], "status": "delivered", "lines": [{ "line": 1, "quantity": "1" }] })).await.expect(201);
        world.catch_up().await;
        assert_eq!(check(&ada, asked).await["covered"], true);
        let events = ada.events("types=rapport.entitlement.created.v1", 2).await;
        assert_eq!(events["items"].as_array().map(Vec::len), Some(2));
    }

    async fn requests_use_an_entitlement_up_however_many_come_at_once(world) {
        let ada = world.ada().await;
        let (acme, bolt) = (customer(&ada, "Acme").await, customer(&ada, "Bolt").await);
        let two = json!({ "name": "Two repairs", "kind": "repair", "customerId": acme["id"], "requestLimit": 2 });
        let two = ada.post("/entitlements", two).await.expect(201);
        let request = |customer: &Value| json!({ "subject": "Broken", "customerId": customer["id"], "entitlementId": two["id"] });
        refused(&ada.post("/service-requests", request(&bolt)).await, &["/entitlementId"]);
        let asked = json!({ "customerId": acme["id"], "kind": "repair" });
        assert_eq!(check(&ada, asked.clone()).await["considered"][0]["remaining"], 2);
        let all = join_all((0..4).map(|_| ada.post("/service-requests", request(&acme)))).await;
        let made = all.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(made, 2);
        for answer in all.iter().filter(|answer| answer.status != 201) {
            refused(answer, &["/entitlementId"]);
        }
        let found = check(&ada, asked).await;
        assert_eq!((&found["covered"], &found["considered"][0]["remaining"]), (&json!(false), &json!(0)));
        assert_eq!(objections(&found), ["used_up"]);
        // What follows one of them is not done by what is used up.
        let one = all.iter().find(|answer| answer.status == 201).expect("one").json();
        let path = at("/service-requests/{id}", &one);
        ada.post(&format!("{path}/resolve"), json!({})).await.expect(200);
        ada.post(&format!("{path}/close"), json!({})).await.expect(200);
        let wrote = json!({ "kind": "customer", "body": "Broken again" });
        let wrote = ada.post(&format!("{path}/messages"), wrote).await.expect(201);
        let follows = wrote["requestId"].as_str().expect("another request");
        let follows = ada.get(&format!("/service-requests/{follows}")).await.expect(200);
        assert_ne!(follows["id"], one["id"]);
        assert_eq!(follows["entitlementId"], Value::Null);
    }
}
