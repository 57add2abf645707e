//! Quotes: from an opportunity to what the customer says, their revisions, and what stands on paper.

use chrono::TimeDelta;
use futures_util::future::join_all;
use rapport_domain::{sales::quotes::QuoteExpiry, timed};
use serde_json::{Value, json};

use crate::harness::{Answer, Client, World, on_both_databases};

fn at(path: &str, record: &Value) -> String {
    path.replace("{id}", record["id"].as_str().expect("an id"))
}

fn usd(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "USD" })
}

async fn customer(client: &Client, name: &str) -> Value {
    let new = json!({ "kind": "organization", "name": name, "city": "Hamburg" });
    client.post("/customers", new).await.expect(201)
}

/// A product of 100 USD that costs us 60, on which 10 % may be taken off.
async fn product(ada: &Client) -> Value {
    let new = json!({ "sku": "GTX", "name": "GTX Pro", "price": usd("100.00"), "discountLimit": "10", "taxRate": "19" });
    let product = ada.post("/products", new).await.expect(201);
    let cost =
        json!({ "productId": product["id"], "cost": usd("60.00"), "validFrom": "2020-01-01" });
    ada.post("/product-costs", cost).await.expect(201);
    product
}

async fn quote(client: &Client, customer: &Value, lines: Value) -> Value {
    let new = json!({ "name": "Machines", "customerId": customer["id"], "lines": lines });
    client.post("/quotes", new).await.expect(201)
}

async fn turn(client: &Client, quote: &Value, how: &str) -> Answer {
    let body = if how == "accept" { json!({ "acceptedBy": "Bob" }) } else { json!({}) };
    client.post(&format!("{}/{how}", at("/quotes/{id}", quote)), body).await
}

async fn status(client: &Client, quote: &Value) -> Value {
    client.get(&at("/quotes/{id}", quote)).await.expect(200)["status"].clone()
}

async fn sent(client: &Client, customer: &Value) -> Value {
    let quote =
        quote(client, customer, json!([{ "description": "Work", "unitPrice": usd("10.00") }]))
            .await;
    turn(client, &quote, "send").await.expect(200);
    quote
}

/// A customer's token for a quote.
async fn token(client: &Client, quote: &Value) -> Value {
    client.post(&at("/quotes/{id}/link", quote), json!({})).await.expect(201)["token"].clone()
}

fn details(answer: &Answer) -> Vec<String> {
    let errors = answer.json()["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().filter_map(|error| Some(error["detail"].as_str()?.to_owned())).collect()
}

async fn manager(world: &World) -> (Client, Value) {
    world.join("boss", "manager").await
}

on_both_databases! {
    async fn a_deal_becomes_a_quote_that_is_approved_sent_and_accepted_by_its_link(world) {
        let ada = world.ada().await;
        let (boss, manager) = manager(&world).await;
        let (rep, me) = world.join("rep", "rep").await;
        let over = json!({ "compare": { "field": "overLimit", "eq": true } });
        let thin = json!({ "relation": { "name": "margins", "filter": { "compare": { "field": "marginRate", "lt": 30 } } } });
        for (name, condition) in [("Too much discount", over), ("Too thin a margin", thin)] {
            let steps = json!([{ "name": "Manager", "approver": { "user": manager["id"] } }]);
            let rule = json!({ "name": name, "position": 1, "subject": "quote", "condition": condition, "steps": steps });
            ada.post("/approval-rules", rule).await.expect(201);
        }
        let product = product(&ada).await;
        let org = customer(&rep, "Acme").await;
        let bob = rep.post("/contacts", json!({ "customerId": org["id"], "name": "Bob" })).await.expect(201);
        let deal = json!({
            "name": "New machines", "customerId": org["id"],
            "contacts": [{ "contactId": bob["id"], "role": "decision_maker", "isPrimary": true }],
            "lines": [
                { "productId": product["id"], "quantity": "3", "discount": "20" },
                { "description": "Installation", "unitPrice": usd("50.00"), "taxRate": "7" },
            ],
        });
        let deal = rep.post("/opportunities", deal).await.expect(201);
        let made = rep.post("/quotes", json!({ "opportunityId": deal["id"] })).await.expect(201);
        assert_eq!(made["number"], "Q-1");
        assert_eq!((&made["name"], &made["customerId"], &made["contactId"]), (&json!("New machines"), &org["id"], &bob["id"]));
        // 3 × 100 less 20 % is 240, and 19 % on it 45.60; 50 and 7 % on it 3.50.
        assert_eq!((&made["amount"], &made["tax"]), (&usd("290.00"), &usd("49.10")));
        assert_eq!(made["amountWithTax"], usd("339.10"));
        assert_eq!((&made["largestDiscount"], &made["overLimit"]), (&json!("20"), &json!(true)));
        assert_eq!(made["lines"][0]["discountLimit"], "10");

        let refused = turn(&rep, &made, "send").await;
        assert_eq!(refused.status, 409, "{}", refused.text);
        let why = details(&refused).join(" ");
        assert!(why.contains("Too much discount"), "{why}");
        let asked = rep.post("/approvals", json!({ "quoteId": made["id"], "reason": "Large." })).await.expect(201);
        assert!(details(&turn(&rep, &made, "send").await)[0].contains("waits for approval"));
        boss.post(&at("/approvals/{id}/approve", &asked), json!({})).await.expect(200);
        turn(&rep, &made, "send").await.expect(200);
        let late = rep.patch(&at("/quotes/{id}", &made), json!({ "lines": [] })).await;
        assert_eq!(late.status, 409, "{}", late.text);

        // The customer opens the link, twice in vain and then well.
        let token = token(&rep, &made).await;
        let anybody = world.stranger();
        for wrong in ["rap_quote_x".to_owned(), token.as_str().unwrap().replace("rap_quote_A", "rap_quote_B")] {
            assert_eq!(anybody.post("/quote-links/open", json!({ "token": wrong })).await.pointers(), ["/token"]);
        }
        let seen = anybody.post("/quote-links/open", json!({ "token": token })).await.expect(200);
        assert_eq!((&seen["company"], &seen["customer"], &seen["status"]), (&json!("acme"), &json!("Acme"), &json!("sent")));
        assert_eq!(seen["lines"].as_array().unwrap().len(), 2);
        for ours in ["margin", "overLimit", "discountLimit", "productId", "ownerId"] {
            assert!(!seen.to_string().contains(ours), "{ours}: {seen}");
        }
        let accept = json!({ "token": token, "acceptedBy": "Bob Baumeister" });
        let both = join_all([anybody.post("/quote-links/accept", accept.clone()), anybody.post("/quote-links/accept", accept)]).await;
        for answer in both {
            assert_eq!(answer.expect(200)["status"], "accepted");
        }
        let after = rep.get(&at("/quotes/{id}", &made)).await.expect(200);
        assert_eq!((&after["status"], &after["acceptedBy"]), (&json!("accepted"), &json!("Bob Baumeister")));
        assert_eq!(after["next"], json!([]));
        let told = rep.get("/notifications?kind=quote_accepted&count=true").await.expect(200);
        assert_eq!((&told["total"], &told["items"][0]["subject"]), (&json!(1), &made["id"]));
        let decline = anybody.post("/quote-links/decline", json!({ "token": token })).await;
        assert_eq!(decline.status, 409, "{}", decline.text);
        let log = ada.events("types=rapport.quote.*", 4).await;
        let accepted = log["items"].as_array().unwrap().iter().find(|e| e["type"] == "rapport.quote.accepted.v1").unwrap();
        assert_eq!(accepted["actorkind"], "customer", "{accepted}");
        assert!(!log.to_string().contains(token.as_str().unwrap()) && !log.to_string().contains("linkHash"), "{log}");
        assert_eq!(after["ownerId"], me["id"]);
    }

    async fn what_is_left_of_a_quote_is_for_whoever_may_know_costs(world) {
        let ada = world.ada().await;
        let (rep, _) = world.join("rep", "rep").await;
        let (boss, _) = manager(&world).await;
        let product = product(&ada).await;
        let org = customer(&rep, "Acme").await;
        let of_rep = quote(&rep, &org, json!([{ "productId": product["id"], "quantity": "2" }])).await;
        assert_eq!(rep.get(&at("/quotes/{id}/margin", &of_rep)).await.status, 403);
        let margin = boss.get(&at("/quotes/{id}/margin", &of_rep)).await.expect(200);
        assert_eq!((&margin["cost"], &margin["margin"]), (&usd("120.00"), &usd("80.00")));
        assert_eq!((&margin["marginRate"], &margin["complete"]), (&json!(40.0), &json!(true)));
        let lines = json!([{ "productId": product["id"] }, { "description": "Work", "unitPrice": usd("10.00") }]);
        rep.patch(&at("/quotes/{id}", &of_rep), json!({ "lines": lines })).await.expect(200);
        let query = "query($id: UUID!) { quote(id: $id) { amount { amount } margin { complete margin { amount } } lines { net { amount } } } }";
        let seen = boss.graphql(query, json!({ "id": of_rep["id"] })).await["quote"].clone();
        assert_eq!(seen["margin"], json!({ "complete": false, "margin": { "amount": "50.00" } }));
        assert_eq!(rep.graphql_codes(query, json!({ "id": of_rep["id"] })).await, ["forbidden"]);
        // A rule on margins, which tells what things cost, is not for who may not know it.
        let thin = json!({ "relation": { "name": "margins", "filter": { "compare": { "field": "marginRate", "lt": 45 } } } });
        let search = json!({ "filter": thin });
        assert_eq!(boss.post("/quotes/search", search.clone()).await.expect(200)["items"].as_array().unwrap().len(), 0);
        let cheap = quote(&rep, &org, json!([{ "productId": product["id"], "discount": "10" }])).await;
        assert_eq!(boss.post("/quotes/search", search.clone()).await.expect(200)["items"][0]["id"], cheap["id"]);
        assert_eq!(rep.post("/quotes/search", search).await.status, 403);
    }

    async fn a_revision_takes_the_place_of_the_one_before_once_it_is_sent(world) {
        let ada = world.ada().await;
        let org = customer(&ada, "Acme").await;
        let first = sent(&ada, &org).await;
        let old = token(&ada, &first).await;
        let second = turn(&ada, &first, "revise").await.expect(201);
        assert_eq!((&second["number"], &second["revision"], &second["revisionOf"]), (&json!("Q-1"), &json!(2), &first["id"]));
        assert!(turn(&ada, &first, "revise").await.text.contains("revision 2 is being written"));
        let lines = json!([{ "description": "Work", "unitPrice": usd("9.00") }]);
        ada.patch(&at("/quotes/{id}", &second), json!({ "lines": lines })).await.expect(200);
        assert_eq!(status(&ada, &first).await, "sent");
        turn(&ada, &second, "send").await.expect(200);
        assert_eq!(status(&ada, &first).await, "superseded");
        let open = world.stranger().post("/quote-links/open", json!({ "token": old })).await;
        assert_eq!(open.pointers(), ["/token"], "the old link is good no longer");
        assert!(turn(&ada, &first, "accept").await.text.contains("superseded"));
        turn(&ada, &second, "decline").await.expect(200);
        let third = turn(&ada, &second, "revise").await.expect(201);
        assert_eq!(third["revision"], 3);
        // A draft that is deleted keeps its number.
        ada.delete(&at("/quotes/{id}", &third)).await.expect(204);
        assert_eq!(turn(&ada, &second, "revise").await.expect(201)["revision"], 4);
        assert_eq!(ada.delete(&at("/quotes/{id}", &second)).await.status, 409);
        let another = quote(&ada, &org, json!([])).await;
        assert_eq!(another["number"], "Q-2");
        let empty = turn(&ada, &another, "send").await;
        assert_eq!(empty.pointers(), ["/lines"], "{}", empty.text);
    }

    async fn no_sequence_of_calls_makes_of_a_quote_what_it_must_not_become(world) {
        let ada = world.ada().await;
        let org = customer(&ada, "Acme").await;
        let verbs = [("send", "sent"), ("accept", "accepted"), ("decline", "declined"), ("withdraw", "withdrawn")];
        for (first, _) in verbs {
            for (second, _) in verbs {
                let quote = quote(&ada, &org, json!([{ "description": "Work", "unitPrice": usd("10.00") }])).await;
                let mut is = "draft".to_owned();
                for verb in ["send", first, second] {
                    let next = ada.get(&at("/quotes/{id}", &quote)).await.expect(200)["next"].clone();
                    let wanted = verbs.iter().find(|(name, _)| *name == verb).unwrap().1;
                    let may = next.as_array().unwrap().iter().any(|next| next == wanted);
                    let stays = verb == "withdraw" && is == "withdrawn";
                    let answer = turn(&ada, &quote, verb).await;
                    assert_eq!(answer.status, if may || stays { 200 } else { 409 }, "{is} {verb}: {}", answer.text);
                    if may {
                        is = wanted.to_owned();
                    } else if !stays {
                        assert!(answer.text.contains("it may become"), "{}", answer.text);
                    }
                    assert_eq!(status(&ada, &quote).await, is.as_str());
                }
            }
        }
    }

    async fn of_two_nodes_that_decide_at_once_one_does(world) {
        let ada = world.ada().await;
        let other = Client::new(&world.another_node().await, Some(ada.token()));
        let org = customer(&ada, "Acme").await;
        for _ in 0..4 {
            let quote = sent(&ada, &org).await;
            let both = join_all([turn(&ada, &quote, "accept"), turn(&other, &quote, "withdraw")]).await;
            let mut statuses: Vec<u16> = both.iter().map(|answer| answer.status.as_u16()).collect();
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 409]);
        }
    }

    async fn what_is_accepted_is_ordered_once_and_what_is_changed_after_is_shown(world) {
        let ada = world.ada().await;
        let product = product(&ada).await;
        let org = customer(&ada, "Acme").await;
        let lines = json!([{ "productId": product["id"], "quantity": "3", "discount": "10" }, { "description": "Work", "unitPrice": usd("50.00"), "taxRate": "7" }]);
        let offer = quote(&ada, &org, lines).await;
        turn(&ada, &offer, "send").await.expect(200);
        assert!(turn(&ada, &offer, "order").await.text.contains("accepted"));
        turn(&ada, &offer, "accept").await.expect(200);
        let both = join_all([turn(&ada, &offer, "order"), turn(&ada, &offer, "order")]).await;
        let orders: Vec<Value> = both.into_iter().map(|answer| answer.expect(201)).collect();
        assert_eq!(orders[0]["id"], orders[1]["id"]);
        let order = &orders[0];
        assert_eq!((&order["total"], &order["tax"]), (&offer["amount"], &offer["tax"]));
        assert_eq!((&order["quoteId"], &order["customerId"]), (&offer["id"], &org["id"]));
        assert_eq!((&order["lines"][0]["discount"], &order["lines"][0]["tax"]), (&json!("10"), &usd("51.30")));
        let differences = async || ada.get(&at("/orders/{id}/differences", order)).await.expect(200);
        assert_eq!(differences().await["lines"], json!([]));
        let changed = json!({ "lines": [
            { "productId": product["id"], "quantity": "4", "unitPrice": usd("100.00"), "discount": "10" },
            { "description": "Travel", "unitPrice": usd("20.00") },
        ] });
        ada.patch(&at("/orders/{id}", order), changed).await.expect(200);
        let shown = differences().await;
        let kinds: Vec<&str> = shown["lines"].as_array().unwrap().iter().map(|line| line["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["changed", "added", "removed"]);
        assert_eq!((&shown["lines"][0]["quoted"]["quantity"], &shown["lines"][0]["ordered"]["quantity"]), (&json!("3"), &json!("4")));
        assert_eq!((&shown["quoted"], &shown["ordered"]), (&usd("320.00"), &usd("380.00")));
        let query = "query($id: UUID!) { orderDifferences(id: $id) { lines { kind } } order(id: $id) { quote { number } tax { amount } } }";
        let seen = ada.graphql(query, json!({ "id": order["id"] })).await;
        assert_eq!((&seen["orderDifferences"]["lines"][2]["kind"], &seen["order"]["quote"]["number"]), (&json!("REMOVED"), &offer["number"]));
        // One that is cancelled makes room for another.
        ada.patch(&at("/orders/{id}", order), json!({ "status": "cancelled" })).await.expect(200);
        assert_ne!(turn(&ada, &offer, "order").await.expect(201)["id"], order["id"]);
        let plain = json!({ "customerId": org["id"], "lines": [{ "description": "Work", "unitPrice": usd("1.00") }] });
        let plain = ada.post("/orders", plain).await.expect(201);
        assert_eq!(ada.get(&at("/orders/{id}/differences", &plain)).await.status, 404);
    }

    async fn a_quote_runs_out_once_its_last_day_has_passed(world) {
        let ada = world.ada().await;
        let org = customer(&ada, "Acme").await;
        let today = ada.get(&at("/quotes/{id}", &sent(&ada, &org).await)).await.expect(200)["sentAt"].as_str().unwrap()[..10].to_owned();
        let lines = json!([{ "description": "Work", "unitPrice": usd("10.00") }]);
        let new = json!({ "name": "Soon", "customerId": org["id"], "lines": lines, "validUntil": today });
        let soon = ada.post("/quotes", new.clone()).await.expect(201);
        turn(&ada, &soon, "send").await.expect(200);
        let mut past = new;
        past["validUntil"] = json!("2020-01-01");
        let past = ada.post("/quotes", past).await.expect(201);
        assert_eq!(turn(&ada, &past, "send").await.pointers(), ["/validUntil"]);
        let expire = || timed::catch_up(&QuoteExpiry, &world.database);
        expire().await.expect("the clock");
        assert_eq!(status(&ada, &soon).await, "sent");
        world.advance(TimeDelta::days(1));
        for done in join_all([expire(), expire()]).await {
            done.expect("the clock");
        }
        let ada = world.ada().await;
        assert_eq!(status(&ada, &soon).await, "expired");
        assert!(turn(&ada, &soon, "accept").await.text.contains("expired"));
        assert_eq!(ada.get("/notifications?kind=quote_expired&count=true").await.expect(200)["total"], 1);
        assert_eq!(turn(&ada, &soon, "revise").await.expect(201)["revision"], 2);
    }

    async fn a_quote_is_printed_with_the_words_and_the_picture_of_the_workspace(world) {
        let ada = world.ada().await;
        let (rep, _) = world.join("rep", "rep").await;
        let org = customer(&ada, "Acme").await;
        let quote = sent(&ada, &org).await;
        let texts = json!({ "quoteIntroduction": "Thank you.", "quoteTerms": "Payable within 30 days.", "quoteFooter": "Acme Inc." });
        ada.patch("/workspace", texts).await.expect(200);
        let plain = ada.get(&at("/quotes/{id}/pdf", &quote)).await;
        assert_eq!((plain.status.as_u16(), plain.header("content-type")), (200, "application/pdf"));
        assert!(plain.text.starts_with("%PDF-1.") && plain.header("content-disposition").contains("Q-1-1.pdf"));
        let pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
        assert_eq!(rep.put("/workspace/logo", json!({ "content": pixel })).await.status, 403);
        for wrong in ["not base64", "aGVsbG8=", &"A".repeat(360_000)] {
            assert_eq!(ada.put("/workspace/logo", json!({ "content": wrong })).await.pointers(), ["/content"]);
        }
        assert_eq!(ada.get("/workspace/logo").await.status, 404);
        let set = "mutation($content: String!) { setWorkspaceLogo(input: { content: $content }) { mediaType } }";
        assert_eq!(ada.graphql(set, json!({ "content": pixel })).await["setWorkspaceLogo"]["mediaType"], "image/png");
        let pictured = ada.get(&at("/quotes/{id}/pdf", &quote)).await;
        assert!(pictured.text.len() > plain.text.len(), "the picture is in it");
        let token = token(&ada, &quote).await;
        let theirs = world.stranger().post("/quote-links/pdf", json!({ "token": token })).await;
        assert_eq!((theirs.status.as_u16(), theirs.header("content-type")), (200, "application/pdf"));
        let seen = world.stranger().post("/quote-links/open", json!({ "token": token })).await.expect(200);
        assert_eq!((&seen["introduction"], &seen["terms"]), (&json!("Thank you."), &json!("Payable within 30 days.")));
        // The link ends with the quote's last day.
        world.advance(TimeDelta::days(32));
        for path in ["open", "pdf"] {
            let late = world.stranger().post(&format!("/quote-links/{path}"), json!({ "token": token })).await;
            assert_eq!(late.pointers(), ["/token"], "{path}: {}", late.text);
        }
        let ada = world.ada().await;
        ada.delete("/workspace/logo").await.expect(204);
        assert_eq!(ada.get("/workspace/logo").await.status, 404);
    }
}
