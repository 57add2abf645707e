//! Leads: how they are rated and assigned, who answers them, what they become, and how that is taken back.

use chrono::TimeDelta;
use rapport_domain::{
    sales::leads::{LeadScores, ResponseClock},
    timed,
};
use serde_json::{Value, json};

use crate::harness::{Answer, Client, on_both_databases};

fn at(path: &str, record: &Value) -> String {
    path.replace("{id}", record["id"].as_str().expect("an id"))
}

fn usd(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "USD" })
}

fn in_country(country: &str) -> Value {
    json!({ "compare": { "field": "country", "eq": country } })
}

async fn lead(client: &Client, new: Value) -> Value {
    client.post("/leads", new).await.expect(201)
}

async fn step(client: &Client, lead: &Value, verb: &str, body: Value) -> Answer {
    client.post(&format!("{}/{verb}", at("/leads/{id}", lead)), body).await
}

async fn count(client: &Client, path: &str) -> Value {
    client.get(&format!("{path}?count=true")).await.expect(200)["total"].clone()
}

/// What a problem says of each wrong member.
fn details(answer: &Answer) -> Vec<String> {
    let errors = answer.json()["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().filter_map(|error| Some(error["detail"].as_str()?.to_owned())).collect()
}

/// Somebody from a company who wants to buy.
fn enquiry() -> Value {
    json!({
        "firstName": "Grace", "lastName": "Hopper", "companyName": "Acme", "email": "Grace@acme.example",
        "phone": "+4930901820", "country": "DE", "leadSource": "Trade fair", "need": "More throughput",
        "budget": usd("12000.00"),
    })
}

on_both_databases! {
    async fn a_lead_is_rated_assigned_converted_to_an_existing_customer_and_taken_back(world) {
        let ada = world.ada().await;
        let (rep, me) = world.join("rep", "rep").await;
        let large = json!({ "compare": { "field": "budget", "gte": 10000 } });
        ada.post("/lead-scoring-rules", json!({ "name": "Budget", "rule": large, "points": 40 })).await.expect(201);
        let german = json!({ "name": "Germany", "rule": in_country("DE"), "points": -15 });
        ada.post("/lead-scoring-rules", german).await.expect(201);
        let rule = json!({ "name": "Germany", "position": 1, "condition": in_country("DE"), "userIds": [me["id"]],
            "responseWithin": "PT4H" });
        ada.post("/lead-assignment-rules", rule).await.expect(201);
        let made = lead(&ada, enquiry()).await;
        assert_eq!((&made["name"], &made["score"], &made["ownerId"]), (&json!("Grace Hopper"), &json!(25), &me["id"]));
        assert_eq!((&made["status"], &made["responseDueAt"]), (&json!("new"), &json!("2026-11-21T16:00:00Z")));
        let told = rep.get("/notifications").await.expect(200);
        assert_eq!((&told["items"][0]["kind"], &told["items"][0]["title"]), (&json!("lead_assigned"), &json!("Grace Hopper")));

        let acme = json!({ "kind": "organization", "name": "Acme Corporation" });
        let acme = ada.post("/customers", acme).await.expect(201);
        let grace = json!({ "customerId": acme["id"], "name": "Grace", "email": "grace@acme.example" });
        let grace = ada.post("/contacts", grace).await.expect(201);
        let matches = rep.get(&at("/leads/{id}/matches", &made)).await.expect(200);
        let expected = json!([{ "customerId": acme["id"], "name": "Acme Corporation", "contactId": grace["id"], "reasons": ["email"] }]);
        assert_eq!(matches["items"], expected);
        let answered = step(&rep, &made, "respond", json!({})).await.expect(200);
        assert_eq!((&answered["status"], &answered["respondedAt"]), (&json!("working"), &json!("2026-11-21T12:00:00Z")));

        let to = json!({ "opportunity": { "expectedCloseOn": "2027-01-29" } });
        let converted = step(&rep, &made, "convert", to).await.expect(200);
        assert_eq!((&converted["status"], &converted["customerId"], &converted["contactId"]), (&json!("converted"), &acme["id"], &grace["id"]));
        assert_eq!((&converted["customerMade"], &converted["contactMade"], &converted["opportunityMade"]), (&json!(false), &json!(false), &json!(true)));
        let query = "query($id: UUID!) { lead(id: $id) { customer { name leads { name } } contact { name }
            opportunity { id name amount { amount } need leadSource owner { id } contacts { contact { name } } } } }";
        let seen = ada.graphql(query, json!({ "id": made["id"] })).await["lead"].clone();
        assert_eq!(seen["customer"], json!({ "name": "Acme Corporation", "leads": [{ "name": "Grace Hopper" }] }));
        let deal = &seen["opportunity"];
        assert_eq!((&deal["name"], &deal["amount"]["amount"], &deal["need"]), (&json!("Acme"), &json!("12000.00"), &json!("More throughput")));
        assert_eq!((&deal["owner"]["id"], &deal["contacts"][0]["contact"]["name"]), (&me["id"], &json!("Grace")));
        assert_eq!(count(&ada, "/customers").await, 1);

        let refused = step(&rep, &made, "qualify", json!({})).await.expect(409);
        assert!(refused["detail"].as_str().is_some_and(|why| why.contains("unconvert it first")), "{refused}");
        let undo = "mutation($id: UUID!) { unconvertLead(id: $id) { status customerId opportunityId convertedAt } }";
        let back = rep.graphql(undo, json!({ "id": made["id"] })).await["unconvertLead"].clone();
        assert_eq!(back, json!({ "status": "WORKING", "customerId": null, "opportunityId": null, "convertedAt": null }));
        assert_eq!((count(&ada, "/customers").await, count(&ada, "/contacts").await), (json!(1), json!(1)));
        assert_eq!(count(&ada, "/opportunities").await, 0);
        let names = ["created", "scored", "assigned", "responded", "converted", "unconverted"];
        let types = names.map(|name| format!("rapport.lead.{name}.v1")).join(",");
        let events = ada.events(&format!("types={types}"), names.len()).await;
        let kinds: Vec<&str> = events["items"].as_array().expect("events").iter().filter_map(|event| event["type"].as_str()).collect();
        assert_eq!(kinds, names.map(|name| format!("rapport.lead.{name}.v1")));
    }

    async fn a_conversion_makes_who_is_not_there_and_is_kept_once_something_is_built_on_it(world) {
        let ada = world.ada().await;
        let made = lead(&ada, enquiry()).await;
        let converted = step(&ada, &made, "convert", json!({})).await.expect(200);
        let customer = ada.get(&format!("/customers/{}", converted["customerId"].as_str().expect("one"))).await.expect(200);
        assert_eq!((&customer["kind"], &customer["name"], &customer["email"]), (&json!("organization"), &json!("Acme"), &Value::Null));
        let contact = ada.get(&format!("/contacts/{}", converted["contactId"].as_str().expect("one"))).await.expect(200);
        assert_eq!((&contact["name"], &contact["email"]), (&json!("Grace Hopper"), &json!("Grace@acme.example")));
        let task = json!({ "subject": "Call", "customerId": customer["id"] });
        ada.post("/tasks", task).await.expect(201);
        ada.patch(&at("/contacts/{id}", &contact), json!({ "role": "Buyer" })).await.expect(200);
        let refused = step(&ada, &made, "unconvert", json!({})).await;
        assert_eq!(refused.status, 409);
        assert_eq!(details(&refused), ["the contact has been changed since", "there are tasks about it"]);
        assert_eq!(ada.get(&at("/leads/{id}", &made)).await.expect(200)["status"], "converted");

        let person = lead(&ada, json!({ "lastName": "Noether", "email": "emmy@home.example" })).await;
        let person = step(&ada, &person, "convert", json!({ "opportunity": {} })).await.expect(200);
        assert_eq!((&person["contactId"], &person["customerMade"]), (&Value::Null, &json!(true)));
        let back = step(&ada, &person, "unconvert", json!({})).await.expect(200);
        assert_eq!((&back["status"], &back["customerId"]), (&json!("new"), &Value::Null));
        assert_eq!((count(&ada, "/customers").await, count(&ada, "/opportunities").await), (json!(1), json!(0)));
    }

    async fn whoever_matches_several_customers_is_asked_who_they_are(world) {
        let ada = world.ada().await;
        let by_phone = json!({ "kind": "person", "name": "By phone", "phone": "+4930901820" });
        let by_phone = ada.post("/customers", by_phone).await.expect(201);
        let by_point = ada.post("/customers", json!({ "kind": "person", "name": "By point" })).await.expect(201);
        let point = json!({ "customerId": by_point["id"], "kind": "email", "value": "grace@acme.example" });
        ada.post("/contact-points", point).await.expect(201);
        let made = lead(&ada, enquiry()).await;
        let refused = step(&ada, &made, "convert", json!({})).await;
        assert_eq!((refused.status.as_u16(), refused.pointers()), (409, vec!["/customerId".to_owned(); 2]));
        let said = details(&refused).join(" ");
        assert!(said.contains("(\"By phone\") by the telephone number") && said.contains("(\"By point\") by the e-mail address"), "{said}");
        let wrong = step(&ada, &made, "convert", json!({ "customerId": made["id"] })).await;
        assert_eq!((wrong.status.as_u16(), wrong.pointers()), (409, vec!["/customerId".to_owned()]));
        let joined = step(&ada, &made, "convert", json!({ "customerId": by_phone["id"] })).await.expect(200);
        assert_eq!((&joined["customerId"], &joined["customerMade"]), (&by_phone["id"], &json!(false)));
        let other = lead(&ada, enquiry()).await;
        let anew = step(&ada, &other, "convert", json!({ "newCustomer": true })).await.expect(200);
        assert_eq!(anew["customerMade"], true);
        let numbered = json!({ "companyName": "Globex", "registrationNumber": "HRB 1" });
        let first = lead(&ada, numbered.clone()).await;
        let first = step(&ada, &first, "convert", json!({})).await.expect(200);
        let second = lead(&ada, numbered).await;
        let second = step(&ada, &second, "convert", json!({})).await.expect(200);
        assert_eq!((&second["customerId"], &second["customerMade"]), (&first["customerId"], &json!(false)));
    }

    async fn a_score_explains_itself_and_follows_its_rules(world) {
        let ada = world.ada().await;
        let (german, french) = (lead(&ada, enquiry()).await, lead(&ada, json!({ "lastName": "Curie", "country": "FR" })).await);
        assert_eq!((&german["score"], &german["version"]), (&json!(0), &json!(1)));
        let rule = json!({ "name": "Near", "rule": in_country("DE"), "points": 30 });
        let rule = ada.post("/lead-scoring-rules", rule).await.expect(201);
        timed::catch_up(&LeadScores, &world.database).await.expect("scores");
        let score = async |lead: &Value| ada.get(&at("/leads/{id}", lead)).await.expect(200)["score"].clone();
        assert_eq!((score(&german).await, score(&french).await), (json!(30), json!(0)));
        ada.patch(&at("/lead-scoring-rules/{id}", &rule), json!({ "points": -20 })).await.expect(200);
        timed::catch_up(&LeadScores, &world.database).await.expect("scores");
        assert_eq!((score(&german).await, score(&french).await), (json!(-20), json!(0)));
        let moved = ada.patch(&at("/leads/{id}", &french), json!({ "country": "DE" })).await.expect(200);
        assert_eq!(moved["score"], -20);
        let why = ada.get(&at("/leads/{id}/score", &moved)).await.expect(200);
        assert_eq!(why, json!({ "score": -20, "rules": [{ "ruleId": rule["id"], "name": "Near", "points": -20, "holds": true }] }));
        let query = "query($id: UUID!) { leadScore(id: $id) { score rules { name holds } } }";
        let same = ada.graphql(query, json!({ "id": moved["id"] })).await["leadScore"].clone();
        assert_eq!(same, json!({ "score": -20, "rules": [{ "name": "Near", "holds": true }] }));
        ada.delete(&at("/lead-scoring-rules/{id}", &rule)).await.expect(204);
        timed::catch_up(&LeadScores, &world.database).await.expect("scores");
        assert_eq!((score(&german).await, score(&moved).await), (json!(0), json!(0)));
        let events = ada.events("types=rapport.lead.scored.v1", 5).await;
        assert_eq!(events["items"].as_array().map(Vec::len), Some(5));
        let wrong = json!({ "name": "Wrong", "rule": { "compare": { "field": "nothing", "eq": 1 } }, "points": 101 });
        ada.post("/lead-scoring-rules", wrong).await.expect(422);
    }

    async fn leads_go_round_even_when_many_come_at_once_and_nobody_gets_more_than_they_can_take(world) {
        let ada = world.ada().await;
        let mut users = Vec::new();
        for name in ["one", "two", "three"] {
            users.push(world.join(name, "rep").await.1["id"].clone());
        }
        let rule = json!({ "name": "All", "position": 1, "userIds": users, "capacity": 4 });
        let rule = ada.post("/lead-assignment-rules", rule).await.expect(201);
        let new = |n: usize| ada.post("/leads", json!({ "lastName": format!("Lead {n}") }));
        let made = futures_util::future::join_all((0..9).map(new)).await;
        let owners: Vec<Value> = made.into_iter().map(|made| made.expect(201)["ownerId"].clone()).collect();
        for user in &users {
            assert_eq!(owners.iter().filter(|owner| *owner == user).count(), 3, "{owners:?}");
        }
        ada.patch(&format!("/users/{}", users[0].as_str().expect("an id")), json!({ "status": "inactive" })).await.expect(200);
        let mut next = Vec::new();
        for n in 0..3 {
            next.push(ada.post("/leads", json!({ "lastName": format!("More {n}") })).await.expect(201)["ownerId"].clone());
        }
        assert!(next[0] != next[1] && !next.contains(&users[0]), "{next:?}");
        assert_eq!(next[2], Value::Null);
        ada.patch(&at("/lead-assignment-rules/{id}", &rule), json!({ "strategy": "least_open", "capacity": null })).await.expect(200);
        let waiting = ada.get("/leads?filter={\"compare\":{\"field\":\"ownerId\",\"exists\":false}}").await.expect(200);
        let assigned = step(&ada, &waiting["items"][0], "assign", json!({})).await.expect(200);
        assert!(users[1..].contains(&assigned["ownerId"]), "{assigned}");
        ada.patch(&at("/lead-assignment-rules/{id}", &rule), json!({ "condition": in_country("FR") })).await.expect(200);
        step(&ada, &assigned, "assign", json!({})).await.expect(409);
    }

    async fn whoever_has_a_lead_is_told_once_that_nobody_has_answered_in_time(world) {
        let ada = world.ada().await;
        let (rep, me) = world.join("rep", "rep").await;
        let due = json!({ "ownerId": me["id"], "responseDueAt": "2026-11-21T13:00:00Z" });
        let of = |name: &str| { let mut new = due.clone(); new["lastName"] = json!(name); new };
        let (late, answered) = (lead(&ada, of("Late")).await, lead(&ada, of("Answered")).await);
        step(&rep, &answered, "respond", json!({})).await.expect(200);
        world.advance(TimeDelta::minutes(59));
        timed::catch_up(&ResponseClock::DUE, &world.database).await.expect("the clock");
        let overdue = "/notifications?kind=lead_response_overdue&count=true";
        let rep = world.sign_in("acme", "rep@acme.example").await;
        assert_eq!(rep.get(overdue).await.expect(200)["total"], 0);
        world.advance(TimeDelta::minutes(1));
        for _ in 0..2 {
            timed::catch_up(&ResponseClock::DUE, &world.database).await.expect("the clock");
        }
        let rep = world.sign_in("acme", "rep@acme.example").await;
        let told = rep.get(overdue).await.expect(200);
        assert_eq!((&told["total"], &told["items"][0]["title"]), (&json!(1), &json!("Late")));
        let ada = world.ada().await;
        let events = ada.events("types=rapport.lead.response_overdue.v1", 1).await;
        assert_eq!(events["items"][0]["subject"], late["id"]);
    }

    async fn a_lead_is_to_be_answered_within_business_hours_and_its_owner_is_warned_before(world) {
        let ada = world.ada().await;
        let (_, me) = world.join("rep", "rep").await;
        // It is Saturday noon: in Berlin the desk opens on Monday at nine.
        let monday = json!([{ "weekday": "monday", "from": "09:00", "until": "12:00" }, { "weekday": "tuesday", "from": "09:00", "until": "17:00" }]);
        let desk = json!({ "name": "Desk", "timeZone": "Europe/Berlin", "hours": monday });
        let desk = ada.post("/business-calendars", desk).await.expect(201);
        let rule = json!({
            "name": "All", "position": 1, "userIds": [me["id"]], "responseTarget": "PT4H", "calendarId": desk["id"], "warnAtPercent": [50],
        });
        let rule = ada.post("/lead-assignment-rules", rule).await.expect(201);
        ada.delete(&at("/business-calendars/{id}", &desk)).await.expect(409);
        let (late, answered) = (lead(&ada, json!({ "lastName": "Late" })).await, lead(&ada, json!({ "lastName": "Answered" })).await);
        assert_eq!((&late["responseDueAt"], &late["responseRuleId"]), (&json!("2026-11-24T09:00:00Z"), &rule["id"]));
        let clock = ada.get(&at("/leads/{id}/response-clock", &late)).await.expect(200);
        assert_eq!((&clock["state"], &clock["target"], &clock["elapsed"]), (&json!("running"), &json!("PT4H"), &json!("PT0S")));
        assert_eq!(clock["warnings"], json!([{ "percent": 50, "at": "2026-11-23T10:00:00Z" }]));
        assert_eq!(clock["openings"], json!([
            { "from": "2026-11-23T08:00:00Z", "until": "2026-11-23T11:00:00Z" },
            { "from": "2026-11-24T08:00:00Z", "until": "2026-11-24T09:00:00Z" },
        ]));

        let look = || async { timed::catch_up(&ResponseClock::DUE, &world.database).await.expect("the clock") };
        let count = async |kind: &str| {
            let rep = world.sign_in("acme", "rep@acme.example").await;
            rep.get(&format!("/notifications?kind={kind}&count=true")).await.expect(200)["total"].clone()
        };
        world.advance(TimeDelta::hours(45));
        look().await;
        assert_eq!(count("lead_response_warned").await, 0);
        world.advance(TimeDelta::hours(1));
        for _ in 0..2 {
            look().await;
        }
        assert_eq!((count("lead_response_warned").await, count("lead_response_overdue").await), (json!(2), json!(0)));
        let ada = world.ada().await;
        step(&ada, &answered, "respond", json!({})).await.expect(200);
        let query = "query($id: UUID!) { leadResponseClock(id: $id) { state doneAt remaining warnings { percent at } } }";
        let met = ada.graphql(query, json!({ "id": answered["id"] })).await;
        assert_eq!(met["leadResponseClock"]["state"], "met");
        assert_eq!(met["leadResponseClock"]["remaining"], "PT2H");

        // On Monday the desk closes an hour earlier by now: the deadline is an hour later on Tuesday, and nobody is warned again.
        let earlier = json!([{ "weekday": "monday", "from": "09:00", "until": "11:00" }, { "weekday": "tuesday", "from": "09:00", "until": "17:00" }]);
        ada.patch(&at("/business-calendars/{id}", &desk), json!({ "hours": earlier })).await.expect(200);
        timed::catch_up(&ResponseClock::ANEW, &world.database).await.expect("the clock");
        let seen = ada.get(&at("/leads/{id}", &late)).await.expect(200);
        assert_eq!(seen["responseDueAt"], "2026-11-24T10:00:00Z");
        world.advance(TimeDelta::hours(24));
        for _ in 0..2 {
            look().await;
        }
        assert_eq!((count("lead_response_warned").await, count("lead_response_overdue").await), (json!(2), json!(1)));
        // What has passed stays, whatever is promised by now; and a deadline that is set by hand is one of its own.
        let ada = world.ada().await;
        ada.patch(&at("/lead-assignment-rules/{id}", &rule), json!({ "responseTarget": "PT8H" })).await.expect(200);
        timed::catch_up(&ResponseClock::ANEW, &world.database).await.expect("the clock");
        let seen = ada.get(&at("/leads/{id}", &late)).await.expect(200);
        assert_eq!(seen["responseDueAt"], "2026-11-24T10:00:00Z");
        let clock = ada.get(&at("/leads/{id}/response-clock", &late)).await.expect(200);
        assert_eq!((&clock["state"], &clock["dueAt"], &clock["target"]), (&json!("breached"), &seen["responseDueAt"], &Value::Null));
        let by_hand = ada.patch(&at("/leads/{id}", &late), json!({ "responseDueAt": "2026-11-24T10:30:00Z" })).await.expect(200);
        assert_eq!(by_hand["responseRuleId"], Value::Null);
        world.advance(TimeDelta::minutes(30));
        look().await;
        assert_eq!(count("lead_response_overdue").await, 2);
    }

    async fn a_calendar_that_is_without_hours_for_a_while_takes_no_deadline_for_good(world) {
        let ada = world.ada().await;
        let me = ada.get("/me").await.expect(200)["user"]["id"].clone();
        let hours = json!([{ "weekday": "monday", "from": "09:00", "until": "12:00" }]);
        let desk = json!({ "name": "Desk", "timeZone": "Europe/Berlin", "hours": hours });
        let desk = ada.post("/business-calendars", desk).await.expect(201);
        let rule = json!({ "name": "All", "position": 1, "userIds": [me], "responseTarget": "PT1H", "calendarId": desk["id"] });
        let rule = ada.post("/lead-assignment-rules", rule).await.expect(201);
        let before = lead(&ada, json!({ "lastName": "Before" })).await;
        let change = async |hours: Value| {
            ada.patch(&at("/business-calendars/{id}", &desk), json!({ "hours": hours })).await.expect(200);
            timed::catch_up(&ResponseClock::ANEW, &world.database).await.expect("the clock");
        };
        change(json!([])).await;
        let meanwhile = lead(&ada, json!({ "lastName": "Meanwhile" })).await;
        let disqualified = lead(&ada, json!({ "lastName": "Back again" })).await;
        step(&ada, &disqualified, "disqualify", json!({ "reason": "By mistake" })).await.expect(200);
        for lead in [&before, &meanwhile] {
            assert_eq!(ada.get(&at("/leads/{id}", lead)).await.expect(200)["responseDueAt"], Value::Null);
        }
        change(hours).await;
        step(&ada, &disqualified, "reopen", json!({})).await.expect(200);
        for lead in [&before, &meanwhile] {
            assert_eq!(ada.get(&at("/leads/{id}", lead)).await.expect(200)["responseDueAt"], "2026-11-23T09:00:00Z");
        }
        world.advance(TimeDelta::hours(45));
        timed::catch_up(&ResponseClock::DUE, &world.database).await.expect("the clock");
        let ada = world.ada().await;
        assert_eq!(ada.get("/notifications?kind=lead_response_overdue&count=true").await.expect(200)["total"], 3);
        // A rule comes back only with its calendar.
        ada.delete(&at("/lead-assignment-rules/{id}", &rule)).await.expect(204);
        ada.delete(&at("/business-calendars/{id}", &desk)).await.expect(204);
        let back = ada.post(&at("/lead-assignment-rules/{id}/restore", &rule), json!({})).await;
        assert_eq!((back.status.as_u16(), back.pointers()), (409, vec!["/calendarId".to_owned()]));
    }

    async fn a_rule_promises_one_thing_and_what_does_not_fit_is_named(world) {
        let ada = world.ada().await;
        let me = ada.get("/me").await.expect(200)["user"]["id"].clone();
        let rule = |more: Value| {
            let mut rule = json!({ "name": "All", "position": 1, "userIds": [me] });
            for (name, value) in more.as_object().expect("members") {
                rule[name] = value.clone();
            }
            ada.post("/lead-assignment-rules", rule)
        };
        let both = rule(json!({ "responseTarget": "PT4H", "responseWithin": "PT4H" })).await;
        assert_eq!((both.status.as_u16(), both.pointers()), (422, vec!["/responseTarget".to_owned()]));
        let none = rule(json!({ "responseWithin": "PT4H", "warnAtPercent": [50] })).await;
        assert_eq!(none.pointers(), ["/warnAtPercent"]);
        let all = rule(json!({ "userIds": [], "warnAtPercent": [50], "calendarId": me })).await;
        assert_eq!((all.status.as_u16(), all.pointers().len()), (422, 4), "{:?}", all.pointers());
        let percent = rule(json!({ "responseTarget": "PT4H", "warnAtPercent": [80, 50] })).await;
        assert_eq!(percent.pointers(), ["/warnAtPercent/1"]);
        let nowhere = rule(json!({ "responseTarget": "PT4H", "calendarId": me })).await;
        assert_eq!((nowhere.status.as_u16(), nowhere.pointers()), (409, vec!["/calendarId".to_owned()]));
    }

    async fn another_system_makes_and_changes_a_lead_by_its_own_id_and_what_is_wrong_is_named_at_once(world) {
        let ada = world.ada().await;
        let path = "/leads/by-external/web/4711";
        let made = ada.put(path, json!({ "companyName": "Acme" })).await.expect(201);
        let same = ada.put(path, json!({ "email": "info@acme.example" })).await.expect(200);
        assert_eq!((&same["id"], &same["name"], &same["email"]), (&made["id"], &json!("Acme"), &json!("info@acme.example")));
        let found = ada.get("/leads?q=info@acme").await.expect(200);
        assert_eq!(found["items"][0]["id"], made["id"]);
        let wrong = json!({ "budget": usd("-1.00"), "ownerId": made["id"] });
        let wrong = ada.post("/leads", wrong).await;
        let mut pointers = wrong.pointers();
        pointers.sort();
        assert_eq!((wrong.status.as_u16(), pointers), (422, ["/budget", "/name", "/ownerId"].map(str::to_owned).to_vec()));
        let id = uuid::Uuid::now_v7();
        let new = json!({ "id": id, "lastName": "Twice" });
        assert_eq!(lead(&ada, new.clone()).await, lead(&ada, new).await);
        step(&ada, &made, "disqualify", json!({})).await.expect(422);
        let gone = step(&ada, &made, "disqualify", json!({ "reason": "Spam" })).await.expect(200);
        assert_eq!((&gone["status"], &gone["unqualifiedReason"]), (&json!("unqualified"), &json!("Spam")));
        let refused = step(&ada, &made, "convert", json!({})).await.expect(409);
        assert_eq!(refused["detail"], "the lead is unqualified; reopen it first");
        let again = step(&ada, &made, "reopen", json!({})).await.expect(200);
        assert_eq!((&again["status"], &again["unqualifiedReason"]), (&json!("working"), &Value::Null));
    }

    async fn a_rep_works_on_their_own_leads_and_rules_are_for_those_who_lead(world) {
        let ada = world.ada().await;
        let (rep, me) = world.join("rep", "rep").await;
        let (other, _) = world.join("other", "rep").await;
        let (agent, _) = world.join("agent", "agent").await;
        let (marketer, _) = world.join("marketer", "marketer").await;
        let mine = lead(&rep, json!({ "lastName": "Mine" })).await;
        assert_eq!(mine["ownerId"], me["id"]);
        assert_eq!(step(&other, &mine, "qualify", json!({})).await.status, 404);
        assert_eq!(step(&agent, &mine, "qualify", json!({})).await.status, 403);
        agent.get(&at("/leads/{id}", &mine)).await.expect(200);
        agent.post("/leads", json!({ "lastName": "No" })).await.expect(403);
        let rule = json!({ "name": "Rule", "rule": in_country("DE"), "points": 1 });
        rep.post("/lead-scoring-rules", rule.clone()).await.expect(403);
        let rule = marketer.post("/lead-scoring-rules", rule).await.expect(201);
        rep.get(&at("/lead-scoring-rules/{id}", &rule)).await.expect(200);
        step(&marketer, &mine, "qualify", json!({})).await.expect(200);
        step(&marketer, &mine, "convert", json!({ "opportunity": {} })).await.expect(403);
        let converted = step(&rep, &mine, "convert", json!({ "opportunity": {} })).await.expect(200);
        assert_eq!(converted["status"], "converted");
        let rita = world.rita().await;
        assert_eq!(step(&rita, &mine, "unconvert", json!({})).await.status, 404);
        step(&ada, &mine, "unconvert", json!({})).await.expect(200);
    }
}
