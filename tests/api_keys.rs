//! API keys: what they can do, where and how long, and what people keep for themselves.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use futures_util::{SinkExt, StreamExt};
use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

use crate::harness::{Client, World, on_both_databases, world::PASSWORD};

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

async fn role(ada: &Client, name: &str) -> Value {
    ada.get(&format!("/roles?builtIn={name}")).await.expect(200)["items"][0]["id"].clone()
}

/// A new key of a built-in role, with more members.
async fn make(by: &Client, of: &str, more: Value) -> Value {
    let mut new = json!({ "name": "Shop", "roleId": role(by, of).await });
    let members = new.as_object_mut().expect("members");
    members.extend(more.as_object().expect("members").clone());
    by.post("/api-keys", new).await.expect(201)
}

fn client(base: &str, key: &Value) -> Client {
    Client::new(base, Some(text(&key["secret"])))
}

fn at(key: &Value) -> String {
    format!("/api-keys/{}", text(&key["id"]))
}

fn person() -> Value {
    json!({ "kind": "person", "name": "Ann" })
}

/// Asks until the answer is what is waited for.
async fn until(what: impl AsyncFn() -> bool) -> Duration {
    let began = Instant::now();
    while !what().await {
        assert!(began.elapsed() < Duration::from_secs(10), "it does not come");
        tokio::task::yield_now().await;
    }
    began.elapsed()
}

on_both_databases! {
    async fn a_key_works_where_an_access_token_does_and_is_named_in_the_log(world) {
        let ada = world.ada().await;
        let made = ada.post("/api-keys", json!({ "name": "Shop", "roleId": role(&ada, "integration").await })).await;
        assert_eq!(made.header("location"), format!("/api/v1{}", at(&made.json())));
        assert_eq!(made.header("cache-control"), "no-store");
        let key = made.expect(201);
        assert!(text(&key["secret"]).starts_with("rap_live_"));
        assert!(text(&key["secret"]).ends_with(text(&key["hint"])));
        let shop = client(&world.base, &key);
        let customer = shop.post("/customers", person()).await.expect(201);
        let named = shop.graphql("{ customers { nodes { name } } }", json!({})).await;
        assert_eq!(named["customers"]["nodes"][0]["name"], "Ann");
        let me = ada.get("/me").await.expect(200)["user"]["id"].clone();
        assert_eq!((&customer["ownerId"], &key["ownerId"]), (&me, &me), "it acts for its owner");
        let told = events(&world).await;
        let made = told.iter().find(|event| event["type"] == "rapport.customer.created.v1").expect("an event");
        assert_eq!((&made["actorkind"], &made["actorid"]), (&json!("api_key"), &key["id"]));
        let audit = ada.get(&format!("/audit-entries?actor={}", text(&key["id"]))).await.expect(200);
        assert_eq!(audit["items"][0]["actor"]["name"], "Shop");
    }

    async fn the_secret_is_told_once_and_is_nowhere_else(world) {
        let ada = world.ada().await;
        let key = make(&ada, "viewer", json!({})).await;
        let secret = text(&key["secret"]);
        let list = ada.get("/api-keys").await;
        let one = ada.get(&at(&key)).await;
        let query = "query($id: UUID!) { apiKey(id: $id) { name hint scopes networks role { name } owner { name } } }";
        let graphql = ada.graphql(query, json!({ "id": key["id"] })).await;
        assert_eq!(graphql["apiKey"]["owner"]["name"], "Ada Lovelace");
        assert_eq!(graphql["apiKey"]["role"]["name"], "Viewer");
        let told = events(&world).await;
        assert!(told.iter().any(|event| event["type"] == "rapport.api_key.created.v1"));
        let told = told.iter().map(|event| event["data"].to_string()).collect::<String>();
        for shown in [list.text, one.text, told] {
            assert!(!shown.contains(&secret[..40]) && !shown.contains("ecret"), "{shown}");
        }
        let query = "mutation($input: NewApiKey!) { createApiKey(input: $input) { id secret name } }";
        let input = json!({ "name": "Other", "roleId": key["roleId"] });
        let other = ada.graphql(query, json!({ "input": input })).await["createApiKey"].clone();
        client(&world.base, &other).get("/customers").await.expect(200);
    }

    async fn scopes_narrow_the_role(world) {
        let ada = world.ada().await;
        let scopes = json!(["customer:read", "order:update"]);
        let key = make(&ada, "admin", json!({ "scopes": scopes })).await;
        assert_eq!(key["scopes"], scopes);
        let narrow = client(&world.base, &key);
        narrow.get("/customers").await.expect(200);
        narrow.post("/customers", person()).await.expect(403);
        narrow.get("/orders").await.expect(403);
        narrow.get("/users").await.expect(403);
        assert_eq!(narrow.graphql_codes("{ products { nodes { id } } }", json!({})).await, ["forbidden"]);
        let me = narrow.get("/me").await.expect(200);
        let allowed = me["permissions"].as_array().expect("cells").iter();
        let allowed = allowed.filter(|cell| cell["scope"] != "none").count();
        assert_eq!((allowed, &me["apiKey"]["id"], &me["session"]), (2, &key["id"], &Value::Null));
        assert_eq!(me["user"]["name"], "Ada Lovelace");
        ada.patch(&at(&key), json!({ "scopes": [] })).await.expect(200);
        narrow.post("/customers", person()).await.expect(201);
        let unknown = json!({ "name": "x", "roleId": key["roleId"], "scopes": ["customer:read", "session:read", "all"] });
        let refused = ada.post("/api-keys", unknown).await;
        assert_eq!(refused.pointers(), ["/scopes/1", "/scopes/2"]);
        refused.expect(422);
    }

    async fn nobody_makes_a_key_that_may_more_than_they(world) {
        let ada = world.ada().await;
        let cell = |resource: &str, verb: &str| json!({ "resource": resource, "verb": verb, "scope": "all" });
        let permissions = [cell("customer", "read"), cell("api_key", "create"), cell("api_key", "update")];
        let maker = json!({ "name": "Key maker", "permissions": permissions });
        let maker = ada.post("/roles", maker).await.expect(201);
        let (eve, user) = world.join_as("eve", &maker["id"]).await;
        let new = |role: &Value, scopes: Value| json!({ "name": "x", "roleId": role, "scopes": scopes });
        let admin = role(&ada, "admin").await;
        eve.post("/api-keys", new(&admin, json!([]))).await.expect(403);
        eve.post("/api-keys", new(&admin, json!(["customer:read", "order:read"]))).await.expect(403);
        let key = eve.post("/api-keys", new(&admin, json!(["customer:read"]))).await.expect(201);
        let reader = client(&world.base, &key);
        reader.get("/customers").await.expect(200);
        // Neither afterwards, by a patch or when they may less themselves.
        eve.patch(&at(&key), json!({ "scopes": [] })).await.expect(403);
        let hers = make(&ada, "admin", json!({})).await;
        eve.patch(&at(&hers), json!({ "networks": ["0.0.0.0/0"] })).await.expect(403);
        let nothing = ada.post("/roles", json!({ "name": "Nothing", "permissions": [] })).await.expect(201);
        let path = format!("/users/{}", text(&user["id"]));
        ada.patch(&path, json!({ "roleId": nothing["id"] })).await.expect(200);
        reader.get("/customers").await.expect(403);
        let gone = json!({ "name": "x", "roleId": key["id"] });
        assert_eq!(ada.post("/api-keys", gone).await.pointers(), ["/roleId"]);
    }

    async fn a_key_reaches_nothing_that_is_of_people(world) {
        let ada = world.ada().await;
        let key = make(&ada, "admin", json!({})).await;
        let program = client(&world.base, &key);
        program.get("/sessions").await.expect(403);
        program.get("/sessions/current").await.expect(403);
        program.delete("/sessions/current").await.expect(403);
        program.delete("/sessions").await.expect(403);
        program.get("/api-keys").await.expect(403);
        program.delete(&at(&key)).await.expect(403);
        program.post("/api-keys", json!({ "name": "x", "roleId": key["roleId"] })).await.expect(403);
        let change = json!({ "currentPassword": PASSWORD, "newPassword": "another long passphrase" });
        program.post("/me/password", change).await.expect(403);
        let invitation = json!({ "email": "x@acme.example", "name": "X", "roleId": role(&ada, "viewer").await });
        program.post("/users/invite", invitation).await.expect(403);
        program.post("/roles", json!({ "name": "x", "permissions": [] })).await.expect(403);
        program.post("/teams", json!({ "name": "North" })).await.expect(201);
        ada.get("/me").await.expect(200);
    }

    async fn whatever_is_wrong_with_a_key_the_answer_is_the_same(world) {
        let ada = world.ada().await;
        let soon = world.clock.now() + TimeDelta::hours(1);
        let expired = make(&ada, "viewer", json!({ "expiresAt": soon })).await;
        let revoked = make(&ada, "viewer", json!({})).await;
        let elsewhere = make(&ada, "viewer", json!({ "networks": ["192.0.2.0/24", "2001:db8::/32"] })).await;
        for good in [&expired, &revoked] {
            client(&world.base, good).get("/customers").await.expect(200);
        }
        world.advance(TimeDelta::minutes(59));
        let ada = world.ada().await;
        client(&world.base, &expired).get("/customers").await.expect(200);
        world.advance(TimeDelta::minutes(1));
        ada.delete(&at(&revoked)).await.expect(204);
        ada.delete(&at(&revoked)).await.expect(404);
        let unknown = json!({ "secret": text(&revoked["secret"]).replace("rap_live_", "rap_live_0") });
        let stranger = world.stranger().get("/customers").await;
        let body = |answer: &crate::harness::Answer| {
            let mut body = answer.json();
            body["traceId"].take();
            body
        };
        for bad in [&expired, &revoked, &elsewhere, &unknown] {
            let refused = client(&world.base, bad).get("/customers").await;
            assert_eq!(body(&refused), body(&stranger));
            assert_eq!(refused.header("www-authenticate"), stranger.header("www-authenticate"));
            assert_eq!(refused.status, 401);
            let graphql = client(&world.base, bad).graphql_raw("{ __typename }", json!({})).await;
            assert_eq!(graphql.status, 401);
        }
        let deleted = ada.get("/api-keys?deleted=true").await.expect(200);
        assert_eq!(deleted["items"][0]["id"], revoked["id"]);
        let over = json!({ "expiresAt": world.clock.now() });
        assert_eq!(ada.patch(&at(&elsewhere), over).await.pointers(), ["/expiresAt"]);
    }

    async fn a_key_is_good_in_its_networks_whatever_strangers_say_of_where_they_are(world) {
        let ada = world.ada().await;
        let here = make(&ada, "viewer", json!({ "networks": ["127.0.0.0/8", "::1/128"] })).await;
        client(&world.base, &here).get("/customers").await.expect(200);
        let office = make(&ada, "viewer", json!({ "networks": ["192.0.2.0/24"] })).await;
        let forwarded = |base: String, path: &'static str| {
            let office = client(&base, &office);
            async move { office.send(Method::GET, path, None, &[("x-forwarded-for", "192.0.2.7")]).await.status }
        };
        assert_eq!(forwarded(world.base.clone(), "/customers").await, 401);
        let behind = world.serve_with(|settings| {
            settings.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")];
        });
        assert_eq!(forwarded(behind.clone(), "/customers").await, 200);
        client(&behind, &office).get("/customers").await.expect(401);
        client(&behind, &here).get("/customers").await.expect(200);
        until(async || ada.get(&at(&office)).await.expect(200)["lastUsedFrom"] == "192.0.2.7").await;
        let wrong = json!({ "name": "x", "roleId": office["roleId"], "networks": ["192.0.2.7", "10.0.0.0/8", "::/129"] });
        assert_eq!(ada.post("/api-keys", wrong).await.pointers(), ["/networks/0", "/networks/2"]);
    }

    async fn the_last_use_is_known_to_the_minute(world) {
        let ada = world.ada().await;
        let key = make(&ada, "viewer", json!({})).await;
        assert_eq!(key["lastUsedAt"], Value::Null);
        let before = ada.get(&at(&key)).await;
        let used_at = async || {
            let key = ada.get(&at(&key)).await.expect(200);
            key["lastUsedAt"].as_str().map(str::to_owned)
        };
        let shop = client(&world.base, &key);
        shop.get("/customers").await.expect(200);
        until(async || used_at().await.is_some()).await;
        let first = used_at().await;
        let tag = [("if-none-match", before.header("etag"))];
        assert_eq!(ada.send(Method::GET, &at(&key), None, &tag).await.status, 200, "it is not the same any more");
        world.advance(TimeDelta::seconds(59));
        // A change makes the server ask anew who the key is.
        ada.patch(&at(&key), json!({ "name": "Web shop" })).await.expect(200);
        shop.get("/customers").await.expect(200);
        assert_eq!(used_at().await, first);
        world.advance(TimeDelta::seconds(1));
        let ada = world.ada().await;
        until(async || {
            shop.get("/customers").await.expect(200);
            ada.get(&at(&key)).await.expect(200)["lastUsedAt"].as_str().map(str::to_owned) != first
        }).await;
        let told = events(&world).await;
        let of_keys = told.iter().filter(|event| text(&event["type"]).starts_with("rapport.api_key."));
        assert_eq!(of_keys.count(), 2, "that it was used is no event");
    }

    async fn a_key_ends_with_its_owner_and_keeps_its_role(world) {
        let ada = world.ada().await;
        let (eve, user) = world.join("eve", "admin").await;
        let custom = json!({ "name": "Reader", "permissions": [{ "resource": "customer", "verb": "read", "scope": "all" }] });
        let custom = ada.post("/roles", custom).await.expect(201);
        let key = json!({ "name": "Hers", "roleId": custom["id"] });
        let key = eve.post("/api-keys", key).await.expect(201);
        let program = client(&world.base, &key);
        program.get("/customers").await.expect(200);
        let role = format!("/roles/{}", text(&custom["id"]));
        ada.delete(&role).await.expect(409);
        let path = format!("/users/{}", text(&user["id"]));
        ada.patch(&path, json!({ "status": "inactive" })).await.expect(200);
        program.get("/customers").await.expect(401);
        ada.patch(&path, json!({ "status": "active" })).await.expect(200);
        program.get("/customers").await.expect(200);
        ada.delete(&path).await.expect(204);
        program.get("/customers").await.expect(401);
        ada.delete(&at(&key)).await.expect(204);
        ada.delete(&role).await.expect(204);
    }

    async fn a_revoked_key_ends_its_websocket(world) {
        let ada = world.ada().await;
        let key = make(&ada, "viewer", json!({})).await;
        let address = format!("{}/graphql", world.base.replace("http", "ws"));
        let mut request = address.into_client_request().expect("a request");
        let protocol = HeaderValue::from_static("graphql-transport-ws");
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let mut socket = connect_async(request).await.expect("a socket").0;
        let payload = json!({ "Authorization": format!("Bearer {}", text(&key["secret"])) });
        let init = json!({ "type": "connection_init", "payload": payload });
        socket.send(Message::text(init.to_string())).await.expect("sent");
        let ack = socket.next().await.expect("a message").expect("readable");
        assert!(ack.to_text().expect("a text").contains("connection_ack"));
        ada.delete(&at(&key)).await.expect(204);
        let began = Instant::now();
        loop {
            match socket.next().await.expect("a message").expect("readable") {
                Message::Close(frame) => break assert_eq!(u16::from(frame.expect("a reason").code), 4403),
                Message::Ping(_) => {}
                other => panic!("{other:?}"),
            }
        }
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    }
}

/// Everything that the log tells an administrator.
async fn events(world: &World) -> Vec<Value> {
    let ada = world.ada().await;
    let last = ada.post("/teams", json!({ "name": "The last event" })).await.expect(201);
    until(async || {
        let feed = ada.get("/events?after=start&limit=1000").await.expect(200);
        feed["items"]
            .as_array()
            .is_some_and(|told| told.iter().any(|event| event["subject"] == last["id"]))
    })
    .await;
    let feed = ada.get("/events?after=start&limit=1000").await.expect(200);
    ada.delete(&format!("/teams/{}", text(&last["id"]))).await.expect(204);
    feed["items"].as_array().expect("events").clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_key_is_of_no_use_on_another_node_within_a_second() {
    let Some(world) = World::on_postgres().await else { return };
    let node = world.deaf_node(|_| {}).await;
    let ada = world.ada().await;
    let key = make(&ada, "integration", json!({})).await;
    let there = client(&node, &key);
    there.post("/customers", person()).await.expect(201);
    let narrower = json!({ "scopes": ["order:read"] });
    ada.patch(&at(&key), narrower).await.expect(200);
    let took = until(async || there.get("/customers").await.status == 403).await;
    assert!(took < Duration::from_secs(1), "{took:?}");
    ada.delete(&at(&key)).await.expect(204);
    let took = until(async || there.get("/orders").await.status == 401).await;
    assert!(took < Duration::from_secs(1), "{took:?}");
}
