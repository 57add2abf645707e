//! What users are told, over both APIs.

use chrono::TimeDelta;
use rapport_domain::{integration::upkeep, timed, work::Reminders};
use serde_json::{Value, json};

use crate::harness::{Client, on_both_databases};

async fn told(client: &Client) -> Vec<(String, String)> {
    let list = client.get("/notifications?sort=createdAt").await.expect(200);
    let items = list["items"].as_array().expect("items").iter();
    let text = |item: &Value, member: &str| item[member].as_str().expect("a text").to_owned();
    items.map(|item| (text(item, "kind"), text(item, "title"))).collect()
}

async fn unread(client: &Client) -> Value {
    client.get("/notifications/unread-count").await.expect(200)["unread"].clone()
}

fn assigned(title: &str) -> (String, String) {
    ("task_assigned".to_owned(), title.to_owned())
}

fn reminder(title: &str) -> (String, String) {
    ("task_reminder".to_owned(), title.to_owned())
}

on_both_databases! {
    async fn whoever_is_given_a_task_by_somebody_else_is_told(world) {
        let ada = world.ada().await;
        let (rob, me) = world.join("rob", "rep").await;
        let acme = ada.post("/customers", json!({ "kind": "person", "name": "Ann" })).await.expect(201)["id"].clone();
        rob.post("/tasks", json!({ "subject": "His own" })).await.expect(201);
        let new = json!({ "id": uuid::Uuid::now_v7(), "subject": "Visit Ann", "ownerId": me["id"], "customerId": acme });
        let task = ada.post("/tasks", new.clone()).await.expect(201);
        ada.post("/tasks", new).await.expect(201);
        assert_eq!(told(&rob).await, [assigned("Visit Ann")]);
        assert!(told(&ada).await.is_empty());
        let list = rob.get("/notifications").await.expect(200);
        let one = &list["items"][0];
        assert_eq!((&one["resource"], &one["subject"], &one["customerId"]), (&json!("task"), &task["id"], &acme));
        assert_eq!((&one["userId"], &one["readAt"]), (&me["id"], &Value::Null));
        let path = format!("/tasks/{}", task["id"].as_str().expect("an id"));
        ada.patch(&path, json!({ "priority": "high" })).await.expect(200);
        rob.patch(&path, json!({ "ownerId": null })).await.expect(200);
        ada.patch(&path, json!({ "ownerId": me["id"] })).await.expect(200);
        assert_eq!(told(&rob).await.len(), 2, "given, given back, and given again");
        let done = json!({ "subject": "Done already", "ownerId": me["id"], "status": "done" });
        ada.post("/tasks", done).await.expect(201);
        assert_eq!(told(&rob).await.len(), 2);
        let timeline = rob.get(&format!("/customers/{}/timeline", acme.as_str().expect("an id"))).await.expect(200);
        let in_timeline = timeline["items"].as_array().expect("items").iter();
        assert!(in_timeline.clone().all(|entry| entry["resource"] != "notification"), "{timeline}");
    }

    async fn only_oneself_sees_and_marks_what_one_is_told(world) {
        let ada = world.ada().await;
        let (rob, me) = world.join("rob", "rep").await;
        for n in 0..3 {
            ada.post("/tasks", json!({ "subject": format!("Task {n}"), "ownerId": me["id"] })).await.expect(201);
            world.advance(TimeDelta::seconds(1));
        }
        let list = rob.get("/notifications?sort=createdAt").await.expect(200);
        let path = |n: usize| format!("/notifications/{}", list["items"][n]["id"].as_str().expect("an id"));
        for path in [path(0), format!("{}/read", path(0))] {
            let answer = if path.ends_with("read") { ada.post(&path, json!({})).await } else { ada.get(&path).await };
            answer.expect(404);
        }
        assert_eq!((unread(&rob).await, unread(&ada).await), (json!(3), json!(0)));
        let read = rob.post(&format!("{}/read", path(0)), json!({})).await.expect(200);
        assert_eq!((&read["readAt"], &read["version"]), (&json!("2026-11-21T12:00:03Z"), &json!(2)));
        world.advance(TimeDelta::seconds(1));
        assert_eq!(rob.post(&format!("{}/read", path(0)), json!({})).await.expect(200), read);
        assert_eq!(unread(&rob).await, 2);
        let seen = json!({ "until": list["items"][1]["createdAt"] });
        assert_eq!(rob.post("/notifications/read-all", seen).await.expect(200), json!({ "read": 1 }));
        assert_eq!(ada.post("/notifications/read-all", json!({})).await.expect(200), json!({ "read": 0 }));
        let query = "{ unreadNotificationCount { unread } notifications(filter: { compare: { field: \"readAt\", exists: false } }) \
            { totalCount nodes { title task { owner { name } } } } }";
        let data = rob.graphql(query, json!({})).await;
        assert_eq!(data["unreadNotificationCount"]["unread"], 1);
        assert_eq!(data["notifications"]["nodes"], json!([{ "title": "Task 2", "task": { "owner": { "name": "rob" } } }]));
        let rest = rob.graphql("mutation { readAllNotifications(input: {}) { read } }", json!({})).await;
        assert_eq!(rest["readAllNotifications"]["read"], 1);
        let everybodys = json!([{ "resource": "notification", "verb": "read", "scope": "all" }]);
        let role = ada.post("/roles", json!({ "name": "Curious", "permissions": everybodys })).await.expect(201);
        let (eve, _) = world.join_as("eve", &role["id"]).await;
        assert!(told(&eve).await.is_empty());
        eve.get(&path(0)).await.expect(404);
    }

    async fn one_is_reminded_once_and_not_of_what_is_over(world) {
        let ada = world.ada().await;
        let remind = async || timed::catch_up(&Reminders, &world.database).await.expect("reminders");
        let new = |subject: &str, at: &str| json!({ "subject": subject, "remindAt": at });
        let early = ada.post("/tasks", new("Early", "2026-11-21T13:00:00Z")).await.expect(201);
        let late = ada.post("/tasks", new("Late", "2026-11-21T14:00:00Z")).await.expect(201);
        let over = ada.post("/tasks", new("Over", "2026-11-21T13:00:00Z")).await.expect(201);
        let gone = ada.post("/tasks", new("Gone", "2026-11-21T13:00:00Z")).await.expect(201);
        let path = |of: &Value| format!("/tasks/{}", of["id"].as_str().expect("an id"));
        ada.post(&format!("{}/complete", path(&over)), json!({})).await.expect(200);
        ada.delete(&path(&gone)).await.expect(204);
        remind().await;
        assert!(told(&ada).await.is_empty());
        world.advance(TimeDelta::hours(1));
        let ada = world.ada().await;
        // Several nodes at once, and again.
        tokio::join!(remind(), remind(), remind());
        remind().await;
        assert_eq!(told(&ada).await, [reminder("Early")]);
        ada.post(&format!("{}/complete", path(&early)), json!({})).await.expect(200);
        ada.post(&format!("{}/reopen", path(&early)), json!({})).await.expect(200);
        remind().await;
        assert_eq!(told(&ada).await, [reminder("Early")], "of the same time nobody is reminded twice");
        ada.patch(&path(&early), json!({ "remindAt": "2026-11-21T15:00:00Z" })).await.expect(200);
        ada.patch(&path(&late), json!({ "remindAt": null })).await.expect(200);
        ada.post(&format!("{}/reopen", path(&over)), json!({})).await.expect(200);
        remind().await;
        assert_eq!(told(&ada).await, [reminder("Early"), reminder("Over")], "what is opened again reminds of its time");
        world.advance(TimeDelta::hours(3));
        let ada = world.ada().await;
        remind().await;
        assert_eq!(told(&ada).await.len(), 3);
    }

    async fn what_one_is_told_is_heard_of_as_it_happens(world) {
        let ada = world.ada().await;
        let (rob, me) = world.join("rob", "rep").await;
        let begin = rob.get("/events?after=now").await.expect(200)["nextCursor"].as_str().expect("a cursor").to_owned();
        ada.post("/tasks", json!({ "subject": "Look here", "ownerId": me["id"] })).await.expect(201);
        let query = format!("types=rapport.notification.*&after={begin}");
        let heard = rob.events(&query, 1).await;
        let event = &heard["items"][0];
        assert_eq!((&event["type"], &event["data"]["after"]["title"]), (&json!("rapport.notification.created.v1"), &json!("Look here")));
        world.settle().await;
        let hers = ada.get(&format!("/events?{query}")).await.expect(200);
        assert_eq!(hers["items"], json!([]), "nobody else hears of it");
    }

    async fn notifications_are_forgotten_after_ninety_days(world) {
        let ada = world.ada().await;
        let (_, me) = world.join("rob", "rep").await;
        let give = json!({ "subject": "Old", "ownerId": me["id"] });
        ada.post("/tasks", give).await.expect(201);
        let round = async || upkeep::round(&world.database, &world.objects, upkeep::Keep::default()).await.expect("upkeep");
        world.advance(TimeDelta::days(89));
        round().await;
        let rob = world.sign_in("acme", "rob@acme.example").await;
        assert_eq!(told(&rob).await.len(), 1);
        world.advance(TimeDelta::days(2));
        round().await;
        let rob = world.sign_in("acme", "rob@acme.example").await;
        assert!(told(&rob).await.is_empty());
    }
}
