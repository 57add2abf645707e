//! What strangers send in by forms, and the task that an enquiry makes.

use chrono::TimeDelta;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, on_both_databases};

fn at(path: &str, record: &Value) -> String {
    path.replace("{id}", record["id"].as_str().expect("an id"))
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// Where a page sends to.
fn address(form: &Value) -> String {
    format!("/public/lead-forms/{}/submissions", text(&form["key"]))
}

async fn form(client: &Client, more: Value) -> Value {
    let mut new = json!({ "name": "Contact us", "leadSource": "Website", "campaign": "Autumn", "leadTags": ["web"] });
    let members = more.as_object().expect("members").clone();
    new.as_object_mut().expect("members").extend(members);
    client.post("/lead-forms", new).await.expect(201)
}

async fn count(client: &Client, path: &str) -> Value {
    let sign = if path.contains('?') { '&' } else { '?' };
    client.get(&format!("{path}{sign}count=true")).await.expect(200)["total"].clone()
}

async fn counts(client: &Client, form: &Value) -> (Value, Value) {
    let form = client.get(&at("/lead-forms/{id}", form)).await.expect(200);
    (form["submissionCount"].clone(), form["rejectedCount"].clone())
}

/// Somebody who wants to buy, and can.
fn enquiry() -> Value {
    json!({
        "firstName": "Grace", "lastName": "Hopper", "email": "grace@acme.example", "need": "More throughput",
        "budget": { "amount": "12000.00", "currency": "USD" },
    })
}

/// Somebody who asks something.
fn question(n: usize) -> Value {
    json!({ "email": format!("visitor{n}@home.example"), "description": "How dear is it?" })
}

fn received() -> Value {
    json!({ "received": true })
}

async fn from_page(client: &Client, form: &Value, body: Value, origin: &str) -> Answer {
    client.send(Method::POST, &address(form), Some(body), &[("origin", origin)]).await
}

on_both_databases! {
    async fn what_a_stranger_sends_in_is_a_lead_with_a_task_at_once(world) {
        let ada = world.ada().await;
        let (rep, me) = world.join("rep", "rep").await;
        let rule = json!({ "name": "All", "position": 1, "userIds": [me["id"]], "responseWithin": "PT4H" });
        ada.post("/lead-assignment-rules", rule).await.expect(201);
        let form = form(&ada, json!({})).await;
        assert!(text(&form["key"]).starts_with("rap_form_"), "{form}");
        let anybody = world.stranger();
        assert_eq!(anybody.post(&address(&form), enquiry()).await.expect(200), received());

        let lead = rep.get("/leads").await.expect(200)["items"][0].clone();
        assert_eq!((&lead["name"], &lead["leadSource"], &lead["campaign"]), (&json!("Grace Hopper"), &json!("Website"), &json!("Autumn")));
        assert_eq!((&lead["tags"], &lead["ownerId"]), (&json!(["web"]), &me["id"]));
        assert_eq!(lead["responseDueAt"], "2026-11-21T16:00:00Z");
        let task = rep.get("/tasks").await.expect(200)["items"][0].clone();
        assert_eq!((&task["subject"], &task["source"]), (&json!("Answer the enquiry of Grace Hopper"), &json!("enquiry")));
        assert_eq!((&task["leadId"], &task["ownerId"], &task["dueAt"]), (&lead["id"], &me["id"], &lead["responseDueAt"]));
        assert_eq!(task["description"], "More throughput");
        let query = "query($id: UUID!) { task(id: $id) { source lead { id name } } }";
        let seen = rep.graphql(query, json!({ "id": task["id"] })).await["task"].clone();
        assert_eq!(seen, json!({ "source": "ENQUIRY", "lead": { "id": lead["id"], "name": "Grace Hopper" } }));
        assert_eq!(count(&rep, "/notifications").await, 1);

        let log = ada.events("types=rapport.lead.created.v1", 1).await;
        assert_eq!(log["items"][0]["actorkind"], "customer", "{log}");
        let now = ada.get(&at("/lead-forms/{id}", &form)).await.expect(200);
        assert_eq!((&now["submissionCount"], &now["rejectedCount"]), (&json!(1), &json!(0)));
        assert_eq!((&now["lastSubmittedAt"], &now["version"]), (&json!("2026-11-21T12:00:00Z"), &json!(1)));
    }

    async fn a_form_of_html_and_graphql_do_the_same(world) {
        let ada = world.ada().await;
        let plain = form(&ada, json!({})).await;
        let thanks = json!({ "name": "Thanks", "redirectUrl": "https://www.acme.example/thanks" });
        let thanks = form(&ada, thanks).await;
        let anybody = world.stranger();
        let body = "lastName=L%C3%B6w&email=ada%40home.example&phone=&need=A+crane&budget.amount=900&budget.currency=EUR&website=";
        let kind = "application/x-www-form-urlencoded";
        assert_eq!(anybody.upload(&address(&plain), kind, body).await.expect(200), received());
        let lead = ada.get("/leads").await.expect(200)["items"][0].clone();
        assert_eq!((&lead["name"], &lead["phone"]), (&json!("L\u{f6}w"), &Value::Null));
        assert_eq!(lead["budget"], json!({ "amount": "900.00", "currency": "EUR" }));
        assert_eq!(count(&ada, "/tasks?source=enquiry").await, 1);
        let wrong = anybody.upload(&address(&plain), kind, "lastName=Low&email=nobody&colour=red").await;
        assert_eq!((wrong.status.as_u16(), wrong.pointers()), (422, vec!["/colour".to_owned(), "/email".to_owned()]));

        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let to = format!("{}/api/v1{}", world.base, address(&thanks));
        let sent = http.build().expect("a client").post(to).header("content-type", kind).body("lastName=Next");
        let sent = sent.send().await.expect("an answer");
        assert_eq!((sent.status().as_u16(), &sent.headers()["location"]), (303, &reqwest::header::HeaderValue::from_static("https://www.acme.example/thanks")));

        let query = "mutation($key: String!, $input: NewLeadFormSubmission!) { submitLeadForm(key: $key, input: $input) { received } }";
        let input = json!({ "key": plain["key"], "input": enquiry() });
        let answer = anybody.graphql(query, input).await;
        assert_eq!(answer["submitLeadForm"], received());
        assert_eq!(counts(&ada, &plain).await, (json!(2), json!(0)));
        let gone = json!({ "key": "rap_form_x", "input": enquiry() });
        assert_eq!(anybody.graphql_codes(query, gone).await, ["not_found"]);
    }

    async fn the_same_is_one_lead_however_often_and_at_once_it_comes(world) {
        let ada = world.ada().await;
        let form = form(&ada, json!({})).await;
        let anybody = world.stranger();
        let to = address(&form);
        for answer in join_all((0..6).map(|_| anybody.post(&to, enquiry()))).await {
            assert_eq!(answer.expect(200), received());
        }
        let mut louder = enquiry();
        (louder["email"], louder["need"]) = (json!("GRACE@acme.example"), json!(" more  THROUGHPUT"));
        anybody.post(&to, louder).await.expect(200);
        assert_eq!((count(&ada, "/leads").await, count(&ada, "/tasks").await), (json!(1), json!(1)));
        assert_eq!(counts(&ada, &form).await, (json!(1), json!(0)));
        world.advance(TimeDelta::minutes(11));
        anybody.post(&to, enquiry()).await.expect(200);
        let ada = world.ada().await;
        assert_eq!(count(&ada, "/leads").await, 2);

        let mut named = enquiry();
        named["submissionId"] = json!("0193a2b4-7c1e-4d55-9f60-2f4f5b3c9d10");
        for answer in join_all((0..4).map(|_| anybody.post(&to, named.clone()))).await {
            assert_eq!(answer.expect(200), received());
        }
        world.advance(TimeDelta::hours(30));
        named["need"] = json!("Something else");
        assert_eq!(anybody.post(&to, named).await.expect(200), received());
        let ada = world.ada().await;
        assert_eq!((count(&ada, "/leads").await, count(&ada, "/tasks").await), (json!(3), json!(3)));
    }

    async fn programs_are_answered_and_not_kept(world) {
        let ada = world.ada().await;
        let form = form(&ada, json!({ "minimumSeconds": 5 })).await;
        let anybody = world.stranger();
        for (member, value) in [("website", json!("https://spam.example")), ("elapsedSeconds", json!(4))] {
            let mut sent = enquiry();
            sent[member] = value;
            assert_eq!(anybody.post(&address(&form), sent).await.expect(200), received());
        }
        assert_eq!((count(&ada, "/leads").await, counts(&ada, &form).await), (json!(0), (json!(0), json!(2))));
        let mut slow = enquiry();
        (slow["website"], slow["elapsedSeconds"]) = (json!(""), json!(5));
        anybody.post(&address(&form), slow).await.expect(200);
        assert_eq!((count(&ada, "/leads").await, counts(&ada, &form).await), (json!(1), (json!(1), json!(2))));
    }

    async fn too_much_is_not_taken(world) {
        let ada = world.ada().await;
        let form = form(&ada, json!({})).await;
        let anybody = world.stranger();
        let large = json!({ "lastName": "Large", "description": "x".repeat(70_000) });
        anybody.post(&address(&form), large).await.expect(413);
        let long = json!({ "lastName": "x".repeat(101), "description": "x".repeat(10_001) });
        let long = anybody.post(&address(&form), long).await;
        assert_eq!((long.status.as_u16(), long.pointers()), (422, vec!["/description".to_owned(), "/lastName".to_owned()]));
        assert_eq!(anybody.post(&address(&form), json!({})).await.pointers(), ["/name"]);
        assert_eq!(anybody.upload(&address(&form), "text/plain", "hello").await.status, 415);
        let mut answers = Vec::new();
        for n in 0..31 {
            answers.push(anybody.post(&address(&form), question(n)).await);
        }
        let last = answers.pop().expect("the last");
        assert_eq!((last.status.as_u16(), last.header("retry-after")), (429, "60"), "{}", last.text);
        assert!(answers.first().is_some_and(|first| first.status == 200));
        world.advance(TimeDelta::seconds(61));
        anybody.post(&address(&form), question(99)).await.expect(200);
    }

    async fn a_form_takes_nothing_once_it_is_disabled_deleted_or_its_key_is_renewed(world) {
        let (ada, rita) = (world.ada().await, world.rita().await);
        let form = form(&ada, json!({})).await;
        let anybody = world.stranger();
        let path = at("/lead-forms/{id}", &form);
        ada.patch(&path, json!({ "enabled": false })).await.expect(200);
        let disabled = anybody.post(&address(&form), enquiry()).await.expect(404);
        let nowhere = anybody.post("/public/lead-forms/rap_form_x/submissions", enquiry()).await.expect(404);
        assert_eq!(disabled["detail"], nowhere["detail"]);
        ada.patch(&path, json!({ "enabled": true })).await.expect(200);
        let renewed = ada.post(&format!("{path}/renew-key"), json!({})).await.expect(200);
        assert_ne!(renewed["key"], form["key"]);
        anybody.post(&address(&form), enquiry()).await.expect(404);
        anybody.post(&address(&renewed), enquiry()).await.expect(200);
        assert_eq!((count(&ada, "/leads").await, count(&rita, "/leads").await), (json!(1), json!(0)));
        rita.get(&path).await.expect(404);
        rita.post(&format!("{path}/renew-key"), json!({})).await.expect(404);
        ada.delete(&path).await.expect(204);
        anybody.post(&address(&renewed), enquiry()).await.expect(404);
        let (rep, _) = world.join("rep", "rep").await;
        rep.post("/lead-forms", json!({ "name": "Mine" })).await.expect(403);
        let wrong = json!({ "name": "Wrong", "leadOwnerId": form["id"] });
        assert_eq!(ada.post("/lead-forms", wrong).await.pointers(), ["/leadOwnerId"]);
        let twice = json!({ "name": "Twice", "allowedOrigins": ["https://a.example", "https://a.example"] });
        assert_eq!(ada.post("/lead-forms", twice).await.pointers(), ["/allowedOrigins/1"]);
    }

    async fn browsers_send_from_the_pages_that_a_form_allows(world) {
        let ada = world.ada().await;
        let form = form(&ada, json!({ "allowedOrigins": ["https://www.acme.example"] })).await;
        let anybody = world.stranger();
        let good = from_page(&anybody, &form, enquiry(), "https://www.acme.example").await;
        assert_eq!((good.status.as_u16(), good.header("access-control-allow-origin")), (200, "https://www.acme.example"));
        let other = from_page(&anybody, &form, question(1), "https://evil.example").await;
        assert_eq!(other.status, 403, "{}", other.text);
        let asks = [("origin", "https://www.acme.example"), ("access-control-request-method", "POST"), ("access-control-request-headers", "content-type")];
        let asked = anybody.send(Method::OPTIONS, &address(&form), None, &asks).await;
        assert_eq!((asked.status.as_u16(), asked.header("access-control-allow-origin")), (200, "https://www.acme.example"));
        let elsewhere = anybody.send(Method::OPTIONS, "/leads", None, &asks).await;
        assert_eq!(elsewhere.header("access-control-allow-origin"), "");
        assert_eq!(count(&ada, "/leads").await, 1);
    }

    async fn the_task_of_an_enquiry_is_made_once_however_the_lead_comes_in(world) {
        let ada = world.ada().await;
        let (rep, me) = world.join("rep", "rep").await;
        let id = json!("0193a2b4-7c1e-7d55-9f60-2f4f5b3c9d10");
        let mut named = enquiry();
        named["id"] = id.clone();
        for _ in 0..2 {
            ada.post("/leads", named.clone()).await.expect(201);
        }
        for status in [201, 200, 200] {
            ada.put("/leads/by-external/shop/E-1", enquiry()).await.expect(status);
        }
        let key = [("idempotency-key", "\"once\"")];
        for _ in 0..2 {
            ada.send(Method::POST, "/leads", Some(enquiry()), &key).await.expect(201);
        }
        assert_eq!((count(&ada, "/leads").await, count(&ada, "/tasks").await), (json!(3), json!(3)));
        // The day ends at midnight in Berlin.
        let due = ada.get(&format!("/tasks?leadId={}", text(&id))).await.expect(200)["items"][0]["dueAt"].clone();
        assert_eq!(due, "2026-11-21T22:59:59Z");
        for missing in ["need", "budget"] {
            let mut new = enquiry();
            new[missing] = Value::Null;
            ada.post("/leads", new).await.expect(201);
        }
        assert_eq!(count(&ada, "/tasks").await, 3);

        // Where nobody is free, whoever comes to have the lead has the task.
        let rule = json!({ "name": "Full", "position": 1, "userIds": [me["id"]], "capacity": 0 });
        ada.post("/lead-assignment-rules", rule).await.expect(201);
        let lead = ada.post("/leads", enquiry()).await.expect(201);
        let task = ada.get(&format!("/tasks?leadId={}", text(&lead["id"]))).await.expect(200)["items"][0].clone();
        assert_eq!((&lead["ownerId"], &task["ownerId"]), (&Value::Null, &Value::Null));
        ada.patch(&at("/leads/{id}", &lead), json!({ "ownerId": me["id"] })).await.expect(200);
        assert_eq!(rep.get(&at("/tasks/{id}", &task)).await.expect(200)["ownerId"], me["id"]);
        let wrong = json!({ "subject": "Call", "leadId": task["id"] });
        assert_eq!(ada.post("/tasks", wrong).await.pointers(), ["/leadId"]);
    }

    async fn a_form_may_take_service_requests_and_tells_their_number(world) {
        let ada = world.ada().await;
        let queue = ada.post("/queues", json!({ "name": "First level" })).await.expect(201);
        let made = form(&ada, json!({ "requestKind": "fault", "requestQueueId": queue["id"] })).await;
        let customer = json!({ "kind": "person", "name": "Grace Hopper", "email": "grace@acme.example" });
        let customer = ada.post("/customers", customer).await.expect(201);
        let product = json!({ "sku": "X-1", "name": "Display", "price": { "amount": "10.00", "currency": "USD" } });
        let product = ada.post("/products", product).await.expect(201);
        let asset = json!({ "name": "Hers", "customerId": customer["id"], "serialNumber": "S-7" });
        let asset = ada.post("/assets", asset).await.expect(201);
        let sent = json!({
            "submissionId": uuid::Uuid::now_v7(), "email": "Grace@acme.example", "description": "It stays dark.\nSince Monday.",
            "sku": "X-1", "serialNumber": "S-7", "orderNumber": "O-nobody's",
        });
        let receipt = world.stranger().post(&address(&made), sent.clone()).await.expect(200);
        let number = text(&receipt["requestNumber"]);
        assert_eq!(world.stranger().post(&address(&made), sent).await.expect(200), receipt);
        let found = ada.get(&format!("/service-requests?number={number}")).await.expect(200)["items"][0].clone();
        assert_eq!((&found["subject"], &found["kind"], &found["channel"]), (&json!("It stays dark."), &json!("fault"), &json!("form")));
        assert_eq!((&found["customerId"], &found["productId"], &found["assetId"], &found["orderId"], &found["queueId"]), (&customer["id"], &product["id"], &asset["id"], &Value::Null, &queue["id"]));
        assert!(text(&found["description"]).contains("Order: O-nobody's"), "{found}");
        let written = ada.get(&at("/service-requests/{id}/messages", &found)).await.expect(200);
        assert_eq!((&written["items"][0]["kind"], &written["items"][0]["sender"]), (&json!("customer"), &json!("Grace@acme.example")));
        let unknown = json!({ "email": "nobody@home.example", "subject": "Help", "serialNumber": "S-7" });
        let other = world.stranger().post(&address(&made), unknown).await.expect(200);
        assert_eq!(other.as_object().map(|members| members.len()), receipt.as_object().map(|members| members.len()));
        let empty = world.stranger().post(&address(&made), json!({ "email": "nobody@home.example" })).await;
        assert_eq!((empty.status.as_u16(), empty.pointers()), (422, vec!["/description".to_owned()]));
        let trap = json!({ "email": "bot@home.example", "subject": "Buy", "website": "x" });
        world.stranger().post(&address(&made), trap).await.expect(200);
        assert_eq!(count(&ada, "/service-requests").await, 2);
        assert_eq!(count(&ada, "/leads").await, 0);
        assert_eq!(counts(&ada, &made).await, (json!(2), json!(1)));
        let submit = "mutation($key: String!) { submitLeadForm(key: $key, input: { subject: \"Help me\" }) { received requestNumber } }";
        let seen = world.stranger().graphql(submit, json!({ "key": made["key"] })).await;
        assert!(text(&seen["submitLeadForm"]["requestNumber"]).starts_with("SR-"));
    }
}
