//! GraphQL as a protocol: who is let in, what is bounded, how errors look, and subscriptions. (That it keeps to
//! GraphQL over HTTP and graphql-transport-ws is told by the scripts in `graphql/`.)

use chrono::TimeDelta;
use futures_util::{SinkExt, StreamExt};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

use crate::harness::{Client, PATIENCE, World, on_both_databases, world::PASSWORD};

const SIGN_IN: &str =
    "mutation($input: NewSession!) { createSession(input: $input) { accessToken } }";

fn credentials(password: &str) -> Value {
    json!({ "input": { "workspace": "acme", "email": "ada@acme.example", "password": password } })
}

fn person(name: &str) -> Value {
    json!({ "kind": "person", "name": name, "phone": "+4930901820" })
}

/// A client's end of a socket.
struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn open(world: &World) -> Self {
        let address = format!("{}/graphql", world.base.replace("http", "ws"));
        let mut request = address.into_client_request().expect("a request");
        let protocol = HeaderValue::from_static("graphql-transport-ws");
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        Self(connect_async(request).await.expect("a socket").0)
    }

    async fn known(world: &World, client: &Client) -> Self {
        let mut socket = Self::open(world).await;
        let payload = json!({ "Authorization": format!("Bearer {}", client.token()) });
        socket.say(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.hear().await["type"], "connection_ack");
        socket
    }

    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.expect("sent");
    }

    async fn subscribe(&mut self, id: &str, query: &str) {
        let payload = json!({ "query": query });
        self.say(json!({ "id": id, "type": "subscribe", "payload": payload })).await;
    }

    async fn next(&mut self) -> Message {
        loop {
            let message = timeout(PATIENCE, self.0.next()).await;
            match message.expect("in time").expect("a message").expect("readable") {
                Message::Ping(_) | Message::Pong(_) => {}
                message => return message,
            }
        }
    }

    async fn hear(&mut self) -> Value {
        match self.next().await {
            Message::Text(text) => serde_json::from_str(&text).expect("JSON"),
            message => panic!("{message:?}"),
        }
    }

    /// The next event of a subscription.
    async fn event(&mut self, id: &str) -> Value {
        let next = self.hear().await;
        assert_eq!((&next["id"], &next["type"]), (&json!(id), &json!("next")), "{next}");
        next["payload"]["data"]["events"].clone()
    }

    /// The code it is closed with, whatever is said before.
    async fn closed(&mut self) -> u16 {
        loop {
            if let Message::Close(frame) = self.next().await {
                return frame.expect("a reason").code.into();
            }
        }
    }
}

on_both_databases! {
    async fn a_browser_is_given_the_page_and_whoever_wants_an_answer_is_not(world) {
        let stranger = world.stranger();
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        for (method, accept, status, kind) in [
            (Method::GET, browser, 200, "text/html; charset=utf-8"),
            (Method::HEAD, browser, 200, "text/html; charset=utf-8"),
            (Method::GET, "application/json, text/html", 401, "application/json; charset=utf-8"),
            (Method::GET, "text/plain", 406, "application/problem+json"),
            (Method::POST, browser, 406, "application/problem+json"),
        ] {
            let headers = [("accept", accept), ("content-type", "application/json")];
            let answer = stranger.send(method.clone(), "/graphql", None, &headers).await;
            let told = (answer.status.as_u16(), answer.header("content-type"));
            assert_eq!(told, (status, kind), "{method} {accept}: {}", answer.text);
            assert_eq!(answer.text.contains("<html"), method == Method::GET && status == 200);
        }
    }

    async fn strangers_can_sign_in_and_learn_nothing_else(world) {
        let stranger = world.stranger();
        for query in [
            "{ __typename }",
            "{ __schema { types { name } } }",
            "{ customers { totalCount } }",
            "{ nothing }",
            "{",
            "mutation { createSession { accessToken } deleteCustomer(id: 1) { id } }",
            "subscription { events { id } }",
        ] {
            let answer = stranger.graphql_raw(query, json!({})).await;
            assert_eq!(answer.status, 401, "{query}: {}", answer.text);
            assert!(answer.header("www-authenticate").starts_with("Bearer"));
            assert_eq!(answer.json()["errors"][0]["extensions"]["code"], "unauthenticated");
            assert!(answer.json()["data"].is_null());
        }
        let tokens = stranger.graphql(SIGN_IN, credentials(PASSWORD)).await;
        let ada = Client::new(&world.base, tokens["createSession"]["accessToken"].as_str());
        assert_eq!(ada.graphql("{ __typename }", json!({})).await["__typename"], "Query");
        let wrong = stranger.graphql_raw(SIGN_IN, credentials("battery horse correct")).await;
        assert_eq!(wrong.status, 401);
        assert_eq!(wrong.json()["errors"][0]["extensions"]["code"], "wrong_credentials");
    }

    async fn an_old_token_lets_one_do_what_strangers_may(world) {
        let old = Client::new(&world.base, Some("old"));
        assert_eq!(old.graphql_raw("{ __typename }", json!({})).await.status, 401);
        old.graphql(SIGN_IN, credentials(PASSWORD)).await;
    }

    async fn a_variable_that_is_left_out_changes_nothing_and_null_clears(world) {
        let ada = world.ada().await;
        let made = ada.post("/customers", person("Ada")).await.expect(201);
        let query = "mutation($id: UUID!, $phone: Phone, $name: Name, $v: Int) {
            updateCustomer(id: $id, input: {phone: $phone, name: $name}, ifVersion: $v) { name phone } }";
        let changed = ada.graphql(query, json!({ "id": made["id"], "name": "Lady Ada" })).await;
        assert_eq!(changed["updateCustomer"]["name"], "Lady Ada");
        assert_eq!(changed["updateCustomer"]["phone"], made["phone"]);
        let cleared = ada.graphql(query, json!({ "id": made["id"], "phone": null })).await;
        assert!(cleared["updateCustomer"]["phone"].is_null());
        let page = "query($first: Int, $q: String) { customers(first: $first, q: $q) { nodes { name } } }";
        let page = ada.graphql(page, json!({})).await;
        assert_eq!(page["customers"]["nodes"][0]["name"], "Lady Ada");
    }

    async fn every_wrong_member_is_named_at_once(world) {
        let ada = world.ada().await;
        let query = "mutation($input: NewCustomer!) { createCustomer(input: $input) { id } }";
        let input = json!({ "kind": "ALIEN", "email": "x", "employees": -1, "bogus": 1 });
        let answer = ada.graphql_raw(query, json!({ "input": input })).await.json();
        let error = &answer["errors"][0]["extensions"];
        assert_eq!((&error["code"], &error["status"]), (&json!("invalid"), &json!(422)));
        let errors = error["errors"].as_array().expect("errors").iter();
        let pointers: Vec<&str> = errors.filter_map(|error| error["pointer"].as_str()).collect();
        assert_eq!(pointers, ["/input/kind", "/input/name", "/input/email", "/input/employees", "/input/bogus"]);
        let page = ada.graphql_raw("{ customers(first: -3) { totalCount } }", json!({})).await.json();
        assert_eq!(page["errors"][0]["extensions"]["errors"][0]["pointer"], "/first");
    }

    async fn what_asks_too_much_is_refused_and_told_its_cost(world) {
        let ada = world.ada().await;
        let usual = "{ customers(first: 50) { nodes { contacts { id } orders(first: 3) { lines { id product { name } } } } } }";
        let answer = ada.graphql_raw(usual, json!({})).await.json();
        assert_eq!(answer["extensions"]["cost"], json!({ "requested": 3700, "limit": 10000 }));
        let large = "{ customers(first: 200) { nodes { orders(first: 50) { lines { id } } } } }";
        let aliases: String = (0..101).map(|place| format!("a{place}: __typename ")).collect();
        for query in [large, &format!("{{ {aliases} }}"), &"{a".repeat(10_000)] {
            let codes = ada.graphql_codes(query, json!({})).await;
            assert!(!codes.is_empty() && codes.iter().all(|code| code == "query_too_complex"), "{codes:?}");
        }
        let batch = ada.post("/graphql", json!([{ "query": "{ __typename }" }])).await;
        assert_eq!(batch.status, 400);
    }

    async fn a_persisted_query_is_known_to_its_own_workspace_only(world) {
        let (ada, rita) = (world.ada().await, world.rita().await);
        let hash = "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38";
        let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
        let named = json!({ "extensions": extensions });
        let message = |answer: Value| answer["errors"][0]["message"].clone();
        let ask = async |client: &Client| client.post("/graphql", named.clone()).await.json();
        assert_eq!(message(ask(&ada).await), "PersistedQueryNotFound");
        let sent = json!({ "query": "{__typename}", "extensions": extensions });
        ada.post("/graphql", sent).await.expect(200);
        assert_eq!(ask(&ada).await["data"]["__typename"], "Query");
        assert_eq!(message(ask(&rita).await), "PersistedQueryNotFound");
    }

    async fn queries_may_come_by_get_and_mutations_may_not(world) {
        let ada = world.ada().await;
        let get = async |query: &str| {
            ada.send(Method::GET, &format!("/graphql?query={query}"), None, &[]).await
        };
        assert_eq!(get("%7B__typename%7D").await.expect(200)["data"]["__typename"], "Query");
        let mutation = get("mutation%7B__typename%7D").await;
        assert_eq!((mutation.status.as_u16(), mutation.header("allow")), (405, "POST"));
    }

    async fn a_subscription_tells_of_what_happens_in_one_s_own_workspace(world) {
        let (ada, rita) = (world.ada().await, world.rita().await);
        let rival = rita.post("/customers", person("Rival")).await.expect(201);
        let first = ada.post("/customers", person("First")).await.expect(201);
        let mut socket = Socket::known(&world, &ada).await;
        let from_the_beginning = "subscription { events(after: \"0-0\") { type subject } }";
        socket.subscribe("s", from_the_beginning).await;
        let mut event = socket.event("s").await;
        while event["subject"] != first["id"] {
            assert_ne!(event["subject"], rival["id"]);
            event = socket.event("s").await;
        }
        assert_eq!(event["type"], "rapport.customer.created.v1");
        let second = ada.post("/customers", person("Second")).await.expect(201);
        assert_eq!(socket.event("s").await["subject"], second["id"]);
        socket.subscribe("s", from_the_beginning).await;
        assert_eq!(socket.closed().await, 4409);
    }

    async fn a_socket_ends_with_its_token(world) {
        let ada = world.ada().await;
        let mut socket = Socket::known(&world, &ada).await;
        world.advance(TimeDelta::minutes(16));
        assert_eq!(socket.closed().await, 4403);
    }

    async fn a_socket_ends_with_its_session(world) {
        let ada = world.ada().await;
        let mut socket = Socket::known(&world, &ada).await;
        ada.delete("/sessions/current").await.expect(204);
        assert_eq!(socket.closed().await, 4403);
    }
}
