//! Webhooks, received by real receivers: signed, in order, again after failures, and never to where they must not go.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::{
    harness::{
        Client, PATIENCE, Received, Receiver, Reply, World, on_both_databases, program::Program,
    },
    operation::{ada, create_workspace},
};

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}"))
}

/// An endpoint, with its secret.
async fn endpoint(ada: &Client, url: &str, types: &[&str]) -> Value {
    ada.post("/webhook-endpoints", json!({ "url": url, "eventTypes": types })).await.expect(201)
}

async fn customer(ada: &Client, name: &str) -> Value {
    ada.post("/customers", json!({ "kind": "organization", "name": name })).await.expect(201)
}

async fn rename(ada: &Client, customer: &Value, name: &str) {
    let path = format!("/customers/{}", text(customer, "id"));
    ada.patch(&path, json!({ "name": name })).await.expect(200);
}

fn path(endpoint: &Value, rest: &str) -> String {
    format!("/webhook-endpoints/{}{rest}", text(endpoint, "id"))
}

/// Asks until the answer is as it will be.
async fn eventually(ada: &Client, path: &str, holds: impl Fn(&Value) -> bool) -> Value {
    let patience = Instant::now() + PATIENCE;
    loop {
        let answer = ada.get(path).await.expect(200);
        if holds(&answer) {
            return answer;
        }
        assert!(Instant::now() < patience, "{path}: {answer}");
    }
}

async fn deliveries(ada: &Client, endpoint: &Value, query: &str, count: usize) -> Vec<Value> {
    let list = path(endpoint, &format!("/deliveries?sort=createdAt&limit=200{query}"));
    let has = |list: &Value| list["items"].as_array().is_some_and(|items| items.len() == count);
    eventually(ada, &list, has).await["items"].as_array().expect("items").clone()
}

/// What a request says of which version of what.
fn said(request: &Received) -> (String, String, i64) {
    let event = request.json();
    let version = event["subjectversion"].as_i64().expect("a version");
    (text(&event, "type").to_owned(), text(&event, "subject").to_owned(), version)
}

on_both_databases! {
    async fn an_event_arrives_signed_and_the_log_tells_of_it(world) {
        let _sending = world.send_webhooks();
        let ada = world.ada().await;
        let mut receiver = Receiver::start().await;
        let made = endpoint(&ada, &receiver.url, &["rapport.customer.*"]).await;
        let secret = text(&made, "secret");
        let acme = customer(&ada, "Acme").await;
        let request = receiver.next().await;
        assert!(request.is_signed_with(secret));
        assert_eq!(request.header("content-type"), "application/cloudevents+json; charset=utf-8");
        let event = request.json();
        assert_eq!(event["specversion"], "1.0");
        assert_eq!(event["type"], "rapport.customer.created.v1");
        assert_eq!((text(&event, "id"), &event["subject"]), (request.id(), &acme["id"]));
        assert_eq!(event["data"]["after"]["name"], "Acme");
        let delivered = deliveries(&ada, &made, "&status=delivered", 1).await;
        assert_eq!(delivered[0]["eventId"], event["id"]);
        let one = path(&made, &format!("/deliveries/{}", text(&delivered[0], "id")));
        let one = ada.get(&one).await.expect(200);
        assert_eq!(text(&one["request"], "body").as_bytes(), request.body);
        assert_eq!(one["attempts"][0]["responseStatus"], 200);
        assert_eq!(one["attempts"][0]["responseBody"], "thanks");
        assert!(one["attempts"][0]["durationMs"].is_i64());
        // Shown once, and in no event either.
        assert!(!ada.get(&path(&made, "")).await.text.contains("whsec_"));
        assert!(!one.to_string().contains("whsec_") && !one.to_string().contains("v1,"));
        let query = "query($id: UUID!, $d: UUID!) { webhookDelivery(id: $id, deliveryId: $d) { status attempts { responseStatus } request { body } } }";
        let both = json!({ "id": made["id"], "d": delivered[0]["id"] });
        let twin = ada.graphql(query, both).await["webhookDelivery"].clone();
        assert_eq!((&twin["status"], &twin["request"]["body"]), (&json!("DELIVERED"), &one["request"]["body"]));
    }

    async fn two_secrets_sign_until_the_older_has_expired(world) {
        let _sending = world.send_webhooks();
        let ada = world.ada().await;
        let mut receiver = Receiver::start().await;
        let made = endpoint(&ada, &receiver.url, &["rapport.customer.*"]).await;
        let rotate = ada.post(&path(&made, "/rotate-secret"), json!({ "overlap": "PT2H" })).await;
        assert_eq!(rotate.header("cache-control"), "no-store");
        let rotated = rotate.expect(200);
        let (old, new) = (text(&made, "secret"), text(&rotated, "secret"));
        assert_eq!(rotated["previousSecretExpiresAt"], "2026-11-21T14:00:00Z");
        customer(&ada, "Both").await;
        let both = receiver.next().await;
        assert_eq!(both.header("webhook-signature").split(' ').count(), 2);
        assert!(both.is_signed_with(old) && both.is_signed_with(new));
        world.advance(TimeDelta::hours(2));
        customer(&world.ada().await, "One").await;
        let one = receiver.next().await;
        assert!(!one.is_signed_with(old) && one.is_signed_with(new));
    }

    async fn what_fails_comes_again_under_the_same_id_with_a_new_time_and_signature(world) {
        let _sending = world.send_webhooks();
        let ada = world.ada().await;
        let mut receiver = Receiver::answering(|request| Reply::Status(if request.n < 3 { 500 } else { 204 })).await;
        let made = endpoint(&ada, &receiver.url, &["rapport.customer.created.v1"]).await;
        customer(&ada, "Acme").await;
        let mut all = vec![receiver.next().await];
        let mut last = TimeDelta::zero();
        for n in 1..=3 {
            let list = deliveries(&ada, &made, &format!("&attemptCount={n}&status=pending"), 1).await;
            let due: chrono::DateTime<chrono::Utc> = text(&list[0], "nextAttemptAt").parse().expect("a time");
            let wait = due - world.clock.now();
            assert!(wait > last, "{wait} after {last}");
            last = wait;
            world.advance(wait);
            all.push(receiver.next().await);
        }
        let ids: BTreeSet<&str> = all.iter().map(Received::id).collect();
        let times: BTreeSet<&str> = all.iter().map(|request| request.header("webhook-timestamp")).collect();
        let signatures: BTreeSet<&str> = all.iter().map(|request| request.header("webhook-signature")).collect();
        assert_eq!((ids.len(), times.len(), signatures.len()), (1, 4, 4));
        assert!(all.iter().all(|request| request.body == all[0].body));
        assert!(all.iter().all(|request| request.is_signed_with(text(&made, "secret"))));
        let done = deliveries(&ada, &made, "&status=delivered", 1).await;
        assert_eq!((&done[0]["attemptCount"], &done[0]["nextAttemptAt"]), (&json!(4), &Value::Null));
    }

    async fn later_events_about_a_record_wait_for_the_one_that_failed_and_others_do_not(world) {
        let _sending = world.send_webhooks();
        let ada = world.ada().await;
        let broken = Arc::new(AtomicBool::new(true));
        let still = broken.clone();
        let mut receiver = Receiver::answering(move |request| {
            let of_one = String::from_utf8_lossy(&request.body).contains("One");
            Reply::Status(if of_one && still.load(Ordering::Relaxed) { 500 } else { 200 })
        })
        .await;
        let made = endpoint(&ada, &receiver.url, &["rapport.customer.*"]).await;
        let one = customer(&ada, "One").await;
        receiver.next().await;
        deliveries(&ada, &made, "&attemptCount=1", 1).await;
        for n in 2..=4 {
            rename(&ada, &one, &format!("One {n}")).await;
        }
        let two = customer(&ada, "Two").await;
        assert_eq!(said(&receiver.next().await).1, text(&two, "id"));
        deliveries(&ada, &made, "&status=pending", 4).await;
        broken.store(false, Ordering::Relaxed);
        world.advance(TimeDelta::seconds(10));
        let versions: Vec<i64> = receiver.take(4).await.iter().map(|request| said(request).2).collect();
        assert_eq!(versions, [1, 2, 3, 4]);
        deliveries(&ada, &made, "&status=delivered", 5).await;
        rename(&ada, &one, "One 5").await;
        assert_eq!(said(&receiver.next().await).2, 5);
    }

    async fn first_deliveries_about_each_record_are_in_order_whatever_fails(world) {
        let _sending = world.send_webhooks();
        let ada = world.ada().await;
        // Every third request fails, whichever it is.
        let mut receiver = Receiver::answering(|request| Reply::Status(if request.n % 3 == 2 { 503 } else { 200 })).await;
        let made = endpoint(&ada, &receiver.url, &["rapport.customer.*"]).await;
        let mut customers = Vec::new();
        for n in 0..5 {
            customers.push(customer(&ada, &format!("C{n}")).await);
        }
        for version in 2..=6 {
            for customer in &customers {
                rename(&ada, customer, &format!("V{version}")).await;
            }
        }
        let mut first: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        while seen.len() < 30 {
            while let Some(request) = receiver.now() {
                if seen.insert(request.id().to_owned()) {
                    let (_, subject, version) = said(&request);
                    first.entry(subject).or_default().push(version);
                }
            }
            // Whatever waits is due.
            world.advance(TimeDelta::seconds(40));
            world.ada().await.get("/me").await.expect(200);
        }
        assert_eq!(first.len(), 5);
        for (subject, versions) in first {
            assert_eq!(versions, [1, 2, 3, 4, 5, 6], "{subject}");
        }
        // Who is signed in is so for a quarter of an hour.
        while deliveries_with(&world.ada().await, &made, "delivered").await < 30 {
            world.advance(TimeDelta::minutes(1));
        }
    }

    async fn a_redirection_is_a_failure_and_not_followed(world) {
        let _sending = world.send_webhooks();
        let ada = world.ada().await;
        let mut elsewhere = Receiver::start().await;
        let to = elsewhere.url.clone();
        let mut receiver = Receiver::answering(move |_| Reply::With(307, "location", to.clone())).await;
        let made = endpoint(&ada, &receiver.url, &["rapport.customer.*"]).await;
        customer(&ada, "Acme").await;
        receiver.next().await;
        let pending = deliveries(&ada, &made, "&attemptCount=1", 1).await;
        assert_eq!((&pending[0]["status"], &pending[0]["responseStatus"]), (&json!("pending"), &json!(307)));
        assert!(elsewhere.now().is_none());
    }

    async fn who_says_when_to_come_again_is_left_alone_until_then(world) {
        let _sending = world.send_webhooks();
        let ada = world.ada().await;
        let mut receiver = Receiver::answering(|request| match request.n {
            0 => Reply::With(503, "retry-after", "3600".to_owned()),
            _ => Reply::Status(200),
        })
        .await;
        let made = endpoint(&ada, &receiver.url, &["rapport.customer.*"]).await;
        customer(&ada, "Acme").await;
        let first = receiver.next().await;
        let waiting = deliveries(&ada, &made, "&attemptCount=1", 1).await;
        let due: chrono::DateTime<chrono::Utc> = text(&waiting[0], "nextAttemptAt").parse().expect("a time");
        assert_eq!(due - world.clock.now(), TimeDelta::hours(1));
        // Other events too, since it is the endpoint that is busy.
        world.advance(TimeDelta::minutes(14));
        customer(&ada, "Other").await;
        assert!(receiver.now().is_none());
        world.advance(TimeDelta::minutes(46));
        let both: BTreeSet<String> = receiver.take(2).await.iter().map(|r| r.id().to_owned()).collect();
        assert!(both.contains(first.id()) && both.len() == 2);
    }

    async fn one_that_is_gone_is_disabled_at_once_and_others_are_told(world) {
        let _sending = world.send_webhooks();
        let ada = world.ada().await;
        let mut watching = Receiver::start().await;
        endpoint(&ada, &watching.url, &["rapport.webhook_endpoint.disabled.v1"]).await;
        let mut receiver = Receiver::answering(|_| Reply::Status(410)).await;
        let made = endpoint(&ada, &receiver.url, &["rapport.customer.*"]).await;
        customer(&ada, "Acme").await;
        receiver.next().await;
        let notice = watching.next().await.json();
        assert_eq!((&notice["subject"], &notice["data"]["after"]["disabledReason"]), (&made["id"], &json!("gone")));
        let now = ada.get(&path(&made, "")).await.expect(200);
        assert_eq!((&now["enabled"], &now["disabledReason"]), (&json!(false), &json!("gone")));
        deliveries(&ada, &made, "&status=dead", 1).await;
        customer(&ada, "Nobody hears of").await;
        world.settle().await;
        let enable = json!({ "enabled": true });
        let enabled = ada.patch(&path(&made, ""), enable).await.expect(200);
        assert_eq!((&enabled["enabled"], &enabled["disabledReason"]), (&json!(true), &Value::Null));
        customer(&ada, "Next").await;
        assert_eq!(receiver.next().await.json()["data"]["after"]["name"], "Next");
    }

    async fn after_five_days_of_failure_it_is_disabled_and_all_can_be_sent_again(world) {
        let _sending = world.send_webhooks();
        let ada = world.ada().await;
        let broken = Arc::new(AtomicBool::new(true));
        let still = broken.clone();
        let mut receiver =
            Receiver::answering(move |_| Reply::Status(if still.load(Ordering::Relaxed) { 500 } else { 200 })).await;
        let made = endpoint(&ada, &receiver.url, &["rapport.customer.created.v1"]).await;
        let began = world.clock.now();
        customer(&ada, "First").await;
        let mut attempts = 0;
        let mut ada = ada;
        // The first is given up within three days.
        while deliveries_with(&ada, &made, "dead").await == 0 {
            while receiver.now().is_some() {
                attempts += 1;
            }
            world.advance(TimeDelta::minutes(90));
            ada = world.ada().await;
        }
        let gave_up = world.clock.now() - began;
        assert!(gave_up > TimeDelta::hours(24) && gave_up < TimeDelta::days(6), "{gave_up}");
        assert!(attempts >= 8, "{attempts} attempts");
        world.advance(began + TimeDelta::days(6) - world.clock.now());
        let ada = world.ada().await;
        customer(&ada, "Second").await;
        let dead = deliveries(&ada, &made, "&status=dead", 2).await;
        let state = ada.get(&path(&made, "")).await.expect(200);
        assert_eq!((&state["enabled"], &state["disabledReason"]), (&json!(false), &json!("failing")));
        assert!(state["failingSince"].is_string());
        let again = path(&made, &format!("/deliveries/{}/replay", text(&dead[0], "id")));
        assert_eq!(ada.post(&again, json!({})).await.status, 409, "it is disabled");
        customer(&ada, "Meanwhile").await;
        world.settle().await;
        while receiver.now().is_some() {}
        broken.store(false, Ordering::Relaxed);
        ada.patch(&path(&made, ""), json!({ "enabled": true })).await.expect(200);
        ada.post(&again, json!({})).await.expect(200);
        assert_eq!(receiver.next().await.id(), text(&dead[0], "eventId"));
        deliveries(&ada, &made, "&status=delivered", 1).await;
        let range = json!({ "since": began.to_rfc3339(), "undelivered": true });
        let replay = ada.post(&path(&made, "/replay"), range).await.expect(200);
        assert_eq!(replay["count"], 2);
        let names: BTreeSet<String> = receiver.take(2).await.iter()
            .map(|request| text(&request.json()["data"]["after"], "name").to_owned()).collect();
        assert_eq!(names, ["Meanwhile", "Second"].map(str::to_owned).into());
        deliveries(&ada, &made, "&status=delivered", 3).await;
        assert_eq!(ada.get(&path(&made, "")).await.expect(200)["failingSince"], Value::Null);
    }

    async fn one_that_hangs_holds_up_no_other_and_a_backlog_no_new_one(world) {
        let _sending = world.send_webhooks();
        let ada = world.ada().await;
        let mut hanging = Receiver::answering(|_| Reply::Hang).await;
        endpoint(&ada, &hanging.url, &["rapport.customer.*"]).await;
        for n in 0..60 {
            customer(&ada, &format!("C{n}")).await;
        }
        hanging.take(16).await;
        // What an endpoint is not told of is what could be told before it was made.
        world.settle().await;
        let mut receiver = Receiver::start().await;
        endpoint(&ada, &receiver.url, &["rapport.customer.*"]).await;
        let acme = customer(&ada, "Acme").await;
        assert_eq!(said(&receiver.next().await).1, text(&acme, "id"));
    }

    async fn only_events_of_its_types_that_pass_its_filter_are_sent(world) {
        let _sending = world.send_webhooks();
        let ada = world.ada().await;
        let mut receiver = Receiver::start().await;
        let filter = json!({ "compare": { "field": "industry", "eq": "retail" } });
        let new = json!({ "url": receiver.url, "eventTypes": ["rapport.customer.created.v1", "rapport.customer.deleted.v1"], "filter": filter });
        ada.post("/webhook-endpoints", new).await.expect(201);
        let one = async |name: &str, industry: &str| {
            let new = json!({ "kind": "organization", "name": name, "industry": industry });
            ada.post("/customers", new).await.expect(201)
        };
        one("Finance", "finance").await;
        let retail = one("Retail", "retail").await;
        rename(&ada, &retail, "Still retail").await;
        ada.delete(&format!("/customers/{}", text(&retail, "id"))).await.expect(204);
        let told: Vec<_> = receiver.take(2).await.iter().map(|request| said(request).0).collect();
        assert_eq!(told, ["rapport.customer.created.v1", "rapport.customer.deleted.v1"]);
        for (types, rule) in [
            (json!(["*"]), filter.clone()),
            (json!(["rapport.customer.*", "rapport.order.*"]), filter.clone()),
            (json!(["rapport.order.*"]), filter.clone()),
            (json!(["rapport.session.*"]), filter.clone()),
        ] {
            let wrong = json!({ "url": receiver.url, "eventTypes": types, "filter": rule });
            let answer = ada.post("/webhook-endpoints", wrong).await;
            assert_eq!(answer.status, 409, "{types} {}", answer.text);
            assert!(answer.pointers()[0].starts_with("/filter"), "{}", answer.text);
        }
        let unknown = json!({ "url": receiver.url, "eventTypes": ["rapport.*", "rapport.dragon.*"] });
        assert_eq!(ada.post("/webhook-endpoints", unknown).await.pointers(), ["/eventTypes/0"]);
        for none in ["rapport.dragon.*", "rapport.event.*"] {
            let unknown = json!({ "url": receiver.url, "eventTypes": [none] });
            assert_eq!(ada.post("/webhook-endpoints", unknown).await.status, 409, "{none}");
        }
    }

    async fn somebody_who_loses_their_leave_is_sent_nothing_any_more(world) {
        let _sending = world.send_webhooks();
        let ada = world.ada().await;
        let grant = |resource: &str, verb: &str| json!({ "resource": resource, "verb": verb, "scope": "all" });
        let hooks = ["read", "create", "update"].map(|verb| grant("webhook_endpoint", verb));
        let mut grants = vec![grant("event", "read"), grant("webhook_delivery", "read")];
        grants.extend(hooks);
        let mut all = grants.clone();
        all.push(grant("customer", "read"));
        let role = ada.post("/roles", json!({ "name": "Hooks", "permissions": all })).await.expect(201);
        let (eve, her) = world.join_as("eve", &role["id"]).await;
        let mut receiver = Receiver::start().await;
        world.settle().await;
        let hers = endpoint(&eve, &receiver.url, &["rapport.customer.*", "rapport.user.updated.v1"]).await;
        customer(&ada, "Before").await;
        let before = receiver.next().await;
        let delivered = deliveries(&eve, &hers, "&status=delivered", 1).await;
        let less = json!({ "permissions": grants });
        ada.patch(&format!("/roles/{}", text(&role, "id")), less).await.expect(200);
        customer(&ada, "Meanwhile").await;
        // Everybody may see who works here: when this arrives, what was before has been passed over.
        let user = format!("/users/{}", text(&her, "id"));
        ada.patch(&user, json!({ "name": "Eve" })).await.expect(200);
        assert_eq!(said(&receiver.next().await).0, "rapport.user.updated.v1");
        // What she was sent before is not shown to her either, nor sent again.
        let one = path(&hers, &format!("/deliveries/{}", text(&delivered[0], "id")));
        assert_eq!(eve.get(&one).await.expect(200)["request"], Value::Null);
        eve.post(&format!("{one}/replay"), json!({})).await.expect(200);
        deliveries(&eve, &hers, "&status=dead", 1).await;
        ada.patch(&format!("/roles/{}", text(&role, "id")), json!({ "permissions": all })).await.expect(200);
        customer(&ada, "After").await;
        let after = receiver.next().await;
        assert_eq!(after.json()["data"]["after"]["name"], "After");
        assert_ne!(before.id(), after.id());
    }

    async fn who_changes_an_endpoint_answers_for_what_it_is_sent(world) {
        let _sending = world.send_webhooks();
        let ada = world.ada().await;
        let grant = |resource: &str, verb: &str| json!({ "resource": resource, "verb": verb, "scope": "all" });
        let grants = json!([grant("event", "read"), grant("webhook_endpoint", "update")]);
        let role = ada.post("/roles", json!({ "name": "Only hooks", "permissions": grants })).await.expect(201);
        let (mallory, her) = world.join_as("mallory", &role["id"]).await;
        let (mut hers, theirs) = (Receiver::start().await, Receiver::start().await);
        world.settle().await;
        let made = endpoint(&ada, &theirs.url, &["rapport.customer.*", "rapport.user.*"]).await;
        let stolen = mallory.patch(&path(&made, ""), json!({ "url": hers.url })).await.expect(200);
        assert_eq!(stolen["ownerId"], her["id"]);
        customer(&ada, "Secret").await;
        let user = format!("/users/{}", text(&her, "id"));
        ada.patch(&user, json!({ "name": "Mallory" })).await.expect(200);
        // She may see who works here, and no customers.
        assert_eq!(said(&hers.next().await).0, "rapport.user.updated.v1");
        ada.patch(&user, json!({ "status": "inactive" })).await;
        assert!(hers.now().is_none());
    }

    async fn a_ping_is_sent_once_even_to_one_that_is_disabled(world) {
        let _sending = world.send_webhooks();
        let ada = world.ada().await;
        let mut receiver = Receiver::answering(|request| Reply::Status(if request.n == 0 { 200 } else { 500 })).await;
        let new = json!({ "url": receiver.url, "eventTypes": ["rapport.order.*"], "enabled": false });
        let made = ada.post("/webhook-endpoints", new).await.expect(201);
        assert_eq!(made["disabledReason"], "by_user");
        let ping = ada.post(&path(&made, "/ping"), json!({})).await.expect(200);
        let request = receiver.next().await;
        assert!(request.is_signed_with(text(&made, "secret")));
        assert_eq!(request.json()["type"], "rapport.webhook_endpoint.ping.v1");
        assert_eq!((request.id(), &request.json()["subject"]), (text(&ping, "eventId"), &made["id"]));
        deliveries(&ada, &made, "&status=delivered", 1).await;
        let mutation = "mutation($id: UUID!) { pingWebhookEndpoint(id: $id) { status eventType } }";
        let twin = ada.graphql(mutation, json!({ "id": made["id"] })).await;
        assert_eq!(twin["pingWebhookEndpoint"]["status"], "PENDING");
        receiver.next().await;
        let dead = deliveries(&ada, &made, "&status=dead", 1).await;
        assert_eq!(dead[0]["attemptCount"], 1);
        assert_eq!(ada.get(&path(&made, "")).await.expect(200)["failingSince"], Value::Null);
    }

    async fn what_is_not_public_is_refused_when_it_is_named_and_when_it_is_called(world) {
        let _sending = world.send_webhooks();
        let ada = world.ada().await;
        for url in [
            "https://127.0.0.2/", "https://10.0.0.1/", "https://169.254.169.254/latest/meta-data/",
            "https://2130706434/", "https://0x7f.0.0.2/", "https://0177.0.0.2/", "https://0.0.0.0/",
            "https://192.168.1.1/", "https://172.16.0.1/", "https://100.64.0.1/", "https://224.0.0.1/",
            "https://198.51.100.7/", "http://8.8.8.8/", "https://8.8.8.8:25/",
        ] {
            let answer = ada.post("/webhook-endpoints", json!({ "url": url, "eventTypes": ["*"] })).await;
            assert_eq!((answer.status.as_u16(), answer.pointers()), (409, vec!["/url".to_owned()]), "{url}");
        }
        for url in ["https://[::1]/", "https://user@example.com/", "ftp://example.com/", "https://"] {
            let answer = ada.post("/webhook-endpoints", json!({ "url": url, "eventTypes": ["*"] })).await;
            assert_eq!((answer.status.as_u16(), answer.pointers()), (422, vec!["/url".to_owned()]), "{url}");
        }
        // A name is judged by the addresses it has: where ::1 is among them, or the port's address is not open, nobody
        // is called.
        let made = endpoint(&ada, "https://ip6-localhost:1/", &["rapport.customer.*"]).await;
        customer(&ada, "Acme").await;
        let tried = deliveries(&ada, &made, "&attemptCount=1", 1).await;
        let one = path(&made, &format!("/deliveries/{}", text(&tried[0], "id")));
        let one = ada.get(&one).await.expect(200);
        assert_eq!(one["attempts"][0]["error"], "the host has no address that may be called");
        assert_eq!(one["responseStatus"], Value::Null);
    }

    async fn a_worker_that_takes_over_goes_on_where_the_last_one_stopped(world) {
        let ada = world.ada().await;
        let mut receiver = Receiver::start().await;
        let made = endpoint(&ada, &receiver.url, &["rapport.customer.*"]).await;
        let mut expected = Vec::new();
        for round in 0..3 {
            let sending = world.send_webhooks();
            for n in 0..5 {
                expected.push(text(&customer(&ada, &format!("C{round}-{n}")).await, "id").to_owned());
            }
            deliveries(&ada, &made, "&status=delivered", expected.len()).await;
            sending.end().await;
        }
        let got: Vec<String> = receiver.take(15).await.iter().map(|request| said(request).1).collect();
        let (mut sorted, mut wanted) = (got.clone(), expected.clone());
        sorted.sort();
        wanted.sort();
        assert_eq!(sorted, wanted);
        assert!(receiver.now().is_none(), "nothing twice");
    }
}

async fn deliveries_with(ada: &Client, endpoint: &Value, status: &str) -> usize {
    let list = path(endpoint, &format!("/deliveries?limit=200&status={status}"));
    ada.get(&list).await.expect(200)["items"].as_array().expect("items").len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_commits_another_sends() {
    let Some(world) = World::on_postgres().await else { return };
    let _sending = world.send_webhooks();
    let ada = world.ada().await;
    let there = Client::new(&world.another_node().await, Some(ada.token()));
    let mut receiver = Receiver::start().await;
    let made = endpoint(&there, &receiver.url, &["rapport.customer.*"]).await;
    for name in ["One", "Two", "Three"] {
        customer(&there, name).await;
        assert_eq!(receiver.next().await.json()["data"]["after"]["name"], name);
    }
    deliveries(&ada, &made, "&status=delivered", 3).await;
    there.patch(&path(&made, ""), json!({ "enabled": false })).await.expect(200);
    eventually(&ada, &path(&made, ""), |made| made["enabled"] == false).await;
    customer(&there, "Nobody hears of").await;
    world.settle().await;
    there.patch(&path(&made, ""), json!({ "enabled": true })).await.expect(200);
    customer(&ada, "Four").await;
    assert_eq!(receiver.next().await.json()["data"]["after"]["name"], "Four");
}

/// The program with a workspace, on an empty database.
async fn program(url: &str) -> (Program, Client) {
    assert!(create_workspace(url).status.success());
    serve(url).await
}

async fn serve(url: &str) -> (Program, Client) {
    let program = Program::serve(url, &["--webhook-network", "127.0.0.1"], &[]);
    let ada = ada(&program.base).await;
    (program, ada)
}

/// Kills the program while it writes and sends: what it acknowledged arrives, in order, and nothing else does.
async fn survives_kills(url: &str) {
    let (mut running, mut ada) = program(url).await;
    let mut receiver =
        Receiver::answering(|request| Reply::Status(if request.n % 7 == 3 { 500 } else { 200 }))
            .await;
    let made = endpoint(&ada, &receiver.url, &["rapport.customer.*"]).await;
    let mut acknowledged: BTreeMap<String, i64> = BTreeMap::new();
    for round in 0..3 {
        let mut customers = Vec::new();
        for n in 0..8 {
            customers.push(customer(&ada, &format!("C{round}-{n}")).await);
        }
        for (n, customer) in customers.iter().enumerate() {
            rename(&ada, customer, &format!("R{round}-{n}")).await;
            acknowledged.insert(text(customer, "id").to_owned(), 2);
        }
        running.signal("KILL");
        tokio::task::spawn_blocking(move || running.wait()).await.expect("its end");
        (running, ada) = serve(url).await;
    }
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut first: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    while first.values().map(Vec::len).sum::<usize>() < 2 * acknowledged.len() {
        let request = receiver.next().await;
        assert!(request.is_taken_with(text(&made, "secret")));
        let (_, subject, version) = said(&request);
        assert!(acknowledged.contains_key(&subject), "of what was never written: {subject}");
        if seen.insert(request.id().to_owned()) {
            first.entry(subject).or_default().push(version);
        }
    }
    for (subject, versions) in first {
        assert_eq!(versions, [1, 2], "{subject}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_loses_no_event_of_what_was_acknowledged_on_sqlite() {
    let files = tempfile::tempdir().expect("a temporary directory");
    survives_kills(&format!("sqlite://{}", files.path().join("rapport.db").display())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_loses_no_event_of_what_was_acknowledged_on_postgres() {
    if let Some(postgres) = rapport_test_postgres::database().await {
        survives_kills(&postgres.url).await;
        postgres.close().await;
    }
}
