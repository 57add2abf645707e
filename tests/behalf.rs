//! What goes on when the program that asked for it with an API key is not there: it may what the key may by then, and ends
//! with it.

use std::time::Instant;

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Client, PATIENCE, Receiver, World, on_both_databases};

const CSV: &str = "text/csv";
const IMPORT: &str = "/imports?kind=customers";
const CUSTOMERS: &str = "externalId,kind,name\n1,organization,Acme\n2,person,Ann\n";

/// What an import of customers takes, and to look at it.
const IMPORTS: [&str; 5] =
    ["import:create", "import:read", "customer:read", "customer:create", "customer:update"];

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn at(path: &str, of: &Value) -> String {
    format!("{path}/{}", text(&of["id"]))
}

async fn role(ada: &Client, name: &str) -> Value {
    ada.get(&format!("/roles?builtIn={name}")).await.expect(200)["items"][0]["id"].clone()
}

/// A role that gives this, each as `resource:verb:scope`.
async fn role_of(ada: &Client, cells: &[&str]) -> Value {
    let permissions = cells.iter().map(|cell| {
        let [resource, verb, scope] = cell.split(':').collect::<Vec<_>>()[..] else { panic!() };
        json!({ "resource": resource, "verb": verb, "scope": scope })
    });
    let permissions: Vec<Value> = permissions.collect();
    let new = json!({ "name": cells.join(" "), "permissions": permissions });
    ada.post("/roles", new).await.expect(201)["id"].clone()
}

/// A key of a role, and a program that has it.
async fn key_of(by: &Client, world: &World, role: &Value, more: Value) -> (Value, Client) {
    let mut new = json!({ "name": "Shop", "roleId": role });
    new.as_object_mut().expect("members").extend(more.as_object().expect("members").clone());
    let key = by.post("/api-keys", new).await.expect(201);
    let program = Client::new(&world.base, key["secret"].as_str());
    (key, program)
}

/// A key with scopes of the role `integration`.
async fn key(by: &Client, world: &World, scopes: &[&str]) -> (Value, Client) {
    let role = role(by, "integration").await;
    key_of(by, world, &role, json!({ "scopes": scopes })).await
}

async fn import(by: &Client) -> Value {
    by.upload(IMPORT, CSV, CUSTOMERS).await.expect(201)
}

async fn customers(ada: &Client) -> i64 {
    ada.get("/customers?count=true&limit=1").await.expect(200)["total"].as_i64().expect("a total")
}

async fn product(ada: &Client, name: &str) {
    let price = json!({ "amount": "1.00", "currency": "USD" });
    let new = json!({ "sku": name, "name": name, "price": price });
    ada.post("/products", new).await.expect(201);
}

async fn customer(ada: &Client, name: &str) {
    ada.post("/customers", json!({ "kind": "person", "name": name })).await.expect(201);
}

async fn endpoint(by: &Client, receiver: &Receiver, types: &[&str]) -> Value {
    let new = json!({ "url": receiver.url, "eventTypes": types });
    by.post("/webhook-endpoints", new).await.expect(201)
}

/// What the next webhook tells was made.
async fn told(receiver: &mut Receiver) -> String {
    text(&receiver.next().await.json()["data"]["after"]["name"]).to_owned()
}

/// Does something that wakes who sends, until an endpoint is disabled.
async fn until_disabled(ada: &Client, endpoint: &Value, wake: impl AsyncFn()) -> Value {
    let patience = Instant::now() + PATIENCE;
    loop {
        wake().await;
        let now = ada.get(&at("/webhook-endpoints", endpoint)).await.expect(200);
        if now["enabled"] == false {
            return now["disabledReason"].clone();
        }
        assert!(Instant::now() < patience, "{now}");
    }
}

on_both_databases! {
    async fn an_import_with_a_key_is_the_keys_in_the_log(world) {
        let ada = world.ada().await;
        let (key, shop) = key(&ada, &world, &IMPORTS).await;
        let id = "019aa6cd-6f51-7c12-9d67-3c5b52a4e7f0";
        let path = format!("{IMPORT}&id={id}");
        let made = shop.upload(&path, CSV, CUSTOMERS).await.expect(201);
        assert_eq!((&made["apiKeyId"], &made["createdBy"]), (&key["id"], &key["ownerId"]));
        // Repeated, by somebody else too, it stays what it is.
        for who in [&shop, &ada] {
            assert_eq!(who.upload(&path, CSV, CUSTOMERS).await.expect(201)["apiKeyId"], key["id"]);
        }
        world.work().await;
        let done = shop.get(&at("/imports", &made)).await.expect(200);
        assert_eq!((&done["state"], &done["imported"]), (&json!("succeeded"), &json!(2)), "{done}");
        let events = ada.events("types=rapport.customer.created.v1", 2).await;
        for event in events["items"].as_array().expect("events") {
            assert_eq!((&event["actorkind"], &event["actorid"]), (&json!("api_key"), &key["id"]));
        }
        let audit = ada.get(&format!("/audit-entries?actor={}", text(&key["id"]))).await.expect(200);
        assert_eq!(audit["items"][0]["resource"], "customer");
        assert_eq!(audit["items"][0]["actor"]["name"], "Shop");
        // What somebody starts who is signed in is theirs, and not a key's.
        assert_eq!(import(&ada).await["apiKeyId"], Value::Null);
    }

    async fn an_import_with_a_key_writes_what_the_key_may_when_it_runs(world) {
        let ada = world.ada().await;
        for missing in IMPORTS.iter().filter(|scope| **scope != "import:read") {
            let scopes: Vec<&str> = IMPORTS.into_iter().filter(|scope| scope != missing).collect();
            let (_, less) = key(&ada, &world, &scopes).await;
            less.upload(IMPORT, CSV, CUSTOMERS).await.expect(403);
        }
        let (narrowed, shop) = key(&ada, &world, &IMPORTS).await;
        let made = import(&shop).await;
        let scopes = json!({ "scopes": ["import:create", "customer:read", "customer:update"] });
        ada.patch(&at("/api-keys", &narrowed), scopes).await.expect(200);
        world.work().await;
        let failed = ada.get(&at("/imports", &made)).await.expect(200);
        assert_eq!((&failed["state"], &failed["rows"]), (&json!("failed"), &json!(0)), "{failed}");
        assert!(text(&failed["problem"]).contains("may not"), "{failed}");
        // Nor may it more than its owner, however much its role gives.
        let maker = ["import", "customer", "api_key"].map(|of| ["read", "create", "update"].map(|verb| format!("{of}:{verb}:all")));
        let maker: Vec<&str> = maker.iter().flatten().map(String::as_str).collect();
        let (eve, her) = world.join_as("eve", &role_of(&ada, &maker).await).await;
        let (_, hers) = key(&eve, &world, &IMPORTS).await;
        let made = import(&hers).await;
        let viewer = role(&ada, "viewer").await;
        ada.patch(&at("/users", &her), json!({ "roleId": viewer })).await.expect(200);
        world.work().await;
        assert_eq!(ada.get(&at("/imports", &made)).await.expect(200)["state"], "failed");
        assert_eq!(customers(&ada).await, 0);
    }

    async fn what_was_started_with_a_key_ends_with_it(world) {
        let ada = world.ada().await;
        let scopes = [&IMPORTS[..], &["export:create"]].concat();
        let all = role(&ada, "integration").await;
        let (revoked, one) = key(&ada, &world, &scopes).await;
        let soon = world.clock.now() + TimeDelta::minutes(10);
        let (_, two) = key_of(&ada, &world, &all, json!({ "expiresAt": soon })).await;
        let (eve, her) = world.join("eve", "admin").await;
        let (_, three) = key(&eve, &world, &scopes).await;
        let mut jobs = Vec::new();
        for program in [&one, &two, &three] {
            jobs.push(at("/imports", &import(program).await));
            let export = program.post("/exports", json!({ "kind": "customers" })).await.expect(201);
            jobs.push(at("/exports", &export));
        }
        ada.delete(&at("/api-keys", &revoked)).await.expect(204);
        ada.patch(&at("/users", &her), json!({ "status": "inactive" })).await.expect(200);
        world.advance(TimeDelta::minutes(10));
        world.work().await;
        for job in jobs {
            let failed = ada.get(&job).await.expect(200);
            assert_eq!((&failed["state"], &failed["rows"]), (&json!("failed"), &json!(0)), "{failed}");
            assert_eq!(failed["problem"], "the API key that this was started with is no longer good");
        }
        assert_eq!(customers(&ada).await, 0);
    }

    async fn an_import_is_undone_with_the_leave_of_the_key_that_asked(world) {
        let ada = world.ada().await;
        let made = import(&ada).await;
        world.work().await;
        let undo = format!("{}/undo", at("/imports", &made));
        let (_, less) = key(&ada, &world, &["import:update", "customer:update"]).await;
        less.post(&undo, json!({})).await.expect(403);
        let scopes = ["import:update", "customer:update", "customer:delete"];
        let (gone, program) = key(&ada, &world, &scopes).await;
        program.post(&undo, json!({})).await.expect(200);
        ada.delete(&at("/api-keys", &gone)).await.expect(204);
        world.work().await;
        let failed = ada.get(&at("/imports", &made)).await.expect(200);
        assert_eq!(failed["problem"], "the API key that this was started with is no longer good");
        assert_eq!((&failed["state"], customers(&ada).await), (&json!("failed"), 2));
        let (good, program) = key(&ada, &world, &scopes).await;
        program.post(&undo, json!({})).await.expect(200);
        world.work().await;
        let undone = ada.get(&at("/imports", &made)).await.expect(200);
        assert_eq!((&undone["state"], &undone["apiKeyId"]), (&json!("undone"), &Value::Null));
        assert_eq!(customers(&ada).await, 0);
        let audit = ada.get(&format!("/audit-entries?actor={}", text(&good["id"]))).await.expect(200);
        assert_eq!(audit["items"][0]["type"], "rapport.customer.deleted.v1");
    }

    async fn an_export_with_a_key_has_what_the_key_may_read(world) {
        let ada = world.ada().await;
        let (rep, _) = world.join("rep", "rep").await;
        customer(&ada, "Ann").await;
        customer(&rep, "Bob").await;
        let own = ["customer:read:own", "export:create:own", "export:read:own"];
        let (key, program) = key_of(&ada, &world, &role_of(&ada, &own).await, json!({})).await;
        program.post("/exports", json!({ "kind": "orders" })).await.expect(403);
        let new = json!({ "kind": "CUSTOMERS", "fields": ["name"] });
        let query = "mutation($input: NewExport!) { createExport(input: $input) { id apiKeyId } }";
        let made = program.graphql(query, json!({ "input": new })).await["createExport"].clone();
        assert_eq!(made["apiKeyId"], key["id"]);
        world.work().await;
        let file = program.get(&format!("{}/file", at("/exports", &made))).await;
        assert_eq!(file.text, "name\nAnn\n", "its owner may read all of them");
    }

    async fn where_a_key_is_good_is_about_requests_and_not_about_what_they_start(world) {
        let ada = world.ada().await;
        let office = json!({ "networks": ["192.0.2.0/24"] });
        let all = role(&ada, "integration").await;
        let (key, _) = key_of(&ada, &world, &all, office).await;
        let behind = world.serve_with(|settings| {
            settings.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")];
        });
        let program = Client::new(&behind, key["secret"].as_str());
        let new = json!({ "kind": "customers", "fields": ["name"] });
        let from = |address| [("x-forwarded-for", address)];
        let refused = program.send(Method::POST, "/exports", Some(new.clone()), &from("198.51.100.7")).await;
        refused.expect(401);
        let made = program.send(Method::POST, "/exports", Some(new), &from("192.0.2.7")).await.expect(201);
        ada.patch(&at("/api-keys", &key), json!({ "networks": ["203.0.113.0/24"] })).await.expect(200);
        world.work().await;
        assert_eq!(ada.get(&at("/exports", &made)).await.expect(200)["state"], "succeeded");
    }

    async fn an_endpoint_made_with_a_key_is_sent_what_the_key_may_read_and_nothing_once_it_is_revoked(world) {
        let _sending = world.send_webhooks();
        let ada = world.ada().await;
        let blind = key(&ada, &world, &["webhook_endpoint:create", "product:read"]).await.1;
        let scopes = ["event:read", "webhook_endpoint:create", "product:read"];
        let (key, shop) = key(&ada, &world, &scopes).await;
        let mut receiver = Receiver::start().await;
        let new = json!({ "url": receiver.url, "eventTypes": ["*"] });
        blind.post("/webhook-endpoints", new).await.expect(403);
        world.settle().await;
        let made = endpoint(&shop, &receiver, &["*"]).await;
        assert_eq!((&made["apiKeyId"], &made["ownerId"]), (&key["id"], &key["ownerId"]));
        // Ada may see customers, her key may not.
        customer(&ada, "Ann").await;
        product(&ada, "First").await;
        assert_eq!(told(&mut receiver).await, "First");
        ada.delete(&at("/api-keys", &key)).await.expect(204);
        product(&ada, "Second").await;
        assert_eq!(until_disabled(&ada, &made, async || ()).await, "owner");
        assert!(receiver.now().is_none());
        // Whoever saves it again answers for it.
        world.settle().await;
        let hers = ada.patch(&at("/webhook-endpoints", &made), json!({ "enabled": true })).await.expect(200);
        assert_eq!(hers["apiKeyId"], Value::Null);
        customer(&ada, "Bob").await;
        let mut names = Vec::new();
        while names.last().is_none_or(|name| name != "Bob") {
            let event = receiver.next().await.json();
            names.extend(event["data"]["after"]["name"].as_str().map(str::to_owned));
        }
        assert!(!names.contains(&"Second".to_owned()), "{names:?}");
    }

    async fn an_endpoint_saved_with_a_key_is_sent_less_when_the_keys_scopes_are_narrowed(world) {
        let _sending = world.send_webhooks();
        let ada = world.ada().await;
        let scopes = ["event:read", "webhook_endpoint:update", "product:read", "customer:read"];
        let (key, shop) = key(&ada, &world, &scopes).await;
        let mut receiver = Receiver::start().await;
        world.settle().await;
        let made = endpoint(&ada, &receiver, &["rapport.product.*", "rapport.customer.*", "rapport.team.*"]).await;
        let saved = shop.patch(&at("/webhook-endpoints", &made), json!({ "description": "Ours" })).await.expect(200);
        assert_eq!(saved["apiKeyId"], key["id"]);
        ada.post("/teams", json!({ "name": "North" })).await.expect(201);
        customer(&ada, "Ann").await;
        assert_eq!(told(&mut receiver).await, "Ann");
        let less = json!({ "scopes": ["event:read", "product:read"] });
        ada.patch(&at("/api-keys", &key), less).await.expect(200);
        customer(&ada, "Bob").await;
        product(&ada, "Thing").await;
        assert_eq!(told(&mut receiver).await, "Thing");
    }

    async fn an_endpoint_made_with_a_key_is_disabled_when_the_key_expires(world) {
        let _sending = world.send_webhooks();
        let ada = world.ada().await;
        let soon = world.clock.now() + TimeDelta::minutes(10);
        let all = role(&ada, "integration").await;
        let (_, shop) = key_of(&ada, &world, &all, json!({ "expiresAt": soon })).await;
        let mut receiver = Receiver::start().await;
        world.settle().await;
        let made = endpoint(&shop, &receiver, &["rapport.product.*"]).await;
        product(&ada, "First").await;
        assert_eq!(told(&mut receiver).await, "First");
        world.advance(TimeDelta::minutes(10));
        // Nothing that it would be sent tells of the end.
        let reason = until_disabled(&ada, &made, async || customer(&ada, "Ann").await).await;
        assert_eq!(reason, "owner");
        product(&ada, "Second").await;
        assert!(receiver.now().is_none());
    }
}
