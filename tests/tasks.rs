//! What people have to do, over both APIs.

use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Client, on_both_databases};

async fn customer(client: &Client, name: &str) -> Value {
    let new = json!({ "kind": "organization", "name": name });
    client.post("/customers", new).await.expect(201)["id"].clone()
}

async fn task(client: &Client, new: Value) -> Value {
    client.post("/tasks", new).await.expect(201)
}

fn path(of: &Value) -> String {
    format!("/tasks/{}", of["id"].as_str().expect("an id"))
}

async fn verb(client: &Client, of: &Value, verb: &str) -> crate::harness::Answer {
    client.post(&format!("{}/{verb}", path(of)), json!({})).await
}

on_both_databases! {
    async fn a_task_is_the_callers_open_and_normal_where_nothing_else_is_said(world) {
        let ada = world.ada().await;
        let me = ada.get("/me").await.expect(200)["user"]["id"].clone();
        let made = task(&ada, json!({ "subject": "Call back" })).await;
        for (member, value) in [
            ("status", json!("open")), ("priority", json!("normal")), ("ownerId", me), ("source", json!("manual")),
            ("dueAt", Value::Null), ("completedAt", Value::Null), ("customerId", Value::Null),
        ] {
            assert_eq!(made[member], value, "{member}");
        }
        let acme = customer(&ada, "Acme").await;
        let bob = ada.post("/contacts", json!({ "customerId": acme, "name": "Bob" })).await.expect(201)["id"].clone();
        let nobodys = json!({ "subject": "Visit", "contactId": bob });
        assert_eq!(ada.post("/tasks", nobodys).await.pointers(), ["/contactId"]);
        let make = "mutation($c: UUID!, $b: UUID!) { createTask(input: { subject: \"Visit\", customerId: $c, contactId: $b, \
            priority: HIGH, dueAt: \"2026-11-24T17:00:00+01:00\" }) { dueAt owner { name } contact { name } customer { tasks { subject } } } }";
        let data = ada.graphql(make, json!({ "c": acme, "b": bob })).await;
        assert_eq!(data["createTask"], json!({
            "dueAt": "2026-11-24T16:00:00+00:00", "owner": { "name": "Ada Lovelace" }, "contact": { "name": "Bob" },
            "customer": { "tasks": [{ "subject": "Visit" }] },
        }));
        let wrong = json!({ "subject": "", "status": "later", "priority": 1, "dueAt": "soon", "completedAt": "2026-11-21T12:00:00Z" });
        let mut pointers = ada.post("/tasks", wrong).await.pointers();
        pointers.sort();
        assert_eq!(pointers, ["/completedAt", "/dueAt", "/priority", "/status", "/subject"]);
    }

    async fn what_is_over_is_reopened_before_anything_else_becomes_of_it(world) {
        let ada = world.ada().await;
        let me = ada.get("/me").await.expect(200)["user"]["id"].clone();
        let made = task(&ada, json!({ "subject": "Offer" })).await;
        ada.patch(&path(&made), json!({ "status": "in_progress" })).await.expect(200);
        world.advance(TimeDelta::minutes(7));
        let done = verb(&ada, &made, "complete").await.expect(200);
        assert_eq!((&done["status"], &done["completedAt"], &done["completedBy"]), (&json!("done"), &json!("2026-11-21T12:07:00Z"), &me));
        world.advance(TimeDelta::minutes(1));
        assert_eq!(verb(&ada, &made, "complete").await.expect(200), done);
        let refused = verb(&ada, &made, "cancel").await.expect(409);
        assert_eq!((&refused["code"], &refused["detail"]), (&json!("refused"), &json!("the task is done; reopen it first")));
        ada.patch(&path(&made), json!({ "status": "in_progress" })).await.expect(409);
        ada.patch(&path(&made), json!({ "subject": "Offer, sent" })).await.expect(200);
        let open = verb(&ada, &made, "reopen").await.expect(200);
        assert_eq!((&open["status"], &open["completedAt"], &open["completedBy"]), (&json!("open"), &Value::Null, &Value::Null));
        assert_eq!(verb(&ada, &made, "reopen").await.expect(200), open);
        let cancel = "mutation($id: UUID!) { cancelTask(id: $id) { status completedAt } }";
        let data = ada.graphql(cancel, json!({ "id": made["id"] })).await;
        assert_eq!(data["cancelTask"], json!({ "status": "CANCELLED", "completedAt": null }));
        assert_eq!(ada.graphql_codes("mutation($id: UUID!) { completeTask(id: $id) { id } }", json!({ "id": made["id"] })).await, ["refused"]);
        let reopened = ada.graphql("mutation($id: UUID!) { reopenTask(id: $id) { status } }", json!({ "id": made["id"] })).await;
        assert_eq!(reopened["reopenTask"]["status"], "OPEN");
        ada.patch(&path(&made), json!({ "status": "done" })).await.expect(200);
        let trail = ada.get(&format!("/audit-entries?subject={}&limit=200", made["id"].as_str().expect("an id"))).await.expect(200);
        let kinds: Vec<&str> = trail["items"].as_array().expect("items").iter().rev().filter_map(|entry| entry["type"].as_str()).collect();
        let named = ["created", "updated", "completed", "updated", "reopened", "cancelled", "reopened", "completed"];
        assert_eq!(kinds, named.map(|what| format!("rapport.task.{what}.v1")));
    }

    async fn tasks_are_done_offline_and_each_write_once(world) {
        let ada = world.ada().await;
        let acme = customer(&ada, "Acme").await;
        let [one, two] = [Uuid::now_v7(), Uuid::now_v7()];
        let write = |key: &str, kind: &str, action: &str, id: Uuid, data: Value| {
            json!({ "key": key, "type": kind, "action": action, "id": id, "data": data })
        };
        let writes = json!({ "writes": [
            write("1", "task", "create", one, json!({ "subject": "Visit", "customerId": acme, "remindAt": "2026-11-22T08:00:00Z" })),
            write("2", "task", "update", one, json!({ "status": "done" })),
            write("3", "task", "create", two, json!({ "subject": "Done on the way", "status": "done" })),
            write("4", "interaction", "create", Uuid::now_v7(), json!({ "kind": "visit", "customerId": acme })),
            write("5", "consent", "create", Uuid::now_v7(), json!({ "customerId": acme, "purpose": "news", "channel": "any", "status": "granted" })),
            write("6", "contact_point", "create", Uuid::now_v7(), json!({ "customerId": acme, "kind": "phone", "value": "+4930901820" })),
            write("7", "task", "update", two, json!({ "status": "cancelled" })),
        ] });
        let first = ada.post("/sync", writes.clone()).await.expect(200);
        let statuses: Vec<&str> = first["results"].as_array().expect("results").iter().filter_map(|result| result["status"].as_str()).collect();
        assert_eq!(statuses, ["applied", "applied", "applied", "applied", "applied", "applied", "refused"], "{first}");
        world.advance(TimeDelta::minutes(3));
        let again = ada.post("/sync", writes).await.expect(200);
        assert_eq!(again["results"][1]["record"]["completedAt"], "2026-11-21T12:00:00Z");
        let new = json!({ "id": two, "subject": "Done on the way", "status": "done" });
        assert_eq!(ada.post("/tasks", new).await.expect(201)["version"], 1);
        assert_eq!(ada.get("/tasks?count=true&status=done").await.expect(200)["total"], 2);
        world.settle().await;
        let all = ada.get("/sync?types=task,interaction,consent,contact_point&limit=1000").await.expect(200);
        let mut kinds: Vec<&str> = all["items"].as_array().expect("items").iter().filter_map(|item| item["type"].as_str()).collect();
        kinds.sort();
        assert_eq!(kinds, ["consent", "contact_point", "interaction", "task", "task"]);
    }

    async fn reps_give_tasks_to_anybody_and_change_their_own(world) {
        let ada = world.ada().await;
        let (rob, me) = world.join("rob", "rep").await;
        let (amy, hers) = world.join("amy", "agent").await;
        let his = task(&rob, json!({ "subject": "His" })).await;
        let given = task(&rob, json!({ "subject": "Hers", "ownerId": hers["id"] })).await;
        amy.patch(&path(&given), json!({ "priority": "urgent" })).await.expect(200);
        rob.patch(&path(&given), json!({ "priority": "low" })).await.expect(404);
        verb(&rob, &given, "complete").await.expect(404);
        amy.get(&path(&his)).await.expect(200);
        verb(&amy, &given, "complete").await.expect(200);
        rob.patch(&path(&his), json!({ "ownerId": hers["id"] })).await.expect(200);
        rob.patch(&path(&his), json!({ "ownerId": me["id"] })).await.expect(404);
        let (vic, _) = world.join("vic", "viewer").await;
        vic.get(&path(&his)).await.expect(200);
        vic.post("/tasks", json!({ "subject": "No" })).await.expect(403);
        verb(&vic, &his, "complete").await.expect(403);
        let own = json!([{ "resource": "task", "verb": "read", "scope": "own" }, { "resource": "task", "verb": "update", "scope": "own" }]);
        let role = ada.post("/roles", json!({ "name": "Own tasks", "permissions": own })).await.expect(201);
        let (sue, _) = world.join_as("sue", &role["id"]).await;
        assert_eq!(sue.get("/tasks?count=true").await.expect(200)["total"], 0);
        sue.get(&path(&his)).await.expect(404);
    }

    async fn rules_speak_of_tasks_and_a_task_about_nobody_moves_nobody(world) {
        let ada = world.ada().await;
        let acme = customer(&ada, "Acme").await;
        customer(&ada, "Other").await;
        let rule = json!({ "relation": { "name": "tasks", "filter": { "compare": { "field": "status", "in": ["open", "in_progress"] } } } });
        let segment = ada.post("/segments", json!({ "name": "Something to do", "rule": rule })).await.expect(201);
        let count = async || {
            world.catch_up().await;
            ada.get(&path_of_segment(&segment)).await.expect(200)["memberCount"].clone()
        };
        assert_eq!(count().await, 0);
        task(&ada, json!({ "subject": "About nobody" })).await;
        assert_eq!(count().await, 0);
        let made = task(&ada, json!({ "subject": "About Acme", "customerId": acme })).await;
        assert_eq!(count().await, 1);
        verb(&ada, &made, "complete").await.expect(200);
        assert_eq!(count().await, 0);
        let timeline = ada.get(&format!("/customers/{}/timeline", acme.as_str().expect("an id"))).await.expect(200);
        let mut kinds = timeline["items"].as_array().expect("items").iter().filter_map(|entry| entry["type"].as_str());
        assert!(kinds.any(|kind| kind == "rapport.task.completed.v1"), "{timeline}");
        let found = ada.get("/tasks?q=abou%20acm&count=true").await.expect(200);
        assert_eq!(found["total"], 1);
    }

    async fn many_tasks_are_made_at_once_and_exported(world) {
        let ada = world.ada().await;
        let operations: Vec<Value> = (0..3).map(|n| json!({ "create": { "subject": format!("Task {n}") } })).collect();
        let made = ada.post("/tasks/batch", json!({ "atomic": true, "operations": operations })).await.expect(200);
        let id = made["results"][0]["record"]["id"].clone();
        let mixed = json!({ "operations": [{ "task": { "update": { "id": id, "patch": { "status": "done" } } } }] });
        assert_eq!(ada.post("/batch", mixed).await.expect(200)["results"][0]["record"]["status"], "done");
        let export = json!({ "kind": "tasks", "fields": ["subject", "status"], "sort": "subject" });
        let export = ada.post("/exports", export).await.expect(201);
        world.work().await;
        let file = ada.get(&format!("/exports/{}/file", export["id"].as_str().expect("an id"))).await;
        assert_eq!(file.text, "subject,status\nTask 0,done\nTask 1,open\nTask 2,open\n");
    }
}

fn path_of_segment(segment: &Value) -> String {
    format!("/segments/{}", segment["id"].as_str().expect("an id"))
}
