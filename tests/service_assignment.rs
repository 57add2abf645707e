//! Who gets service requests: agents' profiles, queues that give requests out, taking the next one, routing, and who is
//! answering.

use chrono::TimeDelta;
use futures_util::future::join_all;
use rapport_domain::{
    service::{assignment::QueueFilling, clocks::ServiceClocks, escalation::Escalations},
    timed,
};
use serde_json::{Value, json};

use crate::harness::{Client, World, on_both_databases};

fn at(path: &str, record: &Value) -> String {
    path.replace("{id}", record["id"].as_str().expect("an id"))
}

async fn queue(client: &Client, name: &str, rest: Value) -> Value {
    let mut new = json!({ "name": name });
    new.as_object_mut().expect("an object").extend(rest.as_object().expect("an object").clone());
    client.post("/queues", new).await.expect(201)
}

async fn agent(client: &Client, user: &Value, rest: Value) -> Value {
    let mut new = json!({ "userId": user["id"] });
    new.as_object_mut().expect("an object").extend(rest.as_object().expect("an object").clone());
    client.post("/service-agents", new).await.expect(201)
}

async fn request(client: &Client, queue: &Value, rest: Value) -> Value {
    let mut new = json!({ "subject": "It does not work", "queueId": queue["id"] });
    new.as_object_mut().expect("an object").extend(rest.as_object().expect("an object").clone());
    client.post("/service-requests", new).await.expect(201)
}

async fn owner(client: &Client, request: &Value) -> Value {
    client.get(&at("/service-requests/{id}", request)).await.expect(200)["ownerId"].clone()
}

/// Two nodes look at once who can have what waits.
async fn pass(world: &World) {
    let rooms =
        [&QueueFilling::ROOM, &QueueFilling::HOURS, &QueueFilling::ROOM, &QueueFilling::HOURS];
    for done in join_all(rooms.map(|kind| timed::catch_up(kind, &world.database))).await {
        done.expect("the filling");
    }
}

async fn told(client: &Client, what: &str, count: usize) -> Vec<Value> {
    let events = client.events(&format!("types=rapport.service_request.{what}.v1"), count).await;
    events["items"].as_array().expect("events").clone()
}

on_both_databases! {
    async fn a_queue_gives_requests_out_in_turn_and_the_event_says_why(world) {
        let ada = world.ada().await;
        let (_, one) = world.join("one", "agent").await;
        let (_, two) = world.join("two", "agent").await;
        agent(&ada, &one, json!({})).await;
        agent(&ada, &two, json!({})).await;
        let desk = queue(&ada, "Desk", json!({ "memberIds": [one["id"], two["id"]], "method": "round_robin" })).await;
        let mut owners = Vec::new();
        for _ in 0..4 {
            owners.push(request(&ada, &desk, json!({})).await["ownerId"].clone());
        }
        assert_eq!(owners, [one["id"].clone(), two["id"].clone(), one["id"].clone(), two["id"].clone()]);
        let events = told(&ada, "assigned", 4).await;
        let why = json!({ "method": "round_robin", "queueId": desk["id"] });
        assert!(events.iter().all(|event| event["data"]["after"]["assignment"] == why), "{events:?}");
        let closed = request(&ada, &desk, json!({ "ownerId": two["id"] })).await;
        assert_eq!(closed["ownerId"], two["id"], "whoever is named gets it");
        let fair = json!({ "method": "least_busy" });
        ada.patch(&at("/queues/{id}", &desk), fair).await.expect(200);
        assert_eq!(request(&ada, &desk, json!({})).await["ownerId"], one["id"], "who has fewer");
    }

    async fn only_who_has_what_a_request_needs_and_is_there_gets_it(world) {
        let ada = world.ada().await;
        let (one_self, one) = world.join("one", "agent").await;
        let (_, two) = world.join("two", "agent").await;
        let networks = json!([{ "skill": "networks", "level": 3 }]);
        let first = agent(&ada, &one, json!({ "skills": networks, "languages": ["de"] })).await;
        agent(&ada, &two, json!({ "countries": ["AT"], "postalCodes": ["10"] })).await;
        let desk = queue(&ada, "Desk", json!({ "method": "round_robin" })).await;
        let needs = json!({ "neededSkills": [{ "skill": "networks", "level": 2 }], "neededLanguage": "de-AT" });
        for _ in 0..2 {
            assert_eq!(request(&ada, &desk, needs.clone()).await["ownerId"], one["id"]);
        }
        let place = json!({ "kind": "person", "name": "Ann", "country": "AT", "postalCode": "1010" });
        let ann = ada.post("/customers", place).await.expect(201);
        let elsewhere = json!({ "kind": "person", "name": "Bob", "country": "DE", "postalCode": "1010" });
        let bob = ada.post("/customers", elsewhere).await.expect(201);
        let mine = |customer: &Value| json!({ "customerId": customer["id"] });
        assert_eq!(request(&ada, &desk, mine(&ann)).await["ownerId"], two["id"]);
        for _ in 0..2 {
            assert_eq!(request(&ada, &desk, mine(&bob)).await["ownerId"], one["id"], "not in their territory");
        }
        let away = json!({ "availability": "away" });
        let path = at("/service-agents/{id}/availability", &first);
        one_self.post(&path, away.clone()).await.expect(200);
        let waits = request(&ada, &desk, needs).await;
        assert_eq!(waits["ownerId"], Value::Null);
        pass(&world).await;
        assert_eq!(owner(&ada, &waits).await, Value::Null);
        let (other, _) = world.join("other", "agent").await;
        other.post(&path, away).await.expect(403);
        one_self.post(&path, json!({ "availability": "available" })).await.expect(200);
        pass(&world).await;
        assert_eq!(owner(&ada, &waits).await, one["id"]);
        let wrong = json!({ "userId": two["id"], "skills": [{ "skill": "a" }, { "skill": "a" }], "languages": ["de", "de"] });
        let refused = ada.post("/service-agents", wrong).await;
        assert_eq!((refused.status.as_u16(), refused.pointers()), (422, vec!["/skills/1/skill".to_owned(), "/languages/1".to_owned()]));
        ada.post("/service-agents", json!({ "userId": two["id"] })).await.expect(409);
    }

    async fn what_waits_is_given_out_when_somebody_has_room_again_the_most_urgent_first(world) {
        let ada = world.ada().await;
        let (one_self, one) = world.join("one", "agent").await;
        agent(&ada, &one, json!({ "capacity": 1 })).await;
        let desk = queue(&ada, "Desk", json!({ "method": "least_busy" })).await;
        let first = request(&ada, &desk, json!({})).await;
        assert_eq!(first["ownerId"], one["id"]);
        let later = request(&ada, &desk, json!({})).await;
        let urgent = request(&ada, &desk, json!({ "priority": "urgent" })).await;
        assert_eq!((&later["ownerId"], &urgent["ownerId"]), (&Value::Null, &Value::Null));
        one_self.post(&at("/service-requests/{id}/resolve", &first), json!({})).await.expect(200);
        pass(&world).await;
        assert_eq!((owner(&ada, &urgent).await, owner(&ada, &later).await), (one["id"].clone(), Value::Null));
        ada.delete(&at("/service-requests/{id}", &urgent)).await.expect(204);
        pass(&world).await;
        assert_eq!(owner(&ada, &later).await, one["id"]);
        let steps = ada.get(&at("/service-requests/{id}/history", &later)).await.expect(200);
        assert_eq!((&steps["items"][0]["ownerId"], &steps["items"][0]["actorKind"]), (&one["id"], &json!("system")));
        told(&ada, "assigned", 3).await;
    }

    async fn what_comes_outside_hours_is_given_out_when_they_begin(world) {
        let ada = world.ada().await;
        let (_, one) = world.join("one", "agent").await;
        let hours = json!({ "name": "Sundays", "timeZone": "UTC", "hours": [{ "weekday": "sunday", "from": "09:00", "until": "12:00" }] });
        let hours = ada.post("/business-calendars", hours).await.expect(201);
        agent(&ada, &one, json!({})).await;
        let desk = queue(&ada, "Desk", json!({ "method": "round_robin", "calendarId": hours["id"] })).await;
        let refused = ada.delete(&at("/business-calendars/{id}", &hours)).await.expect(409);
        assert!(refused["detail"].as_str().is_some_and(|why| why.contains("Desk")), "{refused}");
        let waits = request(&ada, &desk, json!({})).await;
        assert_eq!(waits["ownerId"], Value::Null, "it is Saturday");
        world.advance(TimeDelta::minutes(20 * 60 + 59));
        pass(&world).await;
        let ada = world.ada().await;
        assert_eq!(owner(&ada, &waits).await, Value::Null);
        world.advance(TimeDelta::minutes(1));
        pass(&world).await;
        assert_eq!(owner(&ada, &waits).await, one["id"]);
    }

    async fn agents_who_take_the_next_one_at_once_never_get_the_same(world) {
        let ada = world.ada().await;
        let desk = queue(&ada, "Desk", json!({})).await;
        let mut agents = Vec::new();
        for name in ["one", "two", "three", "four"] {
            agents.push(world.join(name, "agent").await.0);
        }
        let mut made = Vec::new();
        for n in 0..3 {
            let priority = if n == 2 { "high" } else { "low" };
            made.push(request(&ada, &desk, json!({ "priority": priority })).await);
            world.advance(TimeDelta::seconds(1));
        }
        let path = at("/queues/{id}/take-next", &desk);
        let first = agents[0].post(&path, json!({})).await.expect(200);
        assert_eq!(first["id"], made[2]["id"], "the most urgent one");
        let answers = join_all(agents.iter().map(|agent| agent.post(&path, json!({})))).await;
        let mut got: Vec<Value> = answers.iter().filter(|answer| answer.status == 200)
            .map(|answer| serde_json::from_str::<Value>(&answer.text).expect("JSON")["id"].clone()).collect();
        got.sort_by_key(Value::to_string);
        assert_eq!(got, [made[0]["id"].clone(), made[1]["id"].clone()]);
        assert_eq!(answers.iter().filter(|answer| answer.status == 409).count(), 2);
        let events = told(&ada, "taken", 3).await;
        assert_eq!(events[0]["data"]["after"]["assignment"]["method"], "pull");
        let others = queue(&ada, "Others", json!({ "memberIds": [ada.get("/me").await.expect(200)["user"]["id"]] })).await;
        request(&ada, &others, json!({ "neededSkills": [{ "skill": "cables" }] })).await;
        let take = "mutation($id: UUID!) { takeNextServiceRequest(id: $id) { id neededSkills } }";
        assert_eq!(ada.graphql_codes(take, json!({ "id": others["id"] })).await, ["refused"], "it needs what she cannot do");
        let me = ada.get("/me").await.expect(200)["user"].clone();
        agent(&ada, &me, json!({ "skills": [{ "skill": "cables" }], "capacity": 1 })).await;
        let taken = ada.graphql(take, json!({ "id": others["id"] })).await;
        assert_eq!(taken["takeNextServiceRequest"]["neededSkills"], json!([{ "skill": "cables", "level": null }]));
        request(&ada, &others, json!({})).await;
        let full = ada.post(&at("/queues/{id}/take-next", &others), json!({})).await.expect(409);
        assert!(full["detail"].as_str().is_some_and(|why| why.contains("as many")), "{full}");
    }

    async fn requests_that_come_at_once_fill_nobody_above_their_capacity(world) {
        let ada = world.ada().await;
        let mut users = Vec::new();
        for name in ["one", "two"] {
            let user = world.join(name, "agent").await.1;
            agent(&ada, &user, json!({ "capacity": 2 })).await;
            users.push(user);
        }
        let desk = queue(&ada, "Desk", json!({ "method": "round_robin" })).await;
        let made = join_all((0..8).map(|_| request(&ada, &desk, json!({})))).await;
        pass(&world).await;
        let mut owners = Vec::new();
        for request in &made {
            owners.push(owner(&ada, request).await);
        }
        for user in &users {
            assert_eq!(owners.iter().filter(|owner| **owner == user["id"]).count(), 2, "{owners:?}");
        }
        told(&ada, "assigned", 4).await;
    }

    async fn rules_say_which_queue_a_new_request_comes_into_and_what_it_needs(world) {
        let ada = world.ada().await;
        let (_, one) = world.join("one", "agent").await;
        agent(&ada, &one, json!({ "skills": [{ "skill": "networks" }] })).await;
        let desk = queue(&ada, "Desk", json!({})).await;
        let faults = queue(&ada, "Faults", json!({ "method": "round_robin" })).await;
        let of_faults = json!({ "name": "Faults", "position": 1, "queueId": faults["id"], "neededSkills": [{ "skill": "networks" }],
            "condition": { "compare": { "field": "kind", "eq": "fault" } } });
        let rule = ada.post("/service-routing-rules", of_faults).await.expect(201);
        let rest = json!({ "name": "Rest", "position": 2, "queueId": desk["id"] });
        ada.post("/service-routing-rules", rest).await.expect(201);
        let new = async |kind: &str| {
            let new = json!({ "subject": "It does not work", "kind": kind });
            ada.post("/service-requests", new).await.expect(201)
        };
        let fault = new("fault").await;
        assert_eq!((&fault["queueId"], &fault["ownerId"]), (&faults["id"], &one["id"]));
        assert_eq!(fault["neededSkills"], json!([{ "skill": "networks", "level": null }]));
        assert_eq!(new("question").await["queueId"], desk["id"]);
        let events = told(&ada, "routed", 2).await;
        assert_eq!(events[0]["data"]["after"]["routingRuleId"], rule["id"]);
        let given = request(&ada, &desk, json!({ "kind": "fault" })).await;
        assert_eq!(given["queueId"], desk["id"], "who says a queue means it");
        let wrong = json!({ "name": "?", "position": 1, "queueId": rule["id"], "condition": { "compare": { "field": "nothing", "eq": 1 } } });
        assert_eq!(ada.post("/service-routing-rules", wrong).await.pointers(), ["/condition/compare/field"]);
    }

    async fn who_is_answering_is_told_for_half_a_minute_and_a_message_may_ask_to_be_the_next(world) {
        let ada = world.ada().await;
        let (one_self, one) = world.join("one", "agent").await;
        let desk = queue(&ada, "Desk", json!({})).await;
        let made = request(&ada, &desk, json!({})).await;
        let path = at("/service-requests/{id}/answering", &made);
        let first = one_self.post(&path, json!({})).await.expect(200);
        assert_eq!((&first["items"][0]["userId"], &first["items"][0]["until"]), (&one["id"], &json!("2026-11-21T12:00:30Z")));
        world.advance(TimeDelta::seconds(20));
        one_self.post(&path, json!({})).await.expect(200);
        let both = ada.post(&path, json!({})).await.expect(200);
        assert_eq!(both["items"].as_array().map(Vec::len), Some(2));
        assert_eq!(both["items"][0]["since"], "2026-11-21T12:00:00Z");
        let events = ada.events("types=rapport.service_request.*", 1).await;
        assert_eq!(events["items"].as_array().map(Vec::len), Some(1), "no event tells of it: {events}");
        let messages = at("/service-requests/{id}/messages", &made);
        let asked = json!({ "kind": "customer", "body": "And now?" });
        let asked = ada.post(&messages, asked).await.expect(201);
        let answer = json!({ "kind": "reply", "body": "Please wait.", "lastMessageId": asked["id"] });
        one_self.post(&messages, answer.clone()).await.expect(201);
        let refused = ada.post(&messages, answer).await;
        assert_eq!((refused.status.as_u16(), refused.pointers()), (409, vec!["/lastMessageId".to_owned()]));
        let query = "query($id: UUID!) { serviceRequestAnswering(id: $id) { user { name } until } }";
        let seen = ada.graphql(query, json!({ "id": made["id"] })).await;
        assert_eq!(seen["serviceRequestAnswering"].as_array().map(Vec::len), Some(1), "whoever has answered is not answering");
        world.advance(TimeDelta::seconds(30));
        assert_eq!(ada.get(&path).await.expect(200)["items"], json!([]));
    }

    async fn a_breach_escalates_a_request_that_is_changed_before_anybody_looks(world) {
        let ada = world.ada().await;
        let target = json!({ "kind": "first_response", "priority": "normal", "within": "PT1H" });
        let policy = json!({ "name": "Standard", "position": 1, "targets": [target] });
        ada.post("/service-policies", policy).await.expect(201);
        for (position, more) in [
            (1, json!({ "triggerKind": "clock_breached", "raisePriority": true })),
            (2, json!({ "triggerKind": "unassigned", "waited": "P2D" })),
        ] {
            let mut rule = more;
            rule["name"] = json!(format!("Rule {position}"));
            rule["position"] = json!(position);
            ada.post("/service-escalation-rules", rule).await.expect(201);
        }
        let desk = queue(&ada, "Desk", json!({})).await;
        let made = request(&ada, &desk, json!({})).await;
        world.advance(TimeDelta::minutes(61));
        timed::catch_up(&ServiceClocks::DUE, &world.database).await.expect("the clock");
        let ada = world.ada().await;
        ada.post(&at("/service-requests/{id}/status", &made), json!({ "status": "open" })).await.expect(200);
        timed::catch_up(&Escalations, &world.database).await.expect("the escalation");
        let seen = ada.get(&at("/service-requests/{id}", &made)).await.expect(200);
        assert_eq!((&seen["escalationLevel"], &seen["priority"]), (&json!(1), &json!("high")));
        world.advance(TimeDelta::days(2));
        timed::catch_up(&Escalations, &world.database).await.expect("the escalation");
        let seen = world.ada().await.get(&at("/service-requests/{id}", &made)).await.expect(200);
        assert_eq!(seen["escalationLevel"], 2);
    }

    async fn a_request_is_escalated_by_hand_and_when_nobody_has_it_each_time_once(world) {
        let ada = world.ada().await;
        let (_, boss) = world.join("boss", "manager").await;
        let desk = queue(&ada, "Desk", json!({})).await;
        let second = queue(&ada, "Second level", json!({})).await;
        let by_hand = json!({ "name": "By hand", "position": 1, "triggerKind": "requested", "raisePriority": true, "queueId": second["id"] });
        let by_hand = ada.post("/service-escalation-rules", by_hand).await.expect(201);
        let waited = json!({ "name": "Waits", "position": 2, "triggerKind": "unassigned", "waited": "PT10M", "ownerId": boss["id"] });
        ada.post("/service-escalation-rules", waited).await.expect(201);
        let made = request(&ada, &desk, json!({})).await;
        let why = json!({ "reason": "The line stands still." });
        let raised = ada.post(&at("/service-requests/{id}/escalate", &made), why.clone()).await.expect(200);
        assert_eq!((&raised["escalationLevel"], &raised["priority"], &raised["queueId"]), (&json!(1), &json!("high"), &second["id"]));
        world.advance(TimeDelta::minutes(10));
        let look = || timed::catch_up(&Escalations, &world.database);
        for done in join_all([look(), look()]).await {
            done.expect("the escalation");
        }
        let seen = ada.get(&at("/service-requests/{id}", &made)).await.expect(200);
        assert_eq!((&seen["escalationLevel"], &seen["ownerId"]), (&json!(2), &boss["id"]));
        let times = ada.get(&at("/service-requests/{id}/escalations", &made)).await.expect(200);
        assert_eq!((&times["items"][1]["ruleId"], &times["items"][1]["reason"]), (&by_hand["id"], &why["reason"]));
        assert_eq!(times["items"][0]["triggerKind"], "unassigned");
        told(&ada, "escalated", 2).await;
        ada.post(&at("/service-requests/{id}/resolve", &made), json!({})).await.expect(200);
        ada.post(&at("/service-requests/{id}/escalate", &made), why).await.expect(409);
        let wrong = json!({ "name": "?", "position": 1, "triggerKind": "unassigned", "clockKind": "resolution" });
        assert_eq!(ada.post("/service-escalation-rules", wrong).await.pointers(), ["/clockKind", "/waited"]);
    }
}
