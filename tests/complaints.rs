//! Complaints: nobody closes one before the customer was told what came of it, and what they were promised was looked after.

use chrono::TimeDelta;
use futures_util::future::join_all;
use rapport_domain::{service::complaints::PromisesDue, timed};
use serde_json::{Value, json};

use crate::harness::{Client, World, on_both_databases};

fn at(path: &str, record: &Value) -> String {
    path.replace("{id}", record["id"].as_str().expect("an id"))
}

async fn complaint_of(client: &Client, more: Value) -> Value {
    let mut new = more;
    new["subject"] = json!("The press came with a dent");
    new["kind"] = json!("complaint");
    client.post("/service-requests", new).await.expect(201)
}

/// Two nodes look for what is due at once.
async fn pass(world: &World) -> Client {
    let look = || timed::catch_up(&PromisesDue, &world.database);
    for done in join_all([look(), look()]).await {
        done.expect("promises");
    }
    world.ada().await
}

on_both_databases! {
    async fn a_complaint_is_not_closed_before_the_customer_was_told_and_promises_were_looked_after(world) {
        let ada = world.ada().await;
        let request = complaint_of(&ada, json!({})).await;
        let close = at("/service-requests/{id}/close", &request);
        let refused = ada.post(&close, json!({})).await;
        assert_eq!((refused.status.as_u16(), refused.pointers()), (409, vec!["/status".to_owned()]), "{}", refused.text);
        // Resolved it may be; a reply that would close it is refused as a whole.
        ada.post(&at("/service-requests/{id}/resolve", &request), json!({})).await.expect(200);
        let reply = json!({ "kind": "reply", "body": "Bye", "status": "closed" });
        assert_eq!(ada.post(&at("/service-requests/{id}/messages", &request), reply).await.status, 409);
        let written = ada.get(&at("/service-requests/{id}/messages", &request)).await.expect(200);
        assert_eq!(written["items"], json!([]));

        let promise = json!({ "requestId": request["id"], "body": "Another panel", "dueAt": "2026-11-30T12:00:00Z" });
        let promise = ada.post("/promises", promise).await.expect(201);
        let cause = ada.post("/complaint-causes", json!({ "name": "Damaged in transport" })).await.expect(201);
        let found = json!({ "requestId": request["id"], "causeId": cause["id"], "remedy": "replacement", "cost": { "amount": "48.50", "currency": "EUR" } });
        let found = ada.post("/complaints", found).await.expect(201);
        assert_eq!((&found["toldAt"], &found["cost"]["amount"]), (&Value::Null, &json!("48.50")));
        let both = ada.post(&close, json!({})).await;
        assert_eq!((both.status.as_u16(), both.pointers().len()), (409, 2), "{}", both.text);
        let told = json!({ "outcome": "You get another panel and keep this one.", "over": "phone" });
        let told = ada.post(&at("/complaints/{id}/tell", &found), told).await.expect(200);
        assert_eq!((&told["toldAt"], &told["toldOver"]), (&json!("2026-11-21T12:00:00Z"), &json!("phone")));
        assert_eq!(ada.post(&close, json!({})).await.pointers().len(), 1);
        let kept = ada.post(&at("/promises/{id}/keep", &promise), json!({ "note": "It came on Friday." })).await.expect(200);
        assert_eq!((&kept["status"], &kept["note"]), (&json!("kept"), &json!("It came on Friday.")));
        assert_eq!(ada.post(&close, json!({})).await.expect(200)["statusCategory"], "closed");

        // What is not a complaint closes as ever.
        let question = ada.post("/service-requests", json!({ "subject": "When?" })).await.expect(201);
        ada.post(&at("/service-requests/{id}/close", &question), json!({})).await.expect(200);
    }

    async fn what_is_written_down_of_a_complaint_must_fit_its_request(world) {
        let ada = world.ada().await;
        let question = ada.post("/service-requests", json!({ "subject": "When?" })).await.expect(201);
        let wrong = json!({ "requestId": question["id"], "causeId": question["id"], "cost": { "amount": "-1.00", "currency": "EUR" } });
        let wrong = ada.post("/complaints", wrong).await;
        assert_eq!(wrong.pointers(), ["/cost", "/requestId", "/causeId"], "{}", wrong.text);
        let request = complaint_of(&ada, json!({})).await;
        let id = "019aa6cd-6f51-7c12-9d67-3c5b52a4e700";
        let new = json!({ "id": id, "requestId": request["id"], "remedy": "refund" });
        let made = ada.post("/complaints", new.clone()).await.expect(201);
        assert_eq!(ada.post("/complaints", new).await.expect(201), made);
        assert_eq!(ada.post("/complaints", json!({ "requestId": request["id"] })).await.status, 409);
        let path = at("/complaints/{id}", &made);
        let changed = ada.patch(&path, json!({ "remedy": "rejected", "causeNote": "Not ours" })).await.expect(200);
        assert_eq!((&changed["remedy"], &changed["causeNote"]), (&json!("rejected"), &json!("Not ours")));
        assert_eq!(ada.post(&at("/complaints/{id}/tell", &made), json!({ "outcome": " " })).await.status, 422);
        let late = json!({ "outcome": "No", "toldAt": "2027-01-01T00:00:00Z" });
        assert_eq!(ada.post(&at("/complaints/{id}/tell", &made), late).await.pointers(), ["/toldAt"]);
        // Segments, rules and GraphQL know it.
        let rule = json!({ "relation": { "name": "complaint", "filter": { "compare": { "field": "remedy", "eq": "rejected" } } } });
        let found = ada.post("/service-requests/search", json!({ "filter": rule })).await.expect(200);
        assert_eq!(found["items"][0]["id"], request["id"]);
        let query = "query($id: UUID!) { serviceRequest(id: $id) { complaint { remedy cause { name } } promises { body } } }";
        let seen = ada.graphql(query, json!({ "id": request["id"] })).await;
        assert_eq!(seen["serviceRequest"], json!({ "complaint": { "remedy": "REJECTED", "cause": null }, "promises": [] }));
    }

    async fn a_promise_that_is_late_is_told_once_and_is_not_once_it_is_put_off(world) {
        let ada = world.ada().await;
        let me = ada.get("/me").await.expect(200)["user"].clone();
        let request = complaint_of(&ada, json!({ "ownerId": me["id"] })).await;
        let promise = json!({ "requestId": request["id"], "body": "We call back", "dueAt": "2026-11-21T14:00:00Z" });
        let promise = ada.post("/promises", promise).await.expect(201);
        pass(&world).await;
        world.advance(TimeDelta::hours(3));
        for _ in 0..2 {
            pass(&world).await;
        }
        let ada = world.ada().await;
        let path = at("/promises/{id}", &promise);
        let late = ada.get(&path).await.expect(200);
        assert_eq!(late["overdueAt"], "2026-11-21T15:00:00Z");
        let told = ada.events("types=rapport.promise.overdue.v1", 1).await;
        assert_eq!(told["items"].as_array().map(Vec::len), Some(1));
        let notified = async |ada: &Client| ada.get("/notifications?kind=promise_overdue&count=true").await.expect(200)["total"].clone();
        assert_eq!(notified(&ada).await, 1);
        let put_off = ada.patch(&path, json!({ "dueAt": "2026-11-22T12:00:00Z" })).await.expect(200);
        assert_eq!(put_off["overdueAt"], Value::Null);
        ada.post(&format!("{path}/break"), json!({ "note": "Nobody called" })).await.expect(200);
        world.advance(TimeDelta::days(2));
        let ada = pass(&world).await;
        assert_eq!(notified(&ada).await, 1);
        let again = ada.post(&format!("{path}/keep"), json!({})).await;
        assert_eq!((again.status.as_u16(), again.pointers()), (409, vec!["/status".to_owned()]));
        assert_eq!(ada.patch(&path, json!({ "body": "Other words" })).await.status, 409);
        let broken = json!({ "relation": { "name": "promises", "filter": { "compare": { "field": "status", "eq": "broken" } } } });
        let found = ada.post("/service-requests/search", json!({ "filter": broken })).await.expect(200);
        assert_eq!(found["items"][0]["id"], request["id"]);
    }
}
