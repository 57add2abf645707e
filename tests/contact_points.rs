//! More ways to reach customers, over both APIs.

use serde_json::{Value, json};

use crate::harness::{Client, on_both_databases};

async fn customer(client: &Client, name: &str) -> Value {
    let new = json!({ "kind": "person", "name": name });
    client.post("/customers", new).await.expect(201)["id"].clone()
}

fn path(of: &Value) -> String {
    format!("/contact-points/{}", of["id"].as_str().expect("an id"))
}

fn phone(customer: &Value, number: &str, preferred: bool) -> Value {
    json!({ "customerId": customer, "kind": "phone", "value": number, "isPreferred": preferred })
}

async fn preferred(client: &Client, customer: &Value) -> Vec<String> {
    let customer = customer.as_str().expect("an id");
    let list = format!("/contact-points?customerId={customer}&isPreferred=true&sort=value");
    let list = client.get(&list).await.expect(200);
    let items = list["items"].as_array().expect("items").iter();
    items.map(|item| item["value"].as_str().expect("a value").to_owned()).collect()
}

on_both_databases! {
    async fn a_value_is_one_of_its_kind(world) {
        let ada = world.ada().await;
        let ann = customer(&ada, "Ann").await;
        for (kind, value) in [("email", "ann@home.example"), ("social", "@ann@social.example"), ("messenger", "+4930901820")] {
            ada.post("/contact-points", json!({ "customerId": ann, "kind": kind, "value": value })).await.expect(201);
        }
        for (new, pointers) in [
            (json!({ "kind": "email", "value": "ann" }), vec!["/value"]),
            (json!({ "kind": "phone", "value": "030 1", "network": "signal" }), vec!["/value", "/network"]),
            (json!({ "kind": "social" }), vec!["/value"]),
            (json!({ "kind": "email", "value": "a@b.example", "city": "Rome", "country": "IT" }), vec!["/city", "/country"]),
            (json!({ "kind": "address", "value": "Hauptstraße 1" }), vec!["/value", "/street"]),
        ] {
            let mut new = new;
            new["customerId"] = ann.clone();
            let refused = ada.post("/contact-points", new.clone()).await;
            assert_eq!((refused.status.as_u16(), refused.pointers()), (409, pointers.into_iter().map(str::to_owned).collect()), "{new}");
        }
        let twice = json!({ "customerId": ann, "kind": "email", "value": "ann@home.example" });
        let twice = ada.post("/contact-points", twice).await.expect(409);
        assert_eq!(twice["detail"], "the customer has this contact point already");
    }

    async fn a_postal_address_is_given_by_its_parts(world) {
        let ada = world.ada().await;
        let ann = customer(&ada, "Ann").await;
        let make = "mutation($c: UUID!) { createContactPoint(input: { customerId: $c, kind: ADDRESS, street: \"Hauptstr. 1\", \
            postalCode: \"10827\", city: \"Berlin\", country: \"DE\", label: \"home\" }) { id value customer { name } } }";
        let made = ada.graphql(make, json!({ "c": ann })).await["createContactPoint"].clone();
        assert_eq!(made["value"], "Hauptstr. 1, 10827 Berlin, DE");
        let moved = ada.patch(&path(&made), json!({ "street": null, "city": "Bonn" })).await.expect(200);
        assert_eq!(moved["value"], "10827 Bonn, DE");
        let nowhere = json!({ "postalCode": null, "city": null, "country": null });
        assert_eq!(ada.patch(&path(&made), nowhere).await.pointers(), ["/street"]);
        assert_eq!(ada.patch(&path(&made), json!({ "value": "Bonn" })).await.pointers(), ["/value"]);
        let found = ada.get("/contact-points?city=Bonn&count=true").await.expect(200);
        assert_eq!(found["total"], 1);
        let rule = json!({ "relation": { "name": "contactPoints", "filter": { "compare": { "field": "city", "eq": "Bonn" } } } });
        let found = ada.post("/customers/search", json!({ "filter": rule })).await.expect(200);
        assert_eq!(found["items"][0]["name"], "Ann");
    }

    async fn of_a_kind_one_is_preferred(world) {
        let ada = world.ada().await;
        let (ann, bob) = (customer(&ada, "Ann").await, customer(&ada, "Bob").await);
        let one = ada.post("/contact-points", phone(&ann, "+4930901821", true)).await.expect(201);
        let two = ada.post("/contact-points", phone(&ann, "+4930901822", true)).await.expect(201);
        ada.post("/contact-points", phone(&bob, "+4930901823", true)).await.expect(201);
        let mail = json!({ "customerId": ann, "kind": "email", "value": "ann@home.example", "isPreferred": true });
        ada.post("/contact-points", mail).await.expect(201);
        assert_eq!(preferred(&ada, &ann).await, ["+4930901822", "ann@home.example"]);
        ada.patch(&path(&one), json!({ "isPreferred": true })).await.expect(200);
        assert_eq!(preferred(&ada, &ann).await, ["+4930901821", "ann@home.example"]);
        ada.delete(&path(&one)).await.expect(204);
        ada.patch(&path(&two), json!({ "isPreferred": true })).await.expect(200);
        ada.post(&format!("{}/restore", path(&one)), json!({})).await.expect(200);
        assert_eq!(preferred(&ada, &ann).await, ["+4930901821", "ann@home.example"]);
        assert_eq!(preferred(&ada, &bob).await, ["+4930901823"]);
    }

    async fn of_many_who_prefer_at_once_one_is_left(world) {
        let ada = world.ada().await;
        let ann = customer(&ada, "Ann").await;
        let mut points = Vec::new();
        for n in 0..6 {
            points.push(ada.post("/contact-points", phone(&ann, &format!("+493090182{n}"), false)).await.expect(201));
        }
        let all = points.iter().map(|point| {
            let (ada, path) = (ada.clone(), path(point));
            tokio::spawn(async move { ada.patch(&path, json!({ "isPreferred": true })).await.expect(200) })
        });
        for one in all.collect::<Vec<_>>() {
            one.await.expect("an answer");
        }
        assert_eq!(preferred(&ada, &ann).await.len(), 1);
    }

    async fn another_value_is_not_verified(world) {
        let ada = world.ada().await;
        let ann = customer(&ada, "Ann").await;
        let mut new = phone(&ann, "+4930901820", false);
        new["verifiedAt"] = json!("2026-11-01T00:00:00Z");
        let made = ada.post("/contact-points", new).await.expect(201);
        let labelled = ada.patch(&path(&made), json!({ "label": "home" })).await.expect(200);
        assert_eq!(labelled["verifiedAt"], made["verifiedAt"]);
        let changed = ada.patch(&path(&made), json!({ "value": "+4930901829" })).await.expect(200);
        assert_eq!(changed["verifiedAt"], Value::Null);
        let both = json!({ "value": "+4930901830", "verifiedAt": "2026-11-21T11:00:00Z" });
        let both = ada.patch(&path(&made), both).await.expect(200);
        assert_eq!(both["verifiedAt"], "2026-11-21T11:00:00Z");
        assert_eq!(ada.get("/contact-points?value=%2B4930901830&count=true").await.expect(200)["total"], 1);
    }
}
