//! Plays: what is done when something comes up with customers, once each, over both APIs.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use rapport_domain::{plays::Runner, timed};
use serde_json::{Value, json};

use crate::harness::{Client, Receiver, World, on_both_databases};

fn id(of: &Value) -> &str {
    of["id"].as_str().expect("an id")
}

fn items(page: &Value) -> &Vec<Value> {
    page["items"].as_array().expect("items")
}

/// Lets the readers follow and the plays be played, until nothing is left to do.
async fn settle(world: &World) {
    for _ in 0..3 {
        world.catch_up().await;
        timed::catch_up(&Runner, &world.database).await.expect("the runner");
    }
    world.catch_up().await;
}

/// Time goes by, and what it brings is done.
async fn after(world: &World, by: TimeDelta) -> Client {
    world.advance(by);
    settle(world).await;
    world.ada().await
}

async fn person(ada: &Client, members: Value) -> Value {
    let mut new = json!({ "kind": "person", "name": "Ann" });
    new.as_object_mut().expect("members").extend(members.as_object().expect("members").clone());
    ada.post("/customers", new).await.expect(201)
}

/// A segment of those with a tag.
async fn tagged(ada: &Client, tag: &str) -> Value {
    let rule = json!({ "compare": { "field": "tags", "eq": tag } });
    ada.post("/segments", json!({ "name": format!("With {tag}"), "rule": rule })).await.expect(201)
}

async fn tag(world: &World, customer: &Value, tags: Value) {
    let path = format!("/customers/{}", id(customer));
    world.ada().await.patch(&path, json!({ "tags": tags })).await.expect(200);
}

async fn stage(ada: &Client, key: &str) -> Value {
    ada.get(&format!("/lifecycle-stages?key={key}")).await.expect(200)["items"][0].clone()
}

async fn make(ada: &Client, name: &str, trigger: Value, actions: Value) -> Value {
    let play = json!({ "name": name, "trigger": trigger, "actions": actions });
    ada.post("/plays", play).await.expect(201)
}

fn task(subject: &str) -> Value {
    json!([{ "createTask": { "subject": subject } }])
}

async fn runs(ada: &Client, play: &Value) -> Vec<Value> {
    let path = format!("/play-runs?playId={}&sort=occurredAt&limit=200", id(play));
    items(&ada.get(&path).await.expect(200)).clone()
}

/// How the runs of a play stand, in the order of their occasions.
async fn statuses(ada: &Client, play: &Value) -> Vec<String> {
    let runs = runs(ada, play).await;
    runs.iter().map(|run| run["status"].as_str().expect("a status").to_owned()).collect()
}

async fn tasks(ada: &Client) -> Vec<Value> {
    items(&ada.get("/tasks?source=play&limit=200").await.expect(200)).clone()
}

fn text<'v>(of: &'v Value, member: &str) -> &'v str {
    of[member].as_str().expect("a text")
}

/// For whom, on which occasion, and when it came up.
fn occasion(of: &Value) -> [String; 3] {
    ["customerId", "occasion", "occurredAt"].map(|member| text(of, member).to_owned())
}

fn minute() -> TimeDelta {
    TimeDelta::minutes(1)
}

on_both_databases! {
    async fn entering_and_leaving_a_segment_are_occasions_once_each(world) {
        let ada = world.ada().await;
        let vip = tagged(&ada, "vip").await;
        let before = person(&ada, json!({ "tags": ["vip"] })).await;
        settle(&world).await;
        world.advance(minute());
        let ada = world.ada().await;
        let of = json!({ "segmentId": vip["id"] });
        let entered = make(&ada, "Welcome", json!({ "enteredSegment": of }), task("Welcome them")).await;
        let left = make(&ada, "Farewell", json!({ "leftSegment": of }), task("Ask why")).await;
        assert_eq!(entered["activeSince"], "2026-11-21T12:01:00Z");
        world.advance(minute());
        let ann = person(&world.ada().await, json!({ "tags": ["vip"] })).await;
        let ada = after(&world, minute()).await;
        assert_eq!(statuses(&ada, &entered).await, ["done"], "not whoever was in it already");
        tag(&world, &ann, json!([])).await;
        tag(&world, &before, json!([])).await;
        let ada = after(&world, minute()).await;
        assert_eq!(statuses(&ada, &left).await, ["done", "done"]);
        tag(&world, &ann, json!(["vip"])).await;
        let ada = after(&world, minute()).await;
        assert_eq!(statuses(&ada, &entered).await, ["done", "done"], "another stay, another occasion");
        let all = tasks(&ada).await;
        assert_eq!(all.len(), 4);
        let ada_id = &ada.get("/me").await.expect(200)["user"]["id"];
        let welcome = all.iter().find(|task| task["subject"] == "Welcome them").expect("a task");
        assert_eq!((&welcome["ownerId"], &welcome["customerId"]), (ada_id, &ann["id"]));
        // Nothing is left, however often is looked.
        settle(&world).await;
        assert_eq!(tasks(&world.ada().await).await.len(), 4);
        let query = "query($id: UUID!) { play(id: $id) { name enabled trigger actions owner { id } }
            playRuns(filter: { compare: { field: \"status\", eq: \"done\" } }) {
                totalCount nodes { status occurredAt dueAt endedAt play { name } customer { id } } } }";
        let data = world.ada().await.graphql(query, json!({ "id": entered["id"] })).await;
        assert_eq!(data["play"]["trigger"], json!({ "enteredSegment": of }));
        assert_eq!(data["playRuns"]["totalCount"], 4);
        assert_eq!(data["playRuns"]["nodes"][0]["status"], "DONE");
    }

    async fn stages_are_occasions_too_however_customers_come_into_them(world) {
        let ada = world.ada().await;
        let [first, loyal] = [stage(&ada, "attracted").await, stage(&ada, "loyal").await];
        let begun = make(&ada, "New", json!({ "enteredStage": { "stageId": first["id"] } }), task("Say hello")).await;
        let gone = make(&ada, "On", json!({ "leftStage": { "stageId": first["id"] } }), task("Note it")).await;
        let came = make(&ada, "Loyal", json!({ "enteredStage": { "stageId": loyal["id"] } }), task("Thank them")).await;
        world.advance(minute());
        let ann = person(&ada, json!({})).await;
        let ada = after(&world, minute()).await;
        assert_eq!(statuses(&ada, &begun).await, ["done"]);
        let to = json!({ "stageId": loyal["id"] });
        ada.post(&format!("/customers/{}/move", id(&ann)), to).await.expect(200);
        let ada = after(&world, minute()).await;
        for play in [&begun, &gone, &came] {
            assert_eq!(statuses(&ada, play).await, ["done"], "{play}");
        }
    }

    async fn staying_too_long_is_found_by_time_alone_and_those_who_left_are_not(world) {
        let ada = world.ada().await;
        let (vip, first) = (tagged(&ada, "vip").await, stage(&ada, "attracted").await);
        let ann = person(&ada, json!({ "tags": ["vip"] })).await;
        let bea = person(&ada, json!({ "tags": ["vip"] })).await;
        settle(&world).await;
        let ada = after(&world, TimeDelta::days(20)).await;
        let long = json!({ "inSegment": { "segmentId": vip["id"], "longerThan": "P30D" } });
        let segment = make(&ada, "Long a member", long, task("Look after them")).await;
        let overdue = json!({ "inStage": { "stageId": first["id"], "longerThan": "P30D" } });
        let overdue = make(&ada, "Stuck", overdue, task("Give them a push")).await;
        // Long past by the time it was made: nobody is touched by it.
        let past = json!({ "inStage": { "stageId": first["id"], "longerThan": "P10D" } });
        let past = make(&ada, "Past", past, task("Too late")).await;
        tag(&world, &bea, json!([])).await;
        let ada = after(&world, TimeDelta::days(9)).await;
        assert_eq!(runs(&ada, &segment).await.len(), 0);
        let ada = after(&world, TimeDelta::days(1)).await;
        let run = &runs(&ada, &segment).await[0];
        assert_eq!((&run["status"], &run["customerId"]), (&json!("done"), &ann["id"]));
        assert_eq!(run["occurredAt"], "2026-12-21T12:00:00Z");
        assert_eq!(statuses(&ada, &segment).await.len(), 1);
        assert_eq!(statuses(&ada, &overdue).await, ["done", "done"]);
        assert_eq!(statuses(&ada, &past).await.len(), 0);
        let ada = after(&world, TimeDelta::days(40)).await;
        assert_eq!(statuses(&ada, &segment).await.len(), 1, "once for each stay");
    }

    async fn dates_come_up_where_customers_live_and_29_february_on_the_28th(world) {
        let ada = world.ada().await;
        let field = json!({ "resource": "customer", "key": "contractEnd", "label": "Contract end", "kind": "date" });
        ada.post("/custom-fields", field).await.expect(201);
        let ada = world.ada().await;
        let on = json!({ "date": { "field": "birthday", "at": "09:00" } });
        let birthday = make(&ada, "Birthday", on, task("Congratulate")).await;
        let on = json!({ "date": { "field": "custom.contractEnd", "offset": "-P14D", "everyYear": false } });
        let contract = make(&ada, "Contract", on, task("Renew")).await;
        world.advance(minute());
        let born = |day: &str, zone: Value| json!({ "birthday": day, "timeZone": zone });
        person(&ada, born("1990-11-23", json!("Asia/Tokyo"))).await;
        person(&ada, born("1991-11-23", Value::Null)).await;
        person(&ada, born("1992-11-23", json!("America/New_York"))).await;
        person(&ada, born("2000-02-29", Value::Null)).await;
        let ann = person(&ada, json!({ "custom": { "contractEnd": "2026-12-07" } })).await;
        settle(&world).await;
        // 09:00 is at midnight, at 08:00 and at 14:00 UTC.
        let expected = [("2026-11-22T23:59:00Z", 0), ("2026-11-23T00:00:00Z", 1), ("2026-11-23T08:00:00Z", 2), ("2026-11-23T14:00:00Z", 3)];
        for (at, count) in expected {
            let now = world.clock.now();
            let ada = after(&world, at.parse::<DateTime<Utc>>().expect("a time") - now).await;
            let done = statuses(&ada, &birthday).await.iter().filter(|status| *status == "done").count();
            assert_eq!(done, count, "{at}");
        }
        let run = &runs(&world.ada().await, &contract).await[0];
        assert_eq!((&run["customerId"], &run["occurredAt"]), (&ann["id"], &json!("2026-11-23T08:00:00Z")));
        assert_eq!(run["occasion"], "custom.contractEnd 2026-12-07");
        for _ in 0..120 {
            world.advance(TimeDelta::hours(24));
            settle(&world).await;
        }
        let ada = world.ada().await;
        let last = runs(&ada, &birthday).await.pop().expect("a run");
        assert_eq!((&last["occurredAt"], &last["status"]), (&json!("2027-02-28T08:00:00Z"), &json!("done")));
        assert_eq!(runs(&ada, &birthday).await.len(), 4);
        assert_eq!(runs(&ada, &contract).await.len(), 1);
    }

    async fn a_date_that_is_changed_before_it_comes_up_comes_up_then_and_not_before(world) {
        let ada = world.ada().await;
        let on = json!({ "date": { "field": "birthday", "at": "09:00" } });
        let play = make(&ada, "Birthday", on, task("Congratulate")).await;
        world.advance(minute());
        let [ann, bea, cleo] = [
            person(&ada, json!({ "birthday": "1990-11-22" })).await,
            person(&ada, json!({ "birthday": "1990-11-22" })).await,
            person(&ada, json!({ "birthday": "1990-06-22" })).await,
        ];
        settle(&world).await;
        assert_eq!(statuses(&ada, &play).await, ["waiting", "waiting"]);
        let change = async |customer: &Value, members: Value| {
            ada.patch(&format!("/customers/{}", id(customer)), members).await.expect(200);
        };
        change(&ann, json!({ "birthday": "1990-11-24" })).await;
        change(&bea, json!({ "birthday": null })).await;
        change(&cleo, json!({ "birthday": "1991-11-22" })).await;
        settle(&world).await;
        let ada = after(&world, TimeDelta::days(1)).await;
        let all = runs(&ada, &play).await;
        let of = |customer: &Value| all.iter().find(|run| run["customerId"] == customer["id"]).expect("a run");
        assert_eq!(of(&ann)["status"], "waiting");
        assert_eq!((&of(&bea)["status"], &of(&bea)["reason"]), (&json!("skipped"), &json!("no_longer")));
        assert_eq!(of(&cleo)["status"], "done");
        let ada = after(&world, TimeDelta::days(2)).await;
        assert_eq!(runs(&ada, &play).await.len(), 3);
        let last = runs(&ada, &play).await.pop().expect("a run");
        assert_eq!((&last["occurredAt"], &last["status"]), (&json!("2026-11-24T08:00:00Z"), &json!("done")));
    }

    async fn quiet_hours_are_those_of_where_the_customer_lives(world) {
        let ada = world.ada().await;
        let first = stage(&ada, "attracted").await;
        let play = json!({ "name": "Hello", "trigger": { "enteredStage": { "stageId": first["id"] } },
            "actions": task("Call them"), "quietHours": { "from": "20:00", "to": "08:00" } });
        let play = ada.post("/plays", play).await.expect(201);
        world.advance(minute());
        // 13:01 in Berlin, 21:01 in Tokyo, 04:01 in Los Angeles.
        let [here, tokyo, west] = [
            person(&ada, json!({})).await,
            person(&ada, json!({ "timeZone": "Asia/Tokyo" })).await,
            person(&ada, json!({ "timeZone": "America/Los_Angeles" })).await,
        ];
        settle(&world).await;
        let due = async |customer: &Value| {
            let found = runs(&world.ada().await, &play).await;
            let run = found.iter().find(|run| run["customerId"] == customer["id"]).expect("a run").clone();
            (run["status"].clone(), run["dueAt"].clone())
        };
        assert_eq!(due(&here).await, (json!("done"), json!("2026-11-21T12:01:00Z")));
        assert_eq!(due(&tokyo).await, (json!("waiting"), json!("2026-11-21T23:00:00Z")));
        assert_eq!(due(&west).await, (json!("waiting"), json!("2026-11-21T16:00:00Z")));
        after(&world, TimeDelta::hours(4)).await;
        assert_eq!(due(&west).await.0, "done");
        // Quiet hours that are longer by then are kept, too.
        let path = format!("/plays/{}", id(&play));
        let longer = json!({ "quietHours": { "from": "20:00", "to": "10:00" } });
        world.ada().await.patch(&path, longer).await.expect(200);
        after(&world, TimeDelta::hours(7)).await;
        assert_eq!(due(&tokyo).await, (json!("waiting"), json!("2026-11-22T01:00:00Z")));
        after(&world, TimeDelta::hours(2)).await;
        assert_eq!(due(&tokyo).await.0, "done");
    }

    async fn all_actions_are_done_together_and_the_log_says_why(world) {
        let ada = world.ada().await;
        let (rob, me) = world.join("rob", "rep").await;
        let [first, loyal] = [stage(&ada, "attracted").await, stage(&ada, "loyal").await];
        let actions = json!([
            { "createTask": { "subject": "Visit", "priority": "high", "dueIn": "P2D", "ownerId": me["id"] } },
            { "assign": { "ownerId": me["id"] } },
            { "tag": { "tags": ["met", "new"] } },
            { "untag": { "tags": ["cold"] } },
            { "moveToStage": { "stageId": loyal["id"] } },
            { "notify": { "title": "Somebody new", "body": "Say hello." } },
        ]);
        let play = make(&ada, "All", json!({ "enteredStage": { "stageId": first["id"] } }), actions).await;
        world.advance(minute());
        let ann = person(&ada, json!({ "tags": ["cold"] })).await;
        let ada = after(&world, minute()).await;
        assert_eq!(statuses(&ada, &play).await, ["done"]);
        let now = ada.get(&format!("/customers/{}", id(&ann))).await.expect(200);
        assert_eq!((&now["ownerId"], &now["stageId"]), (&me["id"], &loyal["id"]));
        assert_eq!(now["tags"], json!(["met", "new"]));
        let task = &tasks(&ada).await[0];
        assert_eq!((&task["ownerId"], &task["priority"]), (&me["id"], &json!("high")));
        assert_eq!(task["dueAt"], "2026-11-23T12:02:00Z");
        let told = rob.get("/notifications").await.expect(200);
        let kinds: BTreeSet<&str> = items(&told).iter().filter_map(|one| one["kind"].as_str()).collect();
        assert_eq!(kinds, BTreeSet::from(["play", "task_assigned"]));
        let moves = ada.get(&format!("/customers/{}/lifecycle", id(&ann))).await.expect(200);
        assert_eq!((&moves["items"][0]["cause"], &moves["items"][0]["actorKind"]), (&json!("play"), &json!("system")));
        let event = &ada.events("types=rapport.customer.moved.v1", 1).await["items"][0];
        let run = &runs(&ada, &play).await[0];
        assert_eq!(event["data"]["cause"], json!({ "playId": play["id"], "playRunId": run["id"] }));
    }

    async fn what_fails_is_tried_again_ever_later_and_nothing_of_it_is_done(world) {
        let ada = world.ada().await;
        let [first, reason, loyal] =
            [stage(&ada, "attracted").await, stage(&ada, "acquired").await, stage(&ada, "loyal").await];
        // A move back, for which no reason is given.
        let actions = json!([
            { "createTask": { "subject": "Not to be" } },
            { "moveToStage": { "stageId": reason["id"] } },
        ]);
        let play = make(&ada, "Back", json!({ "leftStage": { "stageId": first["id"] } }), actions).await;
        world.advance(minute());
        let ann = person(&ada, json!({})).await;
        let to = json!({ "stageId": loyal["id"] });
        ada.post(&format!("/customers/{}/move", id(&ann)), to).await.expect(200);
        settle(&world).await;
        let run = runs(&ada, &play).await[0].clone();
        assert_eq!((&run["status"], &run["attempts"]), (&json!("waiting"), &json!(1)));
        assert!(run["problem"].as_str().expect("a problem").contains("/reason"), "{run}");
        assert_eq!(run["dueAt"], "2026-11-21T12:02:00Z");
        for hours in [1, 1, 2, 7, 7] {
            after(&world, TimeDelta::hours(hours)).await;
        }
        let ada = world.ada().await;
        let run = runs(&ada, &play).await[0].clone();
        assert_eq!((&run["status"], &run["attempts"]), (&json!("failed"), &json!(5)));
        assert!(tasks(&ada).await.is_empty());
        let moves = ada.get(&format!("/customers/{}/lifecycle", id(&ann))).await.expect(200);
        assert_eq!(items(&moves).len(), 1);
    }

    async fn a_condition_is_asked_when_it_is_due_and_whoever_is_gone_is_skipped(world) {
        let ada = world.ada().await;
        let first = stage(&ada, "attracted").await;
        let play = json!({ "name": "Berlin", "trigger": { "inStage": { "stageId": first["id"], "longerThan": "P1D" } },
            "condition": { "compare": { "field": "city", "eq": "Berlin" } }, "actions": task("Visit") });
        let play = ada.post("/plays", play).await.expect(201);
        world.advance(minute());
        let [moved, stays, gone] = [
            person(&ada, json!({ "city": "Rome" })).await,
            person(&ada, json!({ "city": "Rome" })).await,
            person(&ada, json!({ "city": "Berlin" })).await,
        ];
        ada.patch(&format!("/customers/{}", id(&moved)), json!({ "city": "Berlin" })).await.expect(200);
        settle(&world).await;
        world.advance(TimeDelta::days(1));
        world.catch_up().await;
        let ada = world.ada().await;
        ada.delete(&format!("/customers/{}", id(&gone))).await.expect(204);
        settle(&world).await;
        let all = runs(&ada, &play).await;
        let of = |customer: &Value| {
            let run = all.iter().find(|run| run["customerId"] == customer["id"]).expect("a run");
            (run["status"].clone(), run["reason"].clone())
        };
        assert_eq!(of(&moved), (json!("done"), Value::Null));
        assert_eq!(of(&stays), (json!("skipped"), json!("condition")));
        assert_eq!(of(&gone), (json!("skipped"), json!("customer_deleted")));
    }

    async fn a_webhook_is_called_with_the_runs_id_and_no_other_endpoint_is(world) {
        let ada = world.ada().await;
        let _stop = world.send_webhooks();
        let (mut called, mut other) = (Receiver::start().await, Receiver::start().await);
        let endpoint = |url: &str, types: Value| json!({ "url": url, "eventTypes": types });
        let of = endpoint(&called.url, json!(["rapport.product.*"]));
        let of = ada.post("/webhook-endpoints", of).await.expect(201);
        ada.post("/webhook-endpoints", endpoint(&other.url, json!(["*"]))).await.expect(201);
        let first = stage(&ada, "attracted").await;
        let actions = json!([{ "callWebhook": { "endpointId": of["id"] } }]);
        let play = make(&ada, "Call", json!({ "enteredStage": { "stageId": first["id"] } }), actions).await;
        world.advance(minute());
        let ann = person(&ada, json!({})).await;
        settle(&world).await;
        let run = runs(&world.ada().await, &play).await[0].clone();
        assert_eq!(run["status"], "done");
        let request = called.next().await;
        assert_eq!(request.header("webhook-id"), id(&run));
        let body: Value = serde_json::from_slice(&request.body).expect("JSON");
        assert_eq!((&body["type"], &body["subject"]), (&json!("rapport.play_run.called.v1"), &run["id"]));
        assert_eq!((&body["customerid"], &body["data"]["after"]["playId"]), (&ann["id"], &play["id"]));
        // The other is told of everything else.
        ada.post("/customers", json!({ "kind": "person", "name": "Last" })).await.expect(201);
        loop {
            let body: Value = serde_json::from_slice(&other.next().await.body).expect("JSON");
            assert_ne!(body["type"], "rapport.play_run.called.v1");
            if body["data"]["after"]["name"] == "Last" {
                break;
            }
        }
    }

    async fn however_many_look_at_once_each_occasion_is_played_once(world) {
        let ada = world.ada().await;
        let first = stage(&ada, "attracted").await;
        let play = make(&ada, "Hello", json!({ "enteredStage": { "stageId": first["id"] } }), task("Say hello")).await;
        world.advance(minute());
        let new: Vec<Value> = (0..30).map(|n| json!({ "create": { "kind": "person", "name": format!("Person {n}") } })).collect();
        ada.post("/customers/batch", json!({ "operations": new })).await.expect(200);
        world.catch_up().await;
        assert_eq!(statuses(&ada, &play).await, ["waiting"; 30]);
        let runner = || timed::catch_up(&Runner, &world.database);
        let (one, two, three) = tokio::join!(runner(), runner(), runner());
        one.and(two).and(three).expect("the runners");
        settle(&world).await;
        assert_eq!(statuses(&ada, &play).await, ["done"; 30]);
        assert_eq!(tasks(&ada).await.len(), 30);
    }

    async fn a_play_that_does_what_it_waits_for_is_played_five_times_a_day(world) {
        let ada = world.ada().await;
        let [first, loyal] = [stage(&ada, "attracted").await, stage(&ada, "loyal").await];
        let there = json!([{ "moveToStage": { "stageId": loyal["id"] } }]);
        let back = json!([{ "moveToStage": { "stageId": first["id"], "reason": "Round and round." } }]);
        let there = make(&ada, "There", json!({ "enteredStage": { "stageId": first["id"] } }), there).await;
        let back = make(&ada, "Back", json!({ "enteredStage": { "stageId": loyal["id"] } }), back).await;
        world.advance(minute());
        person(&ada, json!({})).await;
        for _ in 0..14 {
            world.advance(TimeDelta::seconds(1));
            world.catch_up().await;
            timed::catch_up(&Runner, &world.database).await.expect("the runner");
        }
        let ada = world.ada().await;
        let mut expected = vec!["done"; 5];
        assert_eq!(statuses(&ada, &back).await, expected);
        expected.push("skipped");
        assert_eq!(statuses(&ada, &there).await, expected);
        assert_eq!(runs(&ada, &there).await[5]["reason"], "too_often");
    }

    async fn what_waits_is_called_off_when_a_play_is_disabled_deleted_or_waits_for_something_else(world) {
        let ada = world.ada().await;
        let first = stage(&ada, "attracted").await;
        let trigger = json!({ "enteredStage": { "stageId": first["id"] } });
        let mut plays = Vec::new();
        for name in ["Disabled", "Deleted", "Other"] {
            let play = json!({ "name": name, "trigger": trigger, "actions": task("Never"), "quietHours": { "from": "08:00", "to": "20:00" } });
            plays.push(ada.post("/plays", play).await.expect(201));
        }
        let on = json!({ "date": { "field": "birthday" } });
        plays.push(make(&ada, "Birthday", on.clone(), task("Congratulate")).await);
        world.advance(minute());
        person(&ada, json!({ "birthday": "1990-11-22" })).await;
        settle(&world).await;
        for play in &plays {
            assert_eq!(statuses(&ada, play).await, ["waiting"], "{play}");
        }
        let path = |n: usize| format!("/plays/{}", id(&plays[n]));
        let off = ada.patch(&path(0), json!({ "enabled": false })).await.expect(200);
        assert_eq!(off["activeSince"], Value::Null);
        ada.delete(&path(1)).await.expect(204);
        ada.patch(&path(2), json!({ "trigger": on })).await.expect(200);
        ada.patch(&path(3), json!({ "enabled": false })).await.expect(200);
        assert_eq!(statuses(&ada, &plays[0]).await, ["cancelled"]);
        assert_eq!(statuses(&ada, &plays[1]).await, ["cancelled"]);
        settle(&world).await;
        // The other waits for birthdays by now, and one that is enabled again in time is in time.
        assert_eq!(statuses(&ada, &plays[2]).await, ["cancelled", "waiting"]);
        assert_eq!(statuses(&ada, &plays[3]).await, ["cancelled"]);
        world.advance(minute());
        ada.patch(&path(3), json!({ "enabled": true })).await.expect(200);
        let restored = ada.post(&format!("{}/restore", path(1)), json!({})).await.expect(200);
        assert_eq!(restored["enabled"], false);
        settle(&world).await;
        assert_eq!(statuses(&ada, &plays[3]).await, ["waiting"]);
        let ada = after(&world, TimeDelta::days(1)).await;
        assert_eq!(statuses(&ada, &plays[0]).await, ["cancelled"]);
        assert_eq!(statuses(&ada, &plays[3]).await, ["done"]);
        assert_eq!(tasks(&ada).await.len(), 1, "the other keeps its quiet hours");
    }

    async fn every_fault_is_named_and_nobody_lets_a_play_do_what_they_may_not(world) {
        let ada = world.ada().await;
        let first = stage(&ada, "attracted").await;
        let nobody = "01890a5d-ac96-774b-bcce-b302099a8057";
        let lost = stage(&ada, "lost").await;
        let wrong = json!({
            "name": "Wrong",
            "trigger": { "date": { "field": "city" } },
            "condition": { "all": [{ "compare": { "field": "ufo", "eq": 1 } }, { "segment": { "id": nobody } }] },
            "actions": [
                { "createTask": { "subject": "x", "ownerId": nobody } },
                { "tag": { "tags": [] } },
                { "moveToStage": { "stageId": lost["id"] } },
                { "callWebhook": { "endpointId": nobody } },
            ],
            "quietHours": { "from": "20:00", "to": "20:00" },
        });
        let refused = ada.post("/plays", wrong).await;
        let mut pointers = refused.pointers();
        pointers.sort();
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert_eq!(pointers, [
            "/actions/0/createTask/ownerId", "/actions/1/tag/tags", "/actions/2/moveToStage/stageId",
            "/actions/3/callWebhook/endpointId", "/condition/all/0/compare/field", "/condition/all/1/segment/id",
            "/quietHours/to", "/trigger/date/field",
        ]);
        let gone = json!({ "name": "Gone", "trigger": { "enteredSegment": { "segmentId": nobody } }, "actions": task("x") });
        let refused = ada.post("/plays", gone).await;
        assert_eq!((refused.status.as_u16(), refused.pointers()), (409, vec!["/trigger/enteredSegment/segmentId".to_owned()]));
        let none = json!({ "name": "None", "trigger": { "date": { "field": "birthday" } }, "actions": [] });
        assert_eq!(ada.post("/plays", none).await.pointers(), ["/actions"]);
        let (max, _) = world.join("max", "marketer").await;
        let (rob, _) = world.join("rob", "rep").await;
        let trigger = json!({ "enteredStage": { "stageId": first["id"] } });
        let of = |actions: Value| json!({ "name": "Max's", "trigger": trigger, "actions": actions });
        rob.post("/plays", of(task("x"))).await.expect(403);
        let endpoint = json!({ "url": "https://receiver.example/", "eventTypes": ["*"] });
        let endpoint = ada.post("/webhook-endpoints", endpoint).await.expect(201);
        let call = json!([{ "callWebhook": { "endpointId": endpoint["id"] } }]);
        max.post("/plays", of(call.clone())).await.expect(403);
        let back = json!([{ "moveToStage": { "stageId": first["id"], "reason": "Because." } }]);
        max.post("/plays", of(back)).await.expect(403);
        max.post("/plays", of(task("x"))).await.expect(201);
        // Nor may anybody enable what somebody else has made with more leave.
        let play = json!({ "name": "Ada's", "trigger": trigger, "actions": call, "enabled": false });
        let play = ada.post("/plays", play).await.expect(201);
        max.patch(&format!("/plays/{}", id(&play)), json!({ "enabled": true })).await.expect(403);
        rob.post("/plays/dry-run", json!({ "trigger": { "date": { "field": "birthday" } }, "from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z" })).await.expect(200);
    }

    async fn what_a_play_names_stays(world) {
        let ada = world.ada().await;
        let (vip, asked) = (tagged(&ada, "vip").await, tagged(&ada, "asked").await);
        let new = json!({ "name": "Mine", "key": "mine", "position": 3 });
        let mine = ada.post("/lifecycle-stages", new).await.expect(201);
        let play = json!({ "name": "Play", "trigger": { "enteredSegment": { "segmentId": vip["id"] } },
            "condition": { "segment": { "id": asked["id"] } }, "actions": [{ "moveToStage": { "stageId": mine["id"] } }] });
        let play = ada.post("/plays", play).await.expect(201);
        let all = [format!("/segments/{}", id(&vip)), format!("/segments/{}", id(&asked)), format!("/lifecycle-stages/{}", id(&mine))];
        for path in &all {
            let refused = ada.delete(path).await;
            assert_eq!(refused.status, 409, "{path}: {}", refused.text);
            assert!(refused.text.contains("Play"), "{}", refused.text);
        }
        ada.delete(&format!("/plays/{}", id(&play))).await.expect(204);
        for path in &all {
            ada.delete(path).await.expect(204);
        }
        let refused = ada.post(&format!("/plays/{}/restore", id(&play)), json!({})).await;
        assert_eq!(refused.status, 409, "{}", refused.text);
    }

    async fn a_dry_run_names_those_for_whom_it_was_played_and_when(world) {
        let ada = world.ada().await;
        let [first, acquired, loyal] =
            [stage(&ada, "attracted").await, stage(&ada, "acquired").await, stage(&ada, "loyal").await];
        let vip = tagged(&ada, "vip").await;
        let quiet = json!({ "from": "18:00", "to": "09:30" });
        let condition = json!({ "compare": { "field": "name", "startsWith": "Ann" } });
        let (of, at) = (json!({ "segmentId": vip["id"] }), json!({ "stageId": first["id"] }));
        let triggers = [
            json!({ "enteredSegment": of }),
            json!({ "leftSegment": of }),
            json!({ "inSegment": { "segmentId": vip["id"], "longerThan": "P3D" } }),
            json!({ "enteredStage": at }),
            json!({ "leftStage": at }),
            json!({ "inStage": { "stageId": first["id"], "longerThan": "P4DT3H" } }),
            json!({ "date": { "field": "birthday", "offset": "P1D", "at": "22:15" } }),
        ];
        let mut plays = Vec::new();
        for (n, trigger) in triggers.iter().enumerate() {
            let play = json!({ "name": format!("Play {n}"), "trigger": trigger, "actions": [{ "notify": { "title": "x" } }],
                "quietHours": quiet, "condition": condition });
            plays.push(ada.post("/plays", play).await.expect(201));
        }
        let from = world.clock.now();
        // A month of customers who come, go and stay: always the same, and nothing special.
        let mut seed = 20_261_122_u64;
        let mut any = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        let zones = [Value::Null, json!("Asia/Tokyo"), json!("America/New_York"), json!("Pacific/Auckland")];
        let mut people: Vec<Value> = Vec::new();
        for step in 0..60 {
            after(&world, TimeDelta::minutes(600 + any(240) as i64)).await;
            let ada = world.ada().await;
            if step % 3 == 0 {
                let birthday = format!("19{:02}-{:02}-{:02}", 50 + any(50), 11 + any(2), 1 + any(30));
                let name = ["Ann", "Anna", "Bob"][any(3) as usize];
                let zone = &zones[any(4) as usize];
                people.push(person(&ada, json!({ "name": name, "birthday": birthday, "timeZone": zone })).await);
            }
            let who = people[any(people.len() as u64) as usize].clone();
            match any(3) {
                0 => tag(&world, &who, json!(["vip"])).await,
                1 => tag(&world, &who, json!([])).await,
                _ => {
                    let to = [&first, &acquired, &loyal][any(3) as usize];
                    let to = json!({ "stageId": to["id"], "reason": "For a change." });
                    ada.post(&format!("/customers/{}/move", id(&who)), to).await.expect(200);
                }
            }
        }
        let ada = after(&world, minute()).await;
        let to = world.clock.now();
        let ask = |cursor: Value| json!({ "from": from, "to": to, "limit": 7, "cursor": cursor });
        for play in &plays {
            let mut would = BTreeMap::new();
            let mut cursor = Value::Null;
            let count = loop {
                let page = ada.post(&format!("/plays/{}/dry-run", id(play)), ask(cursor.clone())).await.expect(200);
                would.extend(items(&page).iter().map(|item| (occasion(item), item["dueAt"].to_string())));
                cursor = page["nextCursor"].clone();
                if cursor.is_null() { break page["count"].clone() }
            };
            let all = runs(&ada, play).await;
            let is_ann = |run: &&Value| people.iter().any(|one| one["id"] == run["customerId"] && one["name"] != "Bob");
            assert!(all.iter().filter(|run| !is_ann(run)).all(|run| ["waiting", "skipped"].contains(&text(run, "status"))));
            // Dates are looked up a day ahead.
            let come_up = |run: &&Value| text(run, "occurredAt").parse::<DateTime<Utc>>().expect("a time") <= to;
            let did = all.iter().filter(come_up).filter(is_ann);
            let did: BTreeMap<[String; 3], String> = did.map(|run| (occasion(run), run["dueAt"].to_string())).collect();
            assert!(!did.is_empty(), "{play}");
            assert_eq!(would.keys().collect::<Vec<_>>(), did.keys().collect::<Vec<_>>(), "{}", play["trigger"]);
            // Whatever is looked at late may be in the next quiet hours by then.
            assert!(would.iter().all(|(key, due)| *due <= did[key]), "{}: {would:?} {did:?}", play["trigger"]);
            assert_eq!(count, would.len(), "{}", play["trigger"]);
        }
        let new = "query($input: DryRunNewPlay!) { dryRunNewPlay(input: $input) { count nextCursor items { customerId occurredAt } } }";
        let input = json!({ "trigger": triggers[3], "from": from, "to": to, "limit": 1 });
        let data = ada.graphql(new, json!({ "input": input })).await;
        let count = data["dryRunNewPlay"]["count"].as_u64().expect("a number");
        assert!(count >= people.len() as u64, "everybody began there, and some came back: {data}");
        let wrong = json!({ "from": to, "to": from, "limit": 0 });
        let refused = ada.post(&format!("/plays/{}/dry-run", id(&plays[0])), wrong).await;
        assert_eq!(refused.pointers(), ["/to", "/limit"]);
    }
}
