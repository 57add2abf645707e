//! Service requests: how they stand, who has them, what they have to do with each other, and who may do what.

use serde_json::{Value, json};

use crate::harness::{Answer, Client, on_both_databases};

fn at(path: &str, record: &Value) -> String {
    path.replace("{id}", record["id"].as_str().expect("an id"))
}

async fn request(client: &Client, new: Value) -> Value {
    client.post("/service-requests", new).await.expect(201)
}

async fn step(client: &Client, request: &Value, verb: &str, body: Value) -> Answer {
    client.post(&format!("{}/{verb}", at("/service-requests/{id}", request)), body).await
}

async fn of(client: &Client, request: &Value, part: &str) -> Vec<Value> {
    let path = format!("{}/{part}", at("/service-requests/{id}", request));
    client.get(&path).await.expect(200)["items"].as_array().expect("items").clone()
}

fn all<'v>(values: &'v [Value], member: &str) -> Vec<&'v Value> {
    values.iter().map(|value| &value[member]).collect()
}

async fn customer(client: &Client, name: &str) -> Value {
    client.post("/customers", json!({ "kind": "organization", "name": name })).await.expect(201)
}

on_both_databases! {
    async fn a_request_goes_its_way_and_every_step_of_it_is_kept(world) {
        let ada = world.ada().await;
        let acme = customer(&ada, "Acme").await;
        let new = json!({ "subject": "The display stays dark", "kind": "fault", "impact": "high", "urgency": "high",
            "channel": "phone", "customerId": acme["id"], "tags": ["display"] });
        let made = request(&ada, new).await;
        assert_eq!((&made["number"], &made["status"], &made["statusCategory"]), (&json!("SR-1001"), &json!("new"), &json!("new")));
        assert_eq!((&made["priority"], &made["priorityRank"], &made["ownerId"]), (&json!("urgent"), &json!(4), &Value::Null));
        assert_eq!((&made["isOpen"], &made["openedAt"]), (&json!(true), &json!("2026-11-21T12:00:00Z")));
        let by_hand = ada.patch(&at("/service-requests/{id}", &made), json!({ "priority": "low" })).await.expect(200);
        assert_eq!((&by_hand["priority"], &by_hand["priorityByHand"]), (&json!("low"), &json!(true)));
        let patch = json!({ "priority": null, "urgency": "medium" });
        let back = ada.patch(&at("/service-requests/{id}", &made), patch).await.expect(200);
        assert_eq!((&back["priority"], &back["priorityByHand"]), (&json!("high"), &json!(false)));
        world.advance(chrono::TimeDelta::minutes(1));
        step(&ada, &made, "status", json!({ "status": "waiting_for_third_party" })).await.expect(200);
        let refused = step(&ada, &made, "reopen", json!({})).await;
        assert_eq!(refused.status, 200, "waiting for others it may become open: {}", refused.text);
        let resolved = step(&ada, &made, "resolve", json!({ "resolution": "The fuse was replaced." })).await.expect(200);
        assert_eq!((&resolved["status"], &resolved["resolvedAt"], &resolved["isOpen"]), (&json!("resolved"), &json!("2026-11-21T12:01:00Z"), &json!(false)));
        let refused = step(&ada, &made, "status", json!({ "status": "open" })).await;
        assert_eq!((refused.status.as_u16(), refused.pointers()), (409, vec!["/status".to_owned()]));
        assert!(refused.text.contains("it may become: reopened, closed"), "{}", refused.text);
        let closed = step(&ada, &made, "close", json!({})).await.expect(200);
        assert_eq!((&closed["status"], &closed["closedAt"]), (&json!("closed"), &json!("2026-11-21T12:01:00Z")));
        let reopened = step(&ada, &made, "reopen", json!({})).await.expect(200);
        assert_eq!((&reopened["status"], &reopened["reopenCount"], &reopened["resolvedAt"]), (&json!("reopened"), &json!(1), &Value::Null));
        let steps = of(&ada, &made, "history").await;
        let statuses = all(&steps, "status");
        assert_eq!(statuses, ["reopened", "closed", "resolved", "open", "waiting_for_third_party", "new", "new", "new"]);
        assert_eq!(all(&steps[5..], "priority"), ["high", "low", "urgent"]);
        let first = ada.get(&format!("{}/history?limit=3", at("/service-requests/{id}", &made))).await.expect(200);
        let next = first["nextCursor"].as_str().expect("a cursor");
        let rest = ada.get(&format!("{}/history?cursor={next}", at("/service-requests/{id}", &made))).await.expect(200);
        assert_eq!(rest["items"].as_array().expect("items"), &steps[3..]);
        let query = "query($id: UUID!) { serviceRequest(id: $id) { number customer { name serviceRequests { number } } messages { body } }
            serviceRequestHistory(id: $id, first: 1) { nodes { status seq } pageInfo { hasNextPage } } }";
        let seen = ada.graphql(query, json!({ "id": made["id"] })).await;
        assert_eq!(seen["serviceRequest"], json!({ "number": "SR-1001", "messages": [],
            "customer": { "name": "Acme", "serviceRequests": [{ "number": "SR-1001" }] } }));
        assert_eq!(seen["serviceRequestHistory"]["nodes"], json!([{ "status": "reopened", "seq": 8 }]));
        let names = ["created", "updated", "updated", "status_changed", "status_changed", "resolved", "closed", "reopened"];
        let events = ada.events("types=rapport.service_request.*", names.len()).await;
        let told = names.map(|name| json!(format!("rapport.service_request.{name}.v1")));
        assert_eq!(all(events["items"].as_array().expect("events"), "type"), told.iter().collect::<Vec<_>>());
        let timeline = ada.get(&at("/customers/{id}/timeline?limit=1", &acme)).await.expect(200);
        assert_eq!(timeline["items"][0]["type"], "rapport.service_request.reopened.v1");
    }

    async fn everything_that_is_wrong_with_a_request_is_said_at_once(world) {
        let ada = world.ada().await;
        let (acme, globex) = (customer(&ada, "Acme").await, customer(&ada, "Globex").await);
        let order = json!({ "customerId": globex["id"], "lines": [{ "description": "Thing", "unitPrice": { "amount": "1", "currency": "USD" } }] });
        let order = ada.post("/orders", order).await.expect(201);
        let nobody = "01890a5d-ac96-774b-bcce-b302099a8057";
        let wrong = json!({ "subject": "?", "customerId": acme["id"], "orderId": order["id"], "contactId": nobody, "productId": nobody,
            "queueId": nobody, "ownerId": nobody, "parentId": nobody, "status": "nowhere", "openedAt": "2030-01-01T00:00:00Z" });
        let refused = ada.post("/service-requests", wrong).await;
        let mut pointers = refused.pointers();
        pointers.sort();
        let expected = ["/contactId", "/openedAt", "/orderId", "/ownerId", "/parentId", "/productId", "/queueId", "/status"];
        assert_eq!((refused.status.as_u16(), pointers), (409, expected.map(str::to_owned).to_vec()), "{}", refused.text);
        let line = json!({ "subject": "?", "customerId": globex["id"], "orderId": order["id"], "orderLine": 2 });
        assert_eq!(ada.post("/service-requests", line.clone()).await.pointers(), ["/orderLine"]);
        let mut line = line;
        line["orderLine"] = json!(1);
        request(&ada, line).await;
        let alone = ada.post("/service-requests", json!({ "subject": "?", "orderLine": 1 })).await;
        assert_eq!((alone.status.as_u16(), alone.pointers()), (422, vec!["/orderLine".to_owned()]));
    }

    async fn a_create_can_be_repeated_and_another_systems_request_comes_into_the_status_it_has_there(world) {
        let ada = world.ada().await;
        let id = uuid::Uuid::now_v7();
        let new = json!({ "id": id, "subject": "It does not work" });
        let made = request(&ada, new.clone()).await;
        step(&ada, &made, "resolve", json!({})).await.expect(200);
        let again = request(&ada, new).await;
        assert_eq!((&again["number"], &again["status"]), (&made["number"], &json!("resolved")));
        let other = json!({ "id": id, "subject": "Something else" });
        ada.post("/service-requests", other).await.expect(409);
        let path = "/service-requests/by-external/desk/4711";
        let theirs = json!({ "subject": "Old", "openedAt": "2026-01-01T08:00:00Z" });
        let first = ada.put(path, theirs).await.expect(201);
        assert_eq!(first["statusSince"], "2026-01-01T08:00:00Z");
        for (status, since) in [("closed", "2026-01-03T08:00:00Z"), ("new", "2026-01-02T08:00:00Z"), ("resolved", "2026-01-04T08:00:00Z")] {
            let theirs = json!({ "subject": "Old", "status": status, "statusSince": since });
            assert_eq!(ada.put(path, theirs).await.expect(200)["status"], status);
        }
        let steps = of(&ada, &first, "history").await;
        assert_eq!(all(&steps, "status"), ["resolved", "closed", "new", "new"], "in the order of time: {steps:?}");
        let unknown = ada.put(path, json!({ "subject": "Old", "status": "lost" })).await;
        assert_eq!((unknown.status.as_u16(), unknown.pointers()), (409, vec!["/status".to_owned()]));
    }

    async fn of_two_who_take_a_request_at_once_one_gets_it(world) {
        let ada = world.ada().await;
        let (one, me) = world.join("one", "agent").await;
        let (two, _) = world.join("two", "agent").await;
        for _ in 0..3 {
            let made = request(&ada, json!({ "subject": "Take me" })).await;
            let (first, second) = tokio::join!(step(&one, &made, "take", json!({})), step(&two, &made, "take", json!({})));
            let mut statuses = [first.status.as_u16(), second.status.as_u16()];
            statuses.sort();
            assert_eq!(statuses, [200, 409], "{} {}", first.text, second.text);
        }
        let queue = json!({ "name": "Second level", "memberIds": [me["id"]] });
        let queue = ada.post("/queues", queue).await.expect(201);
        let (rep, _) = world.join("rep", "rep").await;
        let made = request(&ada, json!({ "subject": "Second level", "queueId": queue["id"] })).await;
        let refused = step(&rep, &made, "take", json!({})).await.expect(409);
        assert!(refused["detail"].as_str().is_some_and(|why| why.contains("queue of others")), "{refused}");
        let taken = step(&one, &made, "take", json!({})).await.expect(200);
        assert_eq!(taken["ownerId"], me["id"]);
        assert_eq!(step(&one, &made, "take", json!({})).await.expect(200)["version"], taken["version"]);
        let open = format!("/service-requests?queueId={}&isOpen=true&sort=-priorityRank,openedAt", queue["id"].as_str().expect("an id"));
        assert_eq!(ada.get(&open).await.expect(200)["items"][0]["id"], made["id"]);
        ada.delete(&at("/queues/{id}", &queue)).await.expect(409);
        step(&one, &made, "close", json!({})).await.expect(200);
        ada.delete(&at("/queues/{id}", &queue)).await.expect(204);
        let assigned = json!({ "queueId": queue["id"], "note": "Please look" });
        let made = request(&ada, json!({ "subject": "Gone" })).await;
        assert_eq!(step(&ada, &made, "assign", assigned).await.pointers(), ["/queueId"]);
        let assigned = step(&ada, &made, "assign", json!({ "ownerId": me["id"], "note": "You know it" })).await.expect(200);
        assert_eq!(assigned["ownerId"], me["id"]);
        assert_eq!(all(&of(&one, &made, "messages").await, "body"), ["You know it"]);
        let told = one.get("/notifications").await.expect(200);
        assert_eq!((&told["items"][0]["kind"], &told["items"][0]["title"]), (&json!("request_assigned"), &json!("Gone")));
    }

    async fn whoever_reaches_only_their_own_requests_sees_and_changes_no_others(world) {
        let ada = world.ada().await;
        let own = |resource: &str, verb: &str| json!({ "resource": resource, "verb": verb, "scope": "own" });
        let permissions = json!([own("service_request", "read"), own("service_request", "create"), own("service_request", "update"),
            own("request_message", "read"), own("request_message", "create")]);
        let role = ada.post("/roles", json!({ "name": "Own", "permissions": permissions })).await.expect(201);
        let (own, me) = world.join_as("own", &role["id"]).await;
        let theirs = request(&ada, json!({ "subject": "Theirs" })).await;
        step(&ada, &theirs, "messages", json!({ "kind": "note", "body": "Secret" })).await.expect(201);
        let note = of(&ada, &theirs, "messages").await.remove(0);
        for path in ["/service-requests/{id}", "/service-requests/{id}/messages", "/service-requests/{id}/history", "/service-requests/{id}/links"] {
            own.get(&at(path, &theirs)).await.expect(404);
        }
        own.get(&at("/request-messages/{id}", &note)).await.expect(404);
        step(&own, &theirs, "take", json!({})).await.expect(404);
        step(&own, &theirs, "messages", json!({ "kind": "note", "body": "Mine" })).await.expect(404);
        let mine = request(&own, json!({ "subject": "Mine" })).await;
        assert_eq!(mine["ownerId"], me["id"]);
        step(&own, &mine, "messages", json!({ "kind": "note", "body": "Mine" })).await.expect(201);
        step(&own, &mine, "resolve", json!({})).await.expect(200);
        assert_eq!(own.get("/service-requests?count=true").await.expect(200)["total"], 1);
        assert_eq!(of(&own, &mine, "messages").await.len(), 1);
        let (viewer, _) = world.join("viewer", "viewer").await;
        viewer.get(&at("/service-requests/{id}", &theirs)).await.expect(200);
        step(&viewer, &theirs, "resolve", json!({})).await.expect(403);
        step(&viewer, &theirs, "messages", json!({ "kind": "note", "body": "?" })).await.expect(403);
    }

    async fn requests_become_parts_of_others_and_others_are_made_of_their_parts(world) {
        let ada = world.ada().await;
        let (bob, bob_id) = world.join("bob", "agent").await;
        let (acme, globex) = (customer(&ada, "Acme").await, customer(&ada, "Globex").await);
        let one = request(&ada, json!({ "subject": "One", "customerId": acme["id"] })).await;
        let two = request(&ada, json!({ "subject": "Two", "customerId": acme["id"] })).await;
        let foreign = request(&ada, json!({ "subject": "Foreign", "customerId": globex["id"] })).await;
        step(&ada, &one, "messages", json!({ "kind": "customer", "body": "First" })).await.expect(201);
        let second = step(&ada, &one, "messages", json!({ "kind": "customer", "body": "Second" })).await.expect(201);
        step(&bob, &one, "watch", json!({})).await.expect(200);
        let refused = step(&ada, &one, "merge", json!({ "intoId": foreign["id"] })).await;
        assert_eq!((refused.status.as_u16(), refused.pointers()), (409, vec!["/intoId".to_owned()]));
        step(&ada, &one, "merge", json!({ "intoId": one["id"] })).await.expect(409);
        let merged = step(&ada, &one, "merge", json!({ "intoId": two["id"] })).await.expect(200);
        assert_eq!((&merged["statusCategory"], &merged["mergedIntoId"]), (&json!("closed"), &two["id"]));
        assert_eq!((of(&ada, &one, "messages").await.len(), of(&ada, &two, "messages").await.len()), (0, 2));
        assert_eq!(all(&of(&ada, &two, "watchers").await, "userId"), [&bob_id["id"]]);
        for (verb, body) in [("merge", json!({ "intoId": foreign["id"] })), ("reopen", json!({})), ("take", json!({}))] {
            let refused = step(&ada, &one, verb, body).await.expect(409);
            assert!(refused["detail"].as_str().is_some_and(|why| why.contains("become a part of")), "{refused}");
        }
        step(&ada, &two, "merge", json!({ "intoId": one["id"] })).await.expect(409);
        let third = step(&ada, &one, "messages", json!({ "kind": "customer", "body": "Third" })).await.expect(201);
        assert_eq!(third["requestId"], two["id"]);
        let forced = step(&ada, &two, "merge", json!({ "intoId": foreign["id"], "force": true })).await.expect(200);
        assert_eq!(forced["mergedIntoId"], foreign["id"]);
        assert_eq!(ada.get(&at("/service-requests/{id}", &one)).await.expect(200)["mergedIntoId"], foreign["id"]);

        let split = json!({ "messageId": second["id"], "subject": "Another thing" });
        let made = step(&ada, &foreign, "split", split.clone()).await.expect(201);
        assert_eq!((&made["subject"], &made["customerId"], &made["status"]), (&json!("Another thing"), &globex["id"], &json!("new")));
        assert_eq!(all(&of(&ada, &made, "messages").await, "body"), ["Second"]);
        assert_eq!(of(&ada, &foreign, "messages").await.len(), 2);
        assert_eq!(step(&ada, &foreign, "split", split).await.pointers(), ["/messageId"]);
        let query = "query($id: UUID!) { serviceRequestLinks(id: $id) { kind direction other { subject } } }";
        let links = ada.graphql(query, json!({ "id": made["id"] })).await["serviceRequestLinks"].clone();
        assert_eq!(links, json!([{ "kind": "RELATES", "direction": "TO", "other": { "subject": "Foreign" } }]));
        step(&ada, &made, "link", json!({ "otherId": foreign["id"], "kind": "causes" })).await.expect(200);
        step(&ada, &made, "unlink", json!({ "otherId": foreign["id"] })).await.expect(200);
        assert_eq!(all(&of(&ada, &foreign, "links").await, "kind"), ["causes"]);
        assert_eq!(step(&ada, &made, "link", json!({ "otherId": made["id"] })).await.pointers(), ["/otherId"]);
    }

    async fn cases_are_resolved_with_what_they_are_cases_of(world) {
        let ada = world.ada().await;
        let parent = request(&ada, json!({ "subject": "The line is down", "kind": "fault" })).await;
        let mut cases = Vec::new();
        for n in 0..3 {
            cases.push(request(&ada, json!({ "subject": format!("Case {n}"), "parentId": parent["id"] })).await);
        }
        let grandchild = json!({ "subject": "?", "parentId": cases[0]["id"] });
        assert_eq!(ada.post("/service-requests", grandchild).await.pointers(), ["/parentId"]);
        let above = ada.patch(&at("/service-requests/{id}", &parent), json!({ "parentId": cases[0]["id"] })).await;
        assert_eq!(above.status, 409, "{}", above.text);
        step(&ada, &cases[2], "close", json!({})).await.expect(200);
        step(&ada, &parent, "resolve", json!({ "resolution": "It is up again", "withChildren": true })).await.expect(200);
        let family = format!("/service-requests?parentId={}&sort=number", parent["id"].as_str().expect("an id"));
        let family = ada.get(&family).await.expect(200);
        let family = family["items"].as_array().expect("items");
        assert_eq!(all(family, "status"), ["resolved", "resolved", "closed"]);
        assert_eq!(family[1]["resolution"], "It is up again");
    }

    async fn customers_are_found_by_their_open_complaints(world) {
        let ada = world.ada().await;
        let (acme, globex) = (customer(&ada, "Acme").await, customer(&ada, "Globex").await);
        let complaint = |of: &Value| json!({ "subject": "Not content", "kind": "complaint", "customerId": of["id"] });
        request(&ada, complaint(&acme)).await;
        let done = request(&ada, complaint(&globex)).await;
        step(&ada, &done, "resolve", json!({})).await.expect(200);
        let is = |field: &str, value: Value| json!({ "compare": { "field": field, "eq": value } });
        let rule = json!({ "relation": { "name": "serviceRequests",
            "filter": { "all": [is("kind", json!("complaint")), is("isOpen", json!(true))] } } });
        let segment = ada.post("/segments", json!({ "name": "Complain", "rule": rule })).await.expect(201);
        world.catch_up().await;
        let members = async || ada.get(&at("/segments/{id}/members", &segment)).await.expect(200)["items"].clone();
        assert_eq!(all(members().await.as_array().expect("items"), "name"), ["Acme"]);
        step(&ada, &done, "reopen", json!({})).await.expect(200);
        world.catch_up().await;
        assert_eq!(members().await.as_array().map(Vec::len), Some(2));
        let found = ada.get("/service-requests?q=content&kind=complaint&count=true").await.expect(200);
        assert_eq!(found["total"], 2);
    }
}
