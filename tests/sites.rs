//! Sites: places of customers where assets stand and service is done, and what is covered there.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, on_both_databases};

fn at(path: &str, record: &Value) -> String {
    path.replace("{id}", record["id"].as_str().expect("an id"))
}

async fn customer(client: &Client, name: &str) -> Value {
    let new = json!({ "kind": "organization", "name": name });
    client.post("/customers", new).await.expect(201)
}

/// Makes something of a customer's.
async fn made(client: &Client, path: &str, customer: &Value, more: Value) -> Answer {
    let mut new = more;
    new["customerId"] = customer["id"].clone();
    client.post(path, new).await
}

async fn site(client: &Client, customer: &Value, name: &str, city: &str) -> Value {
    let new = json!({ "name": name, "city": city });
    made(client, "/sites", customer, new).await.expect(201)
}

async fn check(client: &Client, asked: Value) -> Value {
    client.post("/coverage/check", asked).await.expect(200)
}

/// What stands against the first entitlement that was looked at.
fn objections(coverage: &Value) -> Vec<String> {
    let all = coverage["considered"][0]["objections"].as_array().expect("objections");
    all.iter().map(|one| one["detail"].as_str().expect("a detail").to_owned()).collect()
}

fn refused(answer: &Answer, pointers: &[&str]) {
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert_eq!(answer.pointers(), pointers, "{}", answer.text);
}

/// The names of what a list has.
fn names(list: &Value, member: &str) -> Vec<String> {
    let items = list["items"].as_array().expect("items");
    items.iter().map(|item| item[member].as_str().expect("a text").to_owned()).collect()
}

on_both_databases! {
    async fn a_site_is_the_same_by_rest_and_by_graphql(world) {
        let ada = world.ada().await;
        let (acme, bolt) = (customer(&ada, "Acme").await, customer(&ada, "Bolt").await);
        let bob = made(&ada, "/contacts", &acme, json!({ "name": "Bob" })).await.expect(201);
        let field = json!({ "resource": "site", "key": "gate", "label": "Gate", "kind": "number" });
        ada.post("/custom-fields", field).await.expect(201);
        let new = json!({
            "name": "Plant North", "contactId": bob["id"], "street": "Hafenstrasse 1", "postalCode": "20457", "city": "Hamburg",
            "country": "DE", "timeZone": "Europe/Berlin", "description": "Helmets are worn", "custom": { "gate": 2 }, "tags": ["port"],
        });
        let north = made(&ada, "/sites", &acme, new.clone()).await.expect(201);
        for member in ["contactId", "street", "postalCode", "city", "country", "timeZone", "description", "custom", "tags"] {
            assert_eq!(north[member], new[member], "{member}");
        }
        refused(&made(&ada, "/sites", &bolt, json!({ "name": "Branch", "contactId": bob["id"] })).await, &["/contactId"]);
        assert_eq!(made(&ada, "/sites", &acme, json!({ "name": "Nowhere", "timeZone": "Mars/Olympus" })).await.status, 422);

        let query = "query($id: UUID!) { site(id: $id) { name city timeZone customer { name } contact { name } version } node(id: $id) { __typename } }";
        let seen = ada.graphql(query, json!({ "id": north["id"] })).await;
        let same = json!({ "name": "Plant North", "city": "Hamburg", "timeZone": "Europe/Berlin", "customer": { "name": "Acme" }, "contact": { "name": "Bob" }, "version": 1 });
        assert_eq!((&seen["site"], &seen["node"]["__typename"]), (&same, &json!("Site")));
        let mutation = "mutation($input: NewSite!) { createSite(input: $input) { id name version } }";
        let south = json!({ "input": { "name": "plant South", "customerId": acme["id"], "city": "Munich" } });
        let south = ada.graphql(mutation, south).await["createSite"].clone();
        let mutation = "mutation($id: UUID!, $input: SitePatch!) { updateSite(id: $id, input: $input) { city description version } }";
        let patch = json!({ "id": south["id"], "input": { "city": "Passau", "description": null } });
        let changed = ada.graphql(mutation, patch).await;
        assert_eq!(changed["updateSite"], json!({ "city": "Passau", "description": null, "version": 2 }));
        let moved = ada.patch(&at("/sites/{id}", &south), json!({ "customerId": bolt["id"] })).await;
        assert_eq!(moved.status, 422, "{}", moved.text);

        let listed = ada.get("/sites?sort=name").await.expect(200);
        assert_eq!(names(&listed, "name"), ["Plant North", "plant South"]);
        assert_eq!(names(&ada.get("/sites?q=hafenstr").await.expect(200), "name"), ["Plant North"]);
        let by_gate = json!({ "filter": { "compare": { "field": "custom.gate", "eq": 2 } } });
        assert_eq!(names(&ada.post("/sites/search", by_gate).await.expect(200), "name"), ["Plant North"]);
        let sites = "query($id: UUID!) { customer(id: $id) { sites { name } } }";
        let theirs = ada.graphql(sites, json!({ "id": acme["id"] })).await;
        assert_eq!(theirs["customer"]["sites"], json!([{ "name": "plant South" }, { "name": "Plant North" }]));

        let path = at("/sites/{id}", &north);
        assert_eq!(ada.delete(&path).await.status, 204);
        assert_eq!(ada.get(&path).await.status, 404);
        ada.post(&format!("{path}/restore"), json!({})).await.expect(200);
        let told = ada.events("types=rapport.site.restored.v1", 1).await;
        assert_eq!(told["items"][0]["subject"], north["id"]);
    }

    async fn another_system_keeps_its_sites_by_its_own_ids(world) {
        let ada = world.ada().await;
        let (acme, bolt) = (customer(&ada, "Acme").await, customer(&ada, "Bolt").await);
        let known = json!({ "name": "Plant", "customerId": acme["id"], "city": "Hamburg" });
        let made = ada.put("/sites/by-external/erp/S1", known.clone()).await.expect(201);
        let same = ada.put("/sites/by-external/erp/S1", known).await.expect(200);
        assert_eq!((&made["id"], &same["version"]), (&same["id"], &json!(1)));
        let others = json!({ "name": "Plant", "customerId": bolt["id"] });
        refused(&ada.put("/sites/by-external/erp/S1", others).await, &["/customerId"]);
        let input = json!({ "source": "erp", "externalId": "S1", "site": { "name": "Plant 1", "customerId": acme["id"] } });
        let mutation = "mutation($input: UpsertSite!) { upsertSite(input: $input) { name city version } }";
        let told = ada.graphql(mutation, json!({ "input": input })).await;
        assert_eq!(told["upsertSite"], json!({ "name": "Plant 1", "city": "Hamburg", "version": 2 }));
    }

    async fn an_asset_stands_at_a_site_of_whoever_has_it(world) {
        let ada = world.ada().await;
        let (acme, bolt) = (customer(&ada, "Acme").await, customer(&ada, "Bolt").await);
        let (north, yard) = (site(&ada, &acme, "North", "Hamburg").await, site(&ada, &bolt, "Yard", "Bremen").await);
        refused(&made(&ada, "/assets", &bolt, json!({ "name": "Press", "siteId": north["id"] })).await, &["/siteId"]);
        let line = made(&ada, "/assets", &acme, json!({ "name": "Line", "siteId": north["id"] })).await.expect(201);
        let motor = made(&ada, "/assets", &acme, json!({ "name": "Motor", "parentId": line["id"], "siteId": north["id"] })).await.expect(201);
        let other = made(&ada, "/assets", &acme, json!({ "name": "Saw" })).await.expect(201);
        let path = at("/assets/{id}", &line);
        refused(&ada.patch(&path, json!({ "siteId": yard["id"] })).await, &["/siteId"]);

        let there = format!("/assets?siteId={}&sort=siteId,name", north["id"].as_str().unwrap());
        assert_eq!(names(&ada.get(&there).await.expect(200), "name"), ["Line", "Motor"]);
        let in_hamburg = json!({ "relation": { "name": "site", "filter": { "compare": { "field": "city", "eq": "Hamburg" } } } });
        let search = json!({ "filter": in_hamburg, "sort": "name" });
        assert_eq!(names(&ada.post("/assets/search", search).await.expect(200), "name"), ["Line", "Motor"]);
        let query = "query($id: UUID!, $asset: UUID!) { site(id: $id) { assets { name } } asset(id: $asset) { siteId site { city } } }";
        let seen = ada.graphql(query, json!({ "id": north["id"], "asset": line["id"] })).await;
        assert_eq!(seen["site"]["assets"], json!([{ "name": "Motor" }, { "name": "Line" }]));
        assert_eq!(seen["asset"], json!({ "siteId": north["id"], "site": { "city": "Hamburg" } }));

        // Who gets it has it elsewhere, and what is part of it with it.
        refused(&ada.patch(&path, json!({ "customerId": bolt["id"] })).await, &["/siteId"]);
        ada.patch(&path, json!({ "customerId": bolt["id"], "siteId": yard["id"] })).await.expect(200);
        let moved = ada.get(&at("/assets/{id}", &motor)).await.expect(200);
        assert_eq!((&moved["customerId"], &moved["siteId"]), (&bolt["id"], &yard["id"]));
        let history = ada.get(&format!("{path}/history")).await.expect(200);
        assert_eq!((&history["items"][0]["siteId"], &history["items"][1]["siteId"]), (&yard["id"], &north["id"]));
        let told = ada.events("types=rapport.asset.updated.v1", 2).await;
        assert_eq!((&told["items"][0]["subject"], &told["items"][0]["data"]["after"]["siteId"]), (&line["id"], &yard["id"]));
        ada.patch(&path, json!({ "customerId": acme["id"], "siteId": null })).await.expect(200);
        assert_eq!(ada.get(&at("/assets/{id}", &motor)).await.expect(200)["siteId"], Value::Null);
        assert_eq!(other["siteId"], Value::Null);
    }

    async fn a_request_is_at_a_site_of_its_customer(world) {
        let ada = world.ada().await;
        let (acme, bolt) = (customer(&ada, "Acme").await, customer(&ada, "Bolt").await);
        let (north, yard) = (site(&ada, &acme, "North", "Hamburg").await, site(&ada, &bolt, "Yard", "Bremen").await);
        let line = made(&ada, "/assets", &acme, json!({ "name": "Line", "siteId": north["id"] })).await.expect(201);
        let motor = made(&ada, "/assets", &acme, json!({ "name": "Motor", "parentId": line["id"] })).await.expect(201);
        let queue = ada.post("/queues", json!({ "name": "Hamburg" })).await.expect(201);
        let in_hamburg = json!({ "relation": { "name": "site", "filter": { "compare": { "field": "city", "eq": "Hamburg" } } } });
        let routing = json!({ "name": "Hamburg", "position": 1, "queueId": queue["id"], "condition": in_hamburg });
        ada.post("/service-routing-rules", routing).await.expect(201);

        refused(&made(&ada, "/service-requests", &acme, json!({ "subject": "?", "siteId": yard["id"] })).await, &["/siteId"]);
        let nobodys = ada.post("/service-requests", json!({ "subject": "?", "siteId": yard["id"] })).await;
        refused(&nobodys, &["/siteId"]);
        // What is a part of something stands where that does.
        let id = "0193e3a0-0000-7000-8000-00000000beef";
        let about = json!({ "id": id, "subject": "It is loud", "assetId": motor["id"] });
        let loud = made(&ada, "/service-requests", &acme, about.clone()).await.expect(201);
        assert_eq!((&loud["siteId"], &loud["queueId"]), (&north["id"], &queue["id"]));
        let again = made(&ada, "/service-requests", &acme, about).await;
        assert!(again.status.is_success(), "{}", again.text);
        let nowhere = made(&ada, "/service-requests", &acme, json!({ "subject": "A question" })).await.expect(201);
        assert_eq!((&nowhere["siteId"], &nowhere["queueId"]), (&Value::Null, &Value::Null));
        let path = at("/service-requests/{id}", &loud);
        refused(&ada.patch(&path, json!({ "siteId": yard["id"] })).await, &["/siteId"]);
        refused(&ada.patch(&path, json!({ "customerId": bolt["id"], "assetId": null })).await, &["/siteId"]);

        let there = format!("/service-requests?siteId={}", north["id"].as_str().unwrap());
        assert_eq!(names(&ada.get(&there).await.expect(200), "subject"), ["It is loud"]);
        let search = json!({ "filter": in_hamburg });
        assert_eq!(names(&ada.post("/service-requests/search", search).await.expect(200), "subject"), ["It is loud"]);
        let who = json!({ "filter": { "relation": { "name": "serviceRequests", "filter": in_hamburg } } });
        assert_eq!(names(&ada.post("/customers/search", who).await.expect(200), "name"), ["Acme"]);
        let busy = json!({ "filter": { "relation": { "name": "serviceRequests", "filter": { "compare": { "field": "isOpen", "eq": true } } } } });
        assert_eq!(names(&ada.post("/sites/search", busy).await.expect(200), "name"), ["North"]);
        let query = "query($id: UUID!, $site: UUID!) { serviceRequest(id: $id) { site { name } } site(id: $site) { serviceRequests { subject } } }";
        let seen = ada.graphql(query, json!({ "id": loud["id"], "site": north["id"] })).await;
        assert_eq!(seen["serviceRequest"]["site"]["name"], "North");
        assert_eq!(seen["site"]["serviceRequests"], json!([{ "subject": "It is loud" }]));
        let cleared = ada.patch(&path, json!({ "siteId": null })).await.expect(200);
        assert_eq!(cleared["siteId"], Value::Null);
    }

    async fn who_looks_after_a_place_gets_what_is_to_be_done_there(world) {
        let ada = world.ada().await;
        let (_, bremen) = world.join("bremen", "agent").await;
        let (_, hamburg) = world.join("hamburg", "agent").await;
        for (who, code) in [(&bremen, "28"), (&hamburg, "20")] {
            let profile = json!({ "userId": who["id"], "countries": ["DE"], "postalCodes": [code] });
            ada.post("/service-agents", profile).await.expect(201);
        }
        let queue = json!({ "name": "Field", "method": "round_robin", "memberIds": [bremen["id"], hamburg["id"]] });
        let queue = ada.post("/queues", queue).await.expect(201);
        let acme = json!({ "kind": "organization", "name": "Acme", "country": "DE", "postalCode": "28195" });
        let acme = ada.post("/customers", acme).await.expect(201);
        let plant = json!({ "name": "Plant", "country": "DE", "postalCode": "20457" });
        let plant = made(&ada, "/sites", &acme, plant).await.expect(201);
        for (site, owner) in [(&plant["id"], &hamburg), (&Value::Null, &bremen), (&plant["id"], &hamburg)] {
            let request = json!({ "subject": "It leaks", "queueId": queue["id"], "siteId": site });
            let request = made(&ada, "/service-requests", &acme, request).await.expect(201);
            assert_eq!(request["ownerId"], owner["id"]);
        }
    }

    async fn an_entitlement_of_a_site_covers_what_is_done_and_what_stands_there(world) {
        let ada = world.ada().await;
        let (acme, bolt) = (customer(&ada, "Acme").await, customer(&ada, "Bolt").await);
        let (north, south) = (site(&ada, &acme, "Plant North", "Hamburg").await, site(&ada, &acme, "Plant South", "Munich").await);
        let line = made(&ada, "/assets", &acme, json!({ "name": "Line", "siteId": north["id"] })).await.expect(201);
        let motor = made(&ada, "/assets", &acme, json!({ "name": "Motor", "parentId": line["id"] })).await.expect(201);
        let repairs = json!({ "name": "Repairs", "kind": "repair", "siteId": north["id"] });
        refused(&made(&ada, "/entitlements", &bolt, repairs.clone()).await, &["/siteId"]);
        let here = made(&ada, "/entitlements", &acme, repairs).await.expect(201);
        for asked in [json!({ "siteId": north["id"] }), json!({ "assetId": line["id"] }), json!({ "assetId": motor["id"] })] {
            let found = check(&ada, asked.clone()).await;
            assert_eq!((&found["covered"], &found["entitlementId"]), (&json!(true), &here["id"]), "{asked}");
            assert_eq!((&found["siteIds"], &found["customerId"]), (&json!([north["id"]]), &acme["id"]));
            let why = &found["considered"][0];
            assert_eq!((&why["siteId"], &why["siteName"]), (&north["id"], &json!("Plant North")));
        }
        for asked in [json!({ "siteId": south["id"] }), json!({ "customerId": acme["id"] })] {
            let found = check(&ada, asked).await;
            assert_eq!(found["considered"][0]["objections"][0]["code"], "other_site");
            assert_eq!(objections(&found), ["it is for the site Plant North"]);
        }
        // An asset is covered where it stands, and where it is looked after.
        let away = check(&ada, json!({ "assetId": line["id"], "siteId": south["id"] })).await;
        assert_eq!((&away["covered"], &away["siteIds"]), (&json!(true), &json!([south["id"], north["id"]])));
        refused(&ada.post("/coverage/check", json!({ "customerId": bolt["id"], "siteId": north["id"] })).await, &["/siteId"]);
        refused(&ada.post("/coverage/check", json!({ "siteId": here["id"] })).await, &["/siteId"]);

        // What is for the asset comes before what is for the site, and that before what is for everything.
        made(&ada, "/entitlements", &acme, json!({ "name": "All", "kind": "repair" })).await.expect(201);
        assert_eq!(check(&ada, json!({ "assetId": line["id"] })).await["entitlementId"], here["id"]);
        let closest = json!({ "name": "The line", "kind": "repair", "assetId": line["id"] });
        let closest = made(&ada, "/entitlements", &acme, closest).await.expect(201);
        assert_eq!(check(&ada, json!({ "assetId": motor["id"] })).await["entitlementId"], closest["id"]);
        let path = at("/entitlements/{id}", &here);
        ada.patch(&path, json!({ "siteId": south["id"] })).await.expect(200);
        let query = "query($input: CoverageRequest!) { checkCoverage(input: $input) { covered siteIds entitlementId considered { siteName objections { code detail } } } }";
        let told = ada.graphql(query, json!({ "input": { "siteId": south["id"] } })).await["checkCoverage"].clone();
        assert_eq!((&told["entitlementId"], &told["considered"][0]["siteName"]), (&here["id"], &json!("Plant South")));
        let query = "query($id: UUID!) { entitlement(id: $id) { site { name } } }";
        assert_eq!(ada.graphql(query, json!({ "id": here["id"] })).await["entitlement"]["site"]["name"], "Plant South");
    }

    async fn a_site_stays_while_something_is_there(world) {
        let ada = world.ada().await;
        let acme = customer(&ada, "Acme").await;
        let plant = site(&ada, &acme, "Plant", "Hamburg").await;
        let path = at("/sites/{id}", &plant);
        let stays = async |why: &str| {
            let refused = ada.delete(&path).await;
            assert_eq!(refused.status, 409, "{}", refused.text);
            assert_eq!(refused.json()["detail"], format!("the site stays while {why}"), "{}", refused.text);
        };
        let press = made(&ada, "/assets", &acme, json!({ "name": "Press", "siteId": plant["id"] })).await.expect(201);
        stays("assets stand there").await;
        ada.patch(&at("/assets/{id}", &press), json!({ "siteId": null })).await.expect(200);
        let request = made(&ada, "/service-requests", &acme, json!({ "subject": "It leaks", "siteId": plant["id"] })).await.expect(201);
        stays("open requests are at it").await;
        ada.post(&at("/service-requests/{id}/resolve", &request), json!({})).await.expect(200);
        let held = json!({ "name": "Repairs", "kind": "repair", "siteId": plant["id"], "endsOn": "2026-11-30" });
        made(&ada, "/entitlements", &acme, held).await.expect(201);
        stays("an entitlement covers it").await;
        // What has ended covers nothing.
        world.advance(TimeDelta::days(10));
        let ada = world.ada().await;
        assert_eq!(ada.delete(&path).await.status, 204);
        refused(&made(&ada, "/assets", &acme, json!({ "name": "Saw", "siteId": plant["id"] })).await, &["/siteId"]);
        let over = check(&ada, json!({ "customerId": acme["id"] })).await;
        assert_eq!(objections(&over), ["it is for the site Plant", "it ended on 2026-11-30"]);
        let kept = ada.get(&at("/service-requests/{id}", &request)).await.expect(200);
        assert_eq!(kept["siteId"], plant["id"]);
    }

    async fn who_may_what_with_sites(world) {
        let ada = world.ada().await;
        let acme = customer(&ada, "Acme").await;
        let plant = site(&ada, &acme, "Plant", "Hamburg").await;
        let path = at("/sites/{id}", &plant);
        let (rep, _) = world.join("rep", "rep").await;
        let (agent, _) = world.join("agent", "agent").await;
        let (marketer, _) = world.join("marketer", "marketer").await;
        for (who, status) in [(&rep, 404), (&agent, 200), (&marketer, 403)] {
            assert_eq!(who.get(&path).await.status, 200);
            let changed = who.patch(&path, json!({ "description": "Ring" })).await;
            assert_eq!(changed.status, status, "{}", changed.text);
        }
        let own = customer(&rep, "Own").await;
        site(&rep, &own, "Shop", "Bremen").await;
        assert_eq!(made(&rep, "/sites", &acme, json!({ "name": "Shop" })).await.status, 403);
        assert_eq!(world.rita().await.get(&path).await.status, 404);
    }
}
