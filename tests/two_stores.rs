//! One behaviour on two databases: a recorded run gets the same answers from both, status and body, ids and times masked.

use std::collections::HashMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Client, World};

/// What a run asked and was answered.
struct Recording {
    client: Client,
    /// Masks of ids, in the order in which they appeared.
    known: HashMap<String, String>,
    answers: Vec<String>,
}

impl Recording {
    /// Asks, and records the answer. The body, for what comes next.
    async fn ask(&mut self, method: Method, path: &str, body: Option<Value>) -> Value {
        let answer = self.client.send(method.clone(), path, body, &[]).await;
        let json = answer.json();
        let asked = self.masked_text(path);
        let masked = self.masked(&json);
        let mut headers = String::new();
        for name in ["content-type", "etag", "location", "allow", "cache-control"] {
            headers += &format!("{name}={} ", self.masked_text(answer.header(name)));
        }
        self.answers.push(format!("{method} {asked} -> {} {headers}{masked}", answer.status));
        json
    }

    async fn graphql(&mut self, query: &str) -> Value {
        self.ask(Method::POST, "/graphql", Some(json!({ "query": query }))).await
    }

    fn masked(&mut self, value: &Value) -> Value {
        match value {
            Value::Object(members) => members
                .iter()
                .filter(|(name, _)| {
                    !["traceId", "createdAt", "updatedAt", "deletedAt"].contains(&name.as_str())
                })
                .map(|(name, value)| (name.clone(), self.masked(value)))
                .collect(),
            Value::Array(items) => items.iter().map(|item| self.masked(item)).collect(),
            Value::String(text) => Value::String(self.masked_text(text)),
            other => other.clone(),
        }
    }

    /// Ids (and cursors, which hold ids) are known by when they first appeared.
    fn masked_text(&mut self, text: &str) -> String {
        let is_id = |part: &str| part.len() == 36 && part.matches('-').count() == 4;
        let is_cursor = |part: &str| part.len() > 60 && !part.contains(' ');
        let mut masked = text.to_owned();
        for part in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_') {
            if is_id(part) || is_cursor(part) {
                let next = format!("<{}>", self.known.len());
                let name = self.known.entry(part.to_owned()).or_insert(next).clone();
                masked = masked.replace(part, &name);
            }
        }
        masked
    }
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap_or("01890a5d-ac96-774b-bcce-b302099a8057").to_owned()
}

/// Names that databases have been seen to sort, fold or match differently.
const NAMES: [&str; 12] = [
    "apple",
    "Apple",
    "Äpfel",
    "Zebra",
    "zebra",
    "élan",
    "ÉLAN",
    "100%",
    "a_b",
    "ß",
    "O'Neill \"x\" \\",
    "日本",
];

async fn record(world: &World) -> Vec<String> {
    let mut run =
        Recording { client: world.ada().await, known: HashMap::new(), answers: Vec::new() };
    let get = Method::GET;
    let post = Method::POST;
    for (n, name) in NAMES.iter().enumerate() {
        let industry =
            if n % 3 == 0 { json!(null) } else { json!(["retail", "Retail", "finance"][n % 3]) };
        let new = json!({ "kind": "organization", "name": name, "industry": industry, "employees": n * 7 % 5 });
        let customer = run.ask(post.clone(), "/customers", Some(new)).await;
        let currency = ["USD", "EUR"][n % 2];
        let price = json!({ "amount": format!("{}.{:02}", n * 100, n), "currency": currency });
        let order = json!({ "customerId": id(&customer), "currency": currency,
            "orderedOn": format!("2017-{:02}-28", n % 12 + 1),
            "lines": [{ "description": name, "quantity": "1.5", "unitPrice": price }] });
        run.ask(post.clone(), "/orders", Some(order)).await;
    }
    for sort in
        ["name", "-name", "industry,name", "-industry,-employees", "employees", "-createdAt"]
    {
        run.ask(get.clone(), &format!("/customers?sort={sort}&limit=5&count=true"), None).await;
    }
    for q in ["apf", "ELAN", "o neill", "日", "100", "x\"*", "' or 1=1", "a_b"] {
        let search = json!({ "q": q, "sort": "name" });
        run.ask(post.clone(), "/customers/search", Some(search)).await;
    }
    let compare = |field: &str, operator: &str, value: Value| json!({ "compare": { "field": field, operator: value } });
    let rules = [
        compare("name", "contains", json!("100%")),
        compare("name", "contains", json!("_")),
        compare("name", "startsWith", json!("AP")),
        compare("name", "startsWith", json!("Ä")),
        compare("name", "gt", json!("Zebra")),
        compare("industry", "ne", json!("retail")),
        compare("industry", "notIn", json!(["retail", "finance"])),
        compare("industry", "in", json!([])),
        compare("industry", "exists", json!(false)),
        compare("employees", "lte", json!(2)),
        compare("createdAt", "lte", json!("2026-11-21T12:00:00Z")),
        compare("createdAt", "lt", json!("2026-11-21T12:00:00Z")),
        compare("kind", "eq", json!("robot")),
        compare("employees", "eq", json!("two")),
        compare("nothing", "eq", json!(1)),
        json!({ "not": compare("industry", "eq", json!("retail")) }),
        json!({ "not": { "not": compare("industry", "eq", json!("retail")) } }),
        json!({ "any": [] }),
        json!({ "all": [] }),
        json!({ "relation": { "name": "orders", "sum": { "field": "total", "gte": { "amount": "500", "currency": "EUR" } } } }),
        json!({ "relation": { "name": "orders", "within": { "from": "2017-02-28", "to": "2017-06-28" } } }),
        json!({ "relation": { "name": "orders", "min": { "field": "orderedOn", "gt": "2017-09-01" } } }),
        json!({ "relation": { "name": "orders", "count": { "eq": 0 } } }),
        json!({ "relation": { "name": "orders", "filter": compare("total", "gt", json!("300")) } }),
    ];
    for rule in &rules {
        let search = json!({ "filter": rule, "sort": "name", "count": true });
        run.ask(post.clone(), "/customers/search", Some(search)).await;
    }
    let segment = json!({ "name": "Retail", "rule": rules[15] });
    let segment = run.ask(post.clone(), "/segments", Some(segment)).await;
    world.catch_up().await;
    run.ask(get.clone(), &format!("/segments/{}/members?sort=name", id(&segment)), None).await;
    run.ask(post.clone(), "/segments", Some(json!({ "name": "Retail", "rule": { "all": [] } })))
        .await;
    for (path, body) in [
        (
            "/products",
            json!({ "sku": "A", "name": "A", "price": { "amount": "1", "currency": "JPY" } }),
        ),
        (
            "/products",
            json!({ "sku": "A", "name": "B", "price": { "amount": "1", "currency": "JPY" } }),
        ),
        (
            "/products",
            json!({ "sku": "B", "name": "B", "price": { "amount": "1.5", "currency": "JPY" } }),
        ),
        (
            "/products",
            json!({ "sku": "C", "name": "C", "kind": "bundle", "price": { "amount": "1", "currency": "JPY" },
                "components": [{ "productId": id(&json!({})), "quantity": "0" }] }),
        ),
        ("/price-books", json!({ "name": "Gold", "validFrom": "2026-01-01" })),
        ("/price-books", json!({ "name": "Gold" })),
        (
            "/price-books",
            json!({ "name": "Old", "validFrom": "2026-01-01", "validTo": "2025-01-01" }),
        ),
        ("/prices/resolve", json!({ "lines": [{ "productId": id(&json!({})) }] })),
        ("/price-books/search", json!({ "sort": "-validFrom,name,priority" })),
        ("/contacts", json!({ "customerId": id(&json!({})), "name": "Eve" })),
        ("/orders", json!({ "customerId": id(&json!({})), "lines": [] })),
        ("/customers", json!({ "kind": "person", "name": "a\u{0}b" })),
        ("/customers", json!([])),
    ] {
        run.ask(post.clone(), path, Some(body)).await;
    }
    work(&mut run).await;
    run.graphql("{ customers(sort: \"-name\", first: 4) { totalCount nodes { name orders(first: 1) { number total { amount currency } lines { quantity amount { amount } } } } pageInfo { hasNextPage endCursor } } }").await;
    run.graphql("{ customers(first: 0) { nodes { name } } }").await;
    run.graphql("mutation { createProduct(input: { sku: \"A\", name: \"A\", price: { amount: \"1\", currency: \"JPY\" } }) { id } }").await;
    run.ask(Method::PUT, "/customers", None).await;
    run.ask(get, "/nowhere", None).await;
    run.answers
}

/// Times as clients write them, which both databases keep and sort alike.
const TIMES: [&str; 6] = [
    "2026-11-20T09:30:00Z",
    "2026-11-20T09:30:00.5Z",
    "2026-11-20T09:30:00.50000049+00:00",
    "2026-11-20T10:30:00.25+01:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.9999999-01:00",
];

async fn work(run: &mut Recording) {
    let (get, post) = (Method::GET, Method::POST);
    let customer = json!({ "kind": "person", "name": "Ann" });
    let customer = id(&run.ask(post.clone(), "/customers", Some(customer)).await);
    for (n, (time, name)) in TIMES.iter().zip(NAMES).enumerate() {
        let kind = ["call", "visit", "fax"][n % 3];
        let interaction = json!({ "customerId": customer, "kind": kind, "occurredAt": time, "subject": name, "body": name });
        run.ask(post.clone(), "/interactions", Some(interaction)).await;
        let task =
            json!({ "subject": name, "customerId": customer, "dueAt": time, "remindAt": time });
        run.ask(post.clone(), "/tasks", Some(task)).await;
        let point = json!({ "customerId": customer, "kind": "social", "value": name, "verifiedAt": time, "isPreferred": true });
        run.ask(post.clone(), "/contact-points", Some(point)).await;
        let consent = json!({ "customerId": customer, "purpose": (["a", "b"][n % 2]), "channel": (["email", "any", "fax"][n % 3]),
            "status": "granted", "obtainedAt": time });
        run.ask(post.clone(), "/consents", Some(consent)).await;
    }
    for path in [
        "/interactions?sort=occurredAt&count=true",
        "/interactions?q=apfel",
        "/interactions?occurredAt=2026-11-20T09:30:00.5Z",
        "/tasks?sort=-dueAt,subject&limit=2",
        "/tasks?q=o%20neill",
        "/contact-points?sort=value&isPreferred=true",
        "/consents?sort=purpose,channel,-obtainedAt",
        "/notifications?sort=title",
        "/notifications/unread-count",
    ] {
        run.ask(get.clone(), path, None).await;
    }
    run.ask(
        post,
        "/interactions",
        Some(json!({ "kind": "call", "customerId": 1, "occurredAt": "2026-11-20" })),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recorded_run_gets_the_same_answers_from_both_databases() {
    let Some(postgres) = World::on_postgres().await else { return };
    let on_postgres = record(&postgres).await;
    let on_sqlite = record(&World::on_sqlite().await).await;
    assert_eq!(on_sqlite.len(), on_postgres.len());
    for (sqlite, postgres) in on_sqlite.iter().zip(&on_postgres) {
        assert_eq!(sqlite, postgres);
    }
}
