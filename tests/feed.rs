//! The feed of events: page after page, as a stream, and from one node to another.

use chrono::TimeDelta;
use futures_util::future::join_all;
use rapport_domain::integration::upkeep::{self, Keep};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::harness::{Client, PATIENCE, World, on_both_databases};

async fn customer(client: &Client, name: &str) -> String {
    let made =
        client.post("/customers", json!({ "kind": "person", "name": name })).await.expect(201);
    made["id"].as_str().expect("an id").to_owned()
}

fn names(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().expect("items");
    items.iter().filter_map(|event| event["data"]["after"]["name"].as_str()).collect()
}

const CUSTOMERS: &str = "/events?types=rapport.customer.*";

/// A stream of Server-Sent Events.
struct Stream {
    response: Response,
    read: String,
}

impl Stream {
    async fn open(client: &Client, base: &str, query: &str, last: Option<&str>) -> Self {
        let mut request = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client")
            .get(format!("{base}/api/v1/events{query}"))
            .bearer_auth(client.token())
            .header("accept", "text/event-stream");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, read: String::new() }
    }

    /// The next event: its id (or kind) and data; `None` where the stream has ended.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            while let Some((event, rest)) = self.read.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.read = rest;
                let line = |name: &str| {
                    event.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned)
                };
                if let Some(data) = line("data: ") {
                    let id = line("id: ").or_else(|| line("event: ")).unwrap_or_default();
                    return Some((id, serde_json::from_str(&data).expect("JSON")));
                }
            }
            let part = tokio::time::timeout(PATIENCE, self.response.chunk()).await;
            let part = part.expect("an event in time").ok()??;
            self.read.push_str(std::str::from_utf8(&part).expect("UTF-8"));
        }
    }
}

on_both_databases! {
    async fn whoever_goes_on_from_the_cursor_misses_nothing_and_gets_nothing_twice(world) {
        let ada = world.ada().await;
        for name in ["A", "B", "C", "D", "E"] {
            customer(&ada, name).await;
        }
        let (mut seen, mut after) = (Vec::new(), "start".to_owned());
        ada.events("types=rapport.customer.*", 5).await;
        loop {
            let page = ada.get(&format!("{CUSTOMERS}&limit=2&after={after}")).await.expect(200);
            seen.extend(names(&page).into_iter().map(str::to_owned));
            after = page["nextCursor"].as_str().expect("a cursor").to_owned();
            if page["more"] == false {
                break;
            }
        }
        assert_eq!(seen, ["A", "B", "C", "D", "E"]);
        customer(&ada, "F").await;
        let page = ada.get(&format!("{CUSTOMERS}&after={after}&wait=20")).await.expect(200);
        assert_eq!(names(&page), ["F"]);
        let event = &page["items"][0];
        assert_eq!((&event["specversion"], &event["type"]), (&json!("1.0"), &json!("rapport.customer.created.v1")));
        let query = "query($after: String) { events(after: $after, types: [\"rapport.customer.*\"]) { items { cursor data } nextCursor more } }";
        let data = ada.graphql(query, json!({ "after": after })).await;
        assert_eq!(data["events"]["items"][0]["cursor"], event["cursor"]);
    }

    async fn types_and_a_rule_select_events(world) {
        let ada = world.ada().await;
        customer(&ada, "Ann").await;
        let bob = customer(&ada, "Bob").await;
        ada.patch(&format!("/customers/{bob}"), json!({ "city": "Rome" })).await.expect(200);
        ada.delete(&format!("/customers/{bob}")).await.expect(204);
        let rule = json!({ "compare": { "field": "city", "eq": "Rome" } });
        let query = format!("types=rapport.customer.*&filter={}", urlencoded(&rule.to_string()));
        let of_bob = ada.events(&query, 3).await;
        let kinds: Vec<&str> = of_bob["items"].as_array().expect("items").iter().filter_map(|event| event["type"].as_str()).collect();
        assert_eq!(kinds, ["rapport.customer.created.v1", "rapport.customer.updated.v1", "rapport.customer.deleted.v1"]);
        let deleted = ada.events("types=rapport.customer.deleted.v1,rapport.order.*", 1).await;
        assert_eq!(deleted["items"].as_array().map(Vec::len), Some(1));
        let wrong = ada.get(&format!("/events?filter={}&types=customer&limit=0&wait=61&colour=red&after=x", urlencoded("{}"))).await;
        let mut pointers = wrong.pointers();
        pointers.sort();
        assert_eq!(pointers, ["/after", "/colour", "/filter", "/limit", "/types", "/wait"]);
        ada.get(&format!("/events?filter={}", urlencoded(&rule.to_string()))).await.expect(422);
    }

    async fn a_stream_goes_on_where_it_was_cut_off(world) {
        let ada = world.ada().await;
        customer(&ada, "before").await;
        world.settle().await;
        let mut stream = Stream::open(&ada, &world.base, "?types=rapport.customer.*", None).await;
        customer(&ada, "A").await;
        let (cursor, event) = stream.next().await.expect("an event");
        assert_eq!((&event["data"]["after"]["name"], event["cursor"].as_str()), (&json!("A"), Some(&*cursor)));
        drop(stream);
        customer(&ada, "B").await;
        let mut stream = Stream::open(&ada, &world.base, "?types=rapport.customer.*", Some(&cursor)).await;
        assert_eq!(stream.next().await.expect("an event").1["data"]["after"]["name"], "B");
    }

    async fn who_loses_their_leave_is_told_nothing_more(world) {
        let ada = world.ada().await;
        let read = |resource: &str| json!({ "resource": resource, "verb": "read", "scope": "all" });
        let role = json!({ "name": "Reader", "permissions": [read("customer"), read("event")] });
        let role = ada.post("/roles", role).await.expect(201);
        let (rob, _) = world.join_as("rob", &role["id"]).await;
        let mut stream = Stream::open(&rob, &world.base, "?types=rapport.customer.*", None).await;
        customer(&ada, "A").await;
        assert_eq!(stream.next().await.expect("an event").1["data"]["after"]["name"], "A");
        let less = json!({ "permissions": [read("event"), read("product")] });
        ada.patch(&format!("/roles/{}", role["id"].as_str().expect("an id")), less).await.expect(200);
        customer(&ada, "B").await;
        // What they could not see when it was read is passed over for good.
        let page = rob.get(&format!("{CUSTOMERS}&after=now")).await.expect(200);
        assert!(names(&page).is_empty());
        ada.delete(&format!("/users/{}", rob_id(&ada).await)).await.expect(204);
        assert_eq!(stream.next().await.expect("the end").0, "problem");
        assert!(stream.next().await.is_none());
    }

    async fn a_cursor_that_is_too_old_is_told_how_to_start_again(world) {
        let ada = world.ada().await;
        customer(&ada, "A").await;
        let page = ada.events("types=rapport.customer.*&limit=1", 1).await;
        let old = page["nextCursor"].as_str().expect("a cursor").to_owned();
        customer(&ada, "B").await;
        ada.events("types=rapport.customer.*", 2).await;
        world.catch_up().await;
        world.advance(TimeDelta::days(31));
        let keep = Keep { events: Some(TimeDelta::days(30)) };
        upkeep::round(&world.database, &world.objects, keep).await.expect("upkeep");
        let ada = world.ada().await;
        let gone = ada.get(&format!("{CUSTOMERS}&after={old}")).await.expect(410);
        assert_eq!(gone["code"], "gone");
        customer(&ada, "C").await;
        assert_eq!(names(&ada.events("types=rapport.customer.*", 1).await), ["C"]);
    }

    async fn graphql_subscriptions_come_over_server_sent_events_too(world) {
        let ada = world.ada().await;
        customer(&ada, "A").await;
        let query = "subscription { events(after: \"start\", types: [\"rapport.customer.*\"]) { type data } }";
        let response = reqwest::Client::builder().no_proxy().build().expect("a client")
            .post(format!("{}/graphql", world.base))
            .bearer_auth(ada.token())
            .header("accept", "text/event-stream")
            .json(&json!({ "query": query }))
            .send().await.expect("an answer");
        let mut stream = Stream { response, read: String::new() };
        let (kind, next) = stream.next().await.expect("an event");
        assert_eq!((&*kind, &next["data"]["events"]["data"]["after"]["name"]), ("next", &json!("A")));
    }
}

async fn rob_id(ada: &Client) -> String {
    let users = ada.get("/users?name=rob").await.expect(200);
    users["items"][0]["id"].as_str().expect("an id").to_owned()
}

fn urlencoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_commits_the_other_tells_at_once() {
    let Some(world) = World::on_postgres().await else { return };
    let other = world.another_node().await;
    let ada = world.ada().await;
    let there = Client::new(&other, Some(ada.token()));
    let mut stream = Stream::open(&there, &other, "?types=rapport.customer.*", None).await;
    for n in 0..5 {
        let name = format!("C{n}");
        customer(&ada, &name).await;
        let (_, event) = stream.next().await.expect("an event");
        assert_eq!(event["data"]["after"]["name"], json!(name));
    }
    let body = Some(json!({ "kind": "person", "name": "Ann" }));
    let key = [("idempotency-key", "k-1")];
    let both = [&ada, &there].map(|node| node.send(Method::POST, "/customers", body.clone(), &key));
    let made: Vec<u16> = join_all(both).await.iter().map(|answer| answer.status.as_u16()).collect();
    assert!(
        made.contains(&201) && made.iter().all(|status| [201, 409].contains(status)),
        "{made:?}"
    );
    assert_eq!(ada.get("/customers?name=Ann&count=true").await.expect(200)["total"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_records_events_come_in_the_order_of_its_versions_however_many_write() {
    let Some(world) = World::on_postgres().await else { return };
    let ada = world.ada().await;
    let ids = join_all((0..4).map(|n| {
        let ada = ada.clone();
        async move { customer(&ada, &format!("C{n}")).await }
    }))
    .await;
    let writers = (0..32).map(|writer| {
        let (ada, ids) = (ada.clone(), ids.clone());
        tokio::spawn(async move {
            let mut acknowledged = 0;
            for n in 0..12 {
                let path = format!("/customers/{}", ids[(writer + n) % ids.len()]);
                // Some are refused when all but the commit is done.
                let body = match n % 4 {
                    3 => json!({ "parentId": ids[(writer + n) % ids.len()] }),
                    _ => json!({ "city": format!("{writer}-{n}") }),
                };
                acknowledged += usize::from(ada.patch(&path, body).await.status == 200);
            }
            acknowledged
        })
    });
    let reader = tokio::spawn({
        let (ada, base) = (ada.clone(), world.base.clone());
        async move {
            let mut stream =
                Stream::open(&ada, &base, "?types=rapport.customer.updated.v1&after=start", None)
                    .await;
            let mut told = Vec::new();
            while let Some((_, event)) = stream.next().await {
                if event["data"]["after"]["city"] == "the end" {
                    return told;
                }
                told.push((
                    event["subject"].to_string(),
                    event["subjectversion"].as_i64().expect("a version"),
                ));
            }
            told
        }
    });
    let acknowledged: usize =
        join_all(writers).await.into_iter().map(|done| done.expect("a writer")).sum();
    ada.patch(&format!("/customers/{}", ids[0]), json!({ "city": "the end" })).await.expect(200);
    let told = reader.await.expect("a reader");
    assert_eq!(told.len(), acknowledged);
    for id in &ids {
        let of_one: Vec<i64> = told
            .iter()
            .filter(|(subject, _)| subject.contains(id))
            .map(|(_, version)| *version)
            .collect();
        assert_eq!(of_one, (2..2 + of_one.len() as i64).collect::<Vec<_>>(), "{id}");
    }
}
