//! How much may be asked: budgets, how they are told, and that one workspace does not starve another.

use chrono::TimeDelta;
use futures_util::{SinkExt, StreamExt, future::join_all};
use serde_json::{Value, json};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

use crate::harness::{Answer, Client, World, on_both_databases};

fn person() -> Value {
    json!({ "kind": "person", "name": "Ann" })
}

fn with_writes(world: &World, writes: u32) -> String {
    world.serve_with(|settings| settings.limits.writes = writes)
}

fn at(base: &str, who: &Client) -> Client {
    Client::new(base, Some(who.token()))
}

fn statuses(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

on_both_databases! {
    async fn answers_tell_what_is_left_and_a_spent_budget_is_refused(world) {
        let ada = world.ada().await;
        let base = with_writes(&world, 5);
        let ada = at(&base, &ada);
        for n in 1..=5 {
            let made = ada.post("/customers", person()).await;
            assert_eq!(made.header("ratelimit-policy"), "\"writes\";q=5;w=60, \"workspace-writes\";q=20;w=60");
            let (caller, workspace) = (5 - n, 20 - n);
            let left = format!("\"writes\";r={caller};t={}, \"workspace-writes\";r={workspace};t={}", n * 12, n * 3);
            assert_eq!(made.header("ratelimit"), left);
            made.expect(201);
        }
        let refused = ada.post("/customers", person()).await;
        assert_eq!(refused.header("retry-after"), "12");
        assert_eq!(refused.header("ratelimit"), "\"writes\";r=0;t=60, \"workspace-writes\";r=15;t=15");
        assert_eq!(refused.header("content-type"), "application/problem+json");
        assert_eq!(refused.expect(429)["code"], "throttled");
        // Reads have a budget of their own, and what is only asked for in a body is a read.
        let listed = ada.get("/customers?count=true").await;
        assert!(listed.header("ratelimit-policy").starts_with("\"reads\";q=600000;w=60"));
        assert_eq!(listed.expect(200)["total"], 5);
        ada.post("/customers/search", json!({})).await.expect(200);
        world.advance(TimeDelta::seconds(12));
        ada.post("/customers", person()).await.expect(201);
        ada.post("/customers", person()).await.expect(429);
    }

    async fn refusals_tell_what_is_left_too_and_strangers_are_told_nothing(world) {
        let ada = world.ada().await;
        let missing = ada.get("/customers/01890a5d-ac96-774b-bcce-b302099a8057").await;
        assert!(missing.header("ratelimit").starts_with("\"reads\";r="));
        missing.expect(404);
        let wrong = ada.post("/customers", json!({})).await;
        assert!(wrong.header("ratelimit").starts_with("\"writes\";r="));
        wrong.expect(422);
        let stranger = world.stranger().get("/customers").await;
        assert_eq!((stranger.header("ratelimit"), stranger.header("ratelimit-policy")), ("", ""));
        let unlimited = world.serve_with(|settings| settings.limits = rapport_domain::kernel::limits::Settings::none());
        let answer = at(&unlimited, &ada).get("/customers").await;
        assert_eq!((answer.header("ratelimit"), answer.header("ratelimit-policy")), ("", ""));
    }

    async fn each_caller_has_a_budget_and_so_has_the_workspace(world) {
        let ada = world.ada().await;
        let roles = ada.get("/roles?builtIn=admin").await.expect(200);
        let new = json!({ "name": "Shop", "roleId": roles["items"][0]["id"] });
        let mut secrets = Vec::new();
        for _ in 0..5 {
            let made = ada.post("/api-keys", new.clone()).await.expect(201);
            secrets.push(made["secret"].as_str().expect("a secret").to_owned());
        }
        let base = with_writes(&world, 3);
        let mut granted = Vec::new();
        for secret in &secrets {
            let shop = Client::new(&base, Some(secret));
            let answers = join_all((0..4).map(|_| shop.post("/customers", person()))).await;
            granted.push(statuses(&answers, 201));
            assert_eq!(statuses(&answers, 201) + statuses(&answers, 429), 4);
        }
        assert_eq!(granted, [3, 3, 3, 3, 0]);
        let rita = at(&base, &world.rita().await);
        rita.post("/customers", person()).await.expect(201);
    }

    async fn graphql_draws_on_a_budget_by_its_cost(world) {
        let ada = world.ada().await;
        let base = world.serve_with(|settings| settings.limits.graphql = 250);
        let ada = at(&base, &ada);
        let query = "{ customers(first: 100) { nodes { name } } }";
        let first = ada.graphql_raw(query, json!({})).await;
        let cost = first.json()["extensions"]["cost"]["requested"].as_i64().expect("a cost");
        assert!((100..125).contains(&cost), "{cost}");
        let left = format!("\"graphql\";r={};", 250 - cost);
        assert!(first.header("ratelimit").starts_with(&left), "{}", first.header("ratelimit"));
        assert_eq!(ada.graphql_raw(query, json!({})).await.status, 200);
        let refused = ada.graphql_raw(query, json!({})).await;
        assert!(refused.header("retry-after").parse::<i64>().is_ok_and(|seconds| (1..=30).contains(&seconds)));
        assert_eq!(refused.json()["errors"][0]["extensions"]["code"], "throttled");
        assert!(refused.json()["data"].is_null());
        assert_eq!(refused.status, 429);
        ada.get("/customers").await.expect(200);
        let mut socket = socket(&base, &ada).await;
        let subscribe = json!({ "id": "1", "type": "subscribe", "payload": { "query": query } });
        socket.send(Message::text(subscribe.to_string())).await.expect("sent");
        let answer = heard(&mut socket).await;
        assert_eq!((&answer["type"], &answer["payload"][0]["extensions"]["code"]), (&json!("error"), &json!("throttled")));
        world.advance(TimeDelta::seconds(30));
        assert_eq!(ada.graphql_raw(query, json!({})).await.status, 200);
    }
}

type Socket =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn socket(base: &str, who: &Client) -> Socket {
    let address = format!("{}/graphql", base.replace("http", "ws"));
    let mut request = address.into_client_request().expect("a request");
    let protocol = HeaderValue::from_static("graphql-transport-ws");
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    let mut socket = connect_async(request).await.expect("a socket").0;
    let payload = json!({ "Authorization": format!("Bearer {}", who.token()) });
    let init = json!({ "type": "connection_init", "payload": payload });
    socket.send(Message::text(init.to_string())).await.expect("sent");
    assert_eq!(heard(&mut socket).await["type"], "connection_ack");
    socket
}

async fn heard(socket: &mut Socket) -> Value {
    loop {
        let message = socket.next().await.expect("a message").expect("readable");
        if let Message::Text(text) = message {
            return serde_json::from_str(&text).expect("JSON");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_share_a_budget() {
    let Some(world) = World::on_postgres().await else { return };
    let ada = world.ada().await;
    let here = with_writes(&world, 40);
    let there = world.deaf_node(|settings| settings.limits.writes = 40).await;
    let nodes = [at(&here, &ada), at(&there, &ada)];
    let mut granted = 0;
    for _ in 0..6 {
        for node in &nodes {
            let answers = join_all((0..5).map(|_| node.post("/customers", person()))).await;
            granted += statuses(&answers, 201);
        }
    }
    // What one has borrowed and not spent the other cannot spend.
    assert!((36..=40).contains(&granted), "{granted}");
}

/// The database keeps 48 requests of one workspace waiting: neither they nor what they hold keep another waiting.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_workspace_does_not_starve_another() {
    let Some(world) = World::on_postgres().await else { return };
    let (ada, rita) = (world.ada().await, world.rita().await);
    let customer = ada.post("/customers", person()).await.expect(201);
    let path = format!("/customers/{}", customer["id"].as_str().expect("an id"));
    let mut lock = world.lock_customers_of(&ada).await;
    let flood = |base: &str, who: &Client| {
        let who = at(base, who);
        let patches = (0..48).map(|n| {
            let (who, path) = (who.clone(), path.clone());
            let patch = json!({ "name": format!("Ann {n}") });
            tokio::spawn(async move { who.patch(&path, patch).await.status.as_u16() })
        });
        patches.collect::<Vec<_>>()
    };
    // Once kept waiting for connections, once for their turn.
    let any_number = world.serve_with(|settings| settings.limits.at_once = 0);
    let few = world.serve_with(|settings| settings.limits.at_once = 2);
    let floods = [flood(&any_number, &ada), flood(&few, &ada)];
    for base in [&any_number, &few] {
        let rita = at(base, &rita);
        for _ in 0..20 {
            rita.post("/customers", person()).await.expect(201);
            rita.get("/customers").await.expect(200);
        }
    }
    lock.end().await;
    for answered in join_all(floods.into_iter().flatten()).await {
        // Who has waited too long is told to try again.
        assert!([200, 503].contains(&answered.expect("an answer")));
    }
    at(&few, &ada).get(&path).await.expect(200);
}
