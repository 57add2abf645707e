//! Customers who are lost, and who are won back.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::harness::{Client, on_both_databases};

async fn customer(client: &Client, name: &str) -> Value {
    client.post("/customers", json!({ "kind": "person", "name": name })).await.expect(201)
}

fn at(path: &str, record: &Value) -> String {
    path.replace("{id}", record["id"].as_str().expect("an id"))
}

async fn lose(client: &Client, customer: &Value, reason: &str) -> Value {
    let how = json!({ "reason": reason });
    client.post(&at("/customers/{id}/lose", customer), how).await.expect(201)
}

async fn stage_key(client: &Client, customer: &Value) -> String {
    let query = "query($id: UUID!) { customer(id: $id) { stage { key } } }";
    let data = client.graphql(query, json!({ "id": customer["id"] })).await;
    data["customer"]["stage"]["key"].as_str().expect("a key").to_owned()
}

on_both_databases! {
    async fn a_customer_is_lost_for_a_reason_and_won_back_by_an_attempt(world) {
        let ada = world.ada().await;
        let ann = customer(&ada, "Ann").await;
        world.advance(TimeDelta::days(3));
        let ada = world.ada().await;
        let how = json!({ "reason": "COMPETITOR", "competitor": "Globex", "note": "Half the price." });
        let loss = ada.post(&at("/customers/{id}/lose", &ann), how).await.expect(201);
        assert_eq!(loss["lostAt"], "2026-11-24T12:00:00Z");
        assert_eq!((&loss["fromStageId"], &loss["recoveredAt"]), (&ann["stageId"], &Value::Null));
        assert_eq!(stage_key(&ada, &ann).await, "lost");
        let programme = json!({ "name": "Spring", "startsOn": "2027-03-01", "endsOn": "2027-05-31" });
        let programme = ada.post("/winback-programmes", programme).await.expect(201);
        let attempt = json!({ "customerId": ann["id"], "programmeId": programme["id"] });
        let attempt = ada.post("/winbacks", attempt).await.expect(201);
        assert_eq!((&attempt["status"], &attempt["lossId"]), (&json!("open"), &loss["id"]));
        world.advance(TimeDelta::days(100));
        let ada = world.ada().await;
        let result = json!({ "result": "Signed for a year." });
        let won = ada.post(&at("/winbacks/{id}/win", &attempt), result).await.expect(200);
        assert_eq!((&won["status"], &won["result"]), (&json!("won"), &json!("Signed for a year.")));
        assert_eq!(won["closedAt"], "2027-03-04T12:00:00Z");
        assert_eq!(stage_key(&ada, &ann).await, "won-back");
        let loss = ada.get(&at("/losses/{id}", &loss)).await.expect(200);
        assert_eq!(loss["recoveredAt"], won["closedAt"]);
        let history = ada.get(&at("/customers/{id}/lifecycle", &ann)).await.expect(200);
        let told: Vec<_> = history["items"].as_array().expect("items").iter()
            .map(|item| [&item["cause"], &item["reason"], &item["duration"]].map(|value| value.as_str().expect("text").to_owned()))
            .collect();
        assert_eq!(told, [["winback", "Signed for a year.", "P100D"], ["loss", "Competitor", "P3D"]]);
        let timeline = ada.get(&at("/customers/{id}/timeline", &ann)).await.expect(200);
        let kinds: Vec<&str> =
            timeline["items"].as_array().expect("items").iter().filter_map(|item| item["type"].as_str()).collect();
        for kind in ["customer.moved", "loss.created", "winback.created", "loss.recovered", "winback.won"] {
            assert!(kinds.contains(&format!("rapport.{kind}.v1").as_str()), "{kind}: {kinds:?}");
        }
        // Whoever comes back may be lost again.
        lose(&ada, &ann, "Price").await;
        assert_eq!(ada.get("/losses?count=true").await.expect(200)["total"], 2);
    }

    async fn who_is_lost_is_neither_moved_nor_lost_again_and_only_the_lost_are_won_back(world) {
        let ada = world.ada().await;
        let (ann, bob) = (customer(&ada, "Ann").await, customer(&ada, "Bob").await);
        lose(&ada, &ann, "Price").await;
        ada.post(&at("/customers/{id}/lose", &ann), json!({ "reason": "Price" })).await.expect(409);
        let back = json!({ "stageId": ann["stageId"], "reason": "Is here again." });
        ada.post(&at("/customers/{id}/move", &ann), back).await.expect(409);
        let refused = ada.post("/winbacks", json!({ "customerId": bob["id"] })).await;
        assert_eq!((refused.status.as_u16(), refused.pointers()), (409, vec!["/customerId".to_owned()]));
        let attempt = ada.post("/winbacks", json!({ "customerId": ann["id"] })).await.expect(201);
        let twice = ada.post("/winbacks", json!({ "customerId": ann["id"] })).await.expect(409);
        assert_eq!(twice["code"], "duplicate");
        ada.post(&at("/winbacks/{id}/fail", &attempt), json!({ "result": "No answer." })).await.expect(200);
        for ended in ["/winbacks/{id}/fail", "/winbacks/{id}/win"] {
            ada.post(&at(ended, &attempt), json!({})).await.expect(409);
        }
        assert_eq!(stage_key(&ada, &ann).await, "lost");
        ada.post("/winbacks", json!({ "customerId": ann["id"] })).await.expect(201);
    }

    async fn a_loss_has_one_reason_of_the_list(world) {
        let ada = world.ada().await;
        let ann = customer(&ada, "Ann").await;
        let losing = at("/customers/{id}/lose", &ann);
        let price = ada.get("/loss-reasons?name=Price").await.expect(200)["items"][0].clone();
        for (how, status, pointer) in [
            (json!({}), 422, "/reasonId"),
            (json!({ "reason": "Price", "reasonId": price["id"] }), 422, "/reason"),
            (json!({ "reason": "Bad weather" }), 409, "/reason"),
            (json!({ "reasonId": ann["id"] }), 409, "/reasonId"),
        ] {
            let refused = ada.post(&losing, how).await;
            assert_eq!((refused.status.as_u16(), refused.pointers()), (status, vec![pointer.to_owned()]));
        }
        ada.patch(&at("/loss-reasons/{id}", &price), json!({ "active": false })).await.expect(200);
        ada.post(&losing, json!({ "reasonId": price["id"] })).await.expect(409);
        let weather = ada.post("/loss-reasons", json!({ "name": "Bad weather" })).await.expect(201);
        ada.post("/loss-reasons", json!({ "name": "bad WEATHER" })).await.expect(409);
        let loss = lose(&ada, &ann, "bad weather").await;
        assert_eq!(loss["reasonId"], weather["id"]);
        let loss_at = at("/losses/{id}", &loss);
        ada.patch(&loss_at, json!({ "reasonId": price["id"] })).await.expect(409);
        // The reason that a loss has stays, though it can no longer be given.
        ada.patch(&at("/loss-reasons/{id}", &weather), json!({ "active": false })).await.expect(200);
        let same = json!({ "reasonId": weather["id"], "competitor": "Globex" });
        assert_eq!(ada.patch(&loss_at, same).await.expect(200)["competitor"], "Globex");
    }

    async fn figures_say_how_many_came_back(world) {
        let ada = world.ada().await;
        let programme = ada.post("/winback-programmes", json!({ "name": "Spring" })).await.expect(201);
        for (name, reason, end) in [
            ("One", "Price", Some("win")),
            ("Two", "Price", Some("fail")),
            ("Three", "Price", Some("fail")),
            ("Four", "Service", Some("win")),
            ("Five", "Service", None),
        ] {
            let who = customer(&ada, name).await;
            lose(&ada, &who, reason).await;
            let attempt = json!({ "customerId": who["id"], "programmeId": programme["id"] });
            let attempt = ada.post("/winbacks", attempt).await.expect(201);
            if let Some(end) = end {
                ada.post(&at(&format!("/winbacks/{{id}}/{end}"), &attempt), json!({})).await.expect(200);
            }
        }
        let figures = ada.get(&at("/winback-programmes/{id}/figures", &programme)).await.expect(200);
        assert_eq!(figures, json!({ "attempts": 5, "open": 1, "won": 2, "failed": 2, "rate": 0.5 }));
        let query = "query { lossReasons(sort: \"name\") { nodes { name figures { losses recovered rate } } }
            winbackProgrammes { nodes { figures { attempts won rate } } } }";
        let data = ada.graphql(query, json!({})).await;
        let nodes = data["lossReasons"]["nodes"].as_array().expect("nodes");
        let of = |name: &str| nodes.iter().find(|node| node["name"] == name).expect(name)["figures"].clone();
        assert_eq!(of("Price")["losses"], 3);
        assert_eq!(of("Price")["recovered"], 1);
        assert_eq!(of("Service"), json!({ "losses": 2, "recovered": 1, "rate": 0.5 }));
        assert_eq!(of("Quality"), json!({ "losses": 0, "recovered": 0, "rate": null }));
        assert_eq!(data["winbackProgrammes"]["nodes"][0]["figures"], json!({ "attempts": 5, "won": 2, "rate": 0.5 }));
        let price = ada.get("/loss-reasons?name=Price").await.expect(200)["items"][0].clone();
        let figures = ada.get(&at("/loss-reasons/{id}/figures", &price)).await.expect(200);
        assert_eq!((&figures["losses"], &figures["recovered"]), (&json!(3), &json!(1)));
    }

    async fn a_rep_loses_only_customers_of_their_own_and_sees_to_attempts_of_their_own(world) {
        let ada = world.ada().await;
        let (rep, rep_user) = world.join("rep", "rep").await;
        let theirs = customer(&ada, "Of Ada").await;
        let new = json!({ "kind": "person", "name": "Of the rep", "ownerId": rep_user["id"] });
        let own = ada.post("/customers", new).await.expect(201);
        rep.post(&at("/customers/{id}/lose", &theirs), json!({ "reason": "Price" })).await.expect(404);
        let loss = lose(&rep, &own, "Price").await;
        lose(&ada, &theirs, "Price").await;
        rep.patch(&at("/losses/{id}", &loss), json!({ "note": "Too dear." })).await.expect(200);
        let attempt = rep.post("/winbacks", json!({ "customerId": own["id"] })).await.expect(201);
        assert_eq!(attempt["ownerId"], rep_user["id"]);
        rep.post(&at("/winbacks/{id}/win", &attempt), json!({})).await.expect(200);
        let of_ada = ada.post("/winbacks", json!({ "customerId": theirs["id"] })).await.expect(201);
        rep.post(&at("/winbacks/{id}/win", &of_ada), json!({})).await.expect(404);
    }

    async fn a_programme_does_not_end_before_it_begins(world) {
        let ada = world.ada().await;
        let wrong = json!({ "name": "Spring", "startsOn": "2027-03-01", "endsOn": "2027-02-28" });
        assert_eq!(ada.post("/winback-programmes", wrong).await.pointers(), ["/endsOn"]);
        let right = json!({ "name": "Spring", "startsOn": "2027-03-01" });
        let spring = ada.post("/winback-programmes", right).await.expect(201);
        let programme = at("/winback-programmes/{id}", &spring);
        ada.patch(&programme, json!({ "endsOn": "2027-02-28" })).await.expect(422);
        ada.patch(&programme, json!({ "endsOn": "2027-03-01" })).await.expect(200);
    }
}
