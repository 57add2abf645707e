//! Service requests from files, with their history: a row for each thing that has happened, or a row for each request.

use rapport_domain::{service::assignment::QueueFilling, timed};
use serde_json::{Value, json};

use crate::harness::{Client, World, on_both_databases};

async fn imported(world: &World, client: &Client, query: &str, file: &str) -> Value {
    let path = format!("/imports?kind=service_requests&source=permits&{query}");
    let new = client.upload(&path, "text/csv", file.to_owned()).await.expect(201);
    world.work().await;
    let done = client.get(&format!("/imports/{}", id(&new))).await.expect(200);
    assert_eq!(done["state"], "succeeded", "{done}");
    done
}

fn id(record: &Value) -> &str {
    record["id"].as_str().expect("an id")
}

fn counts(import: &Value) -> [i64; 5] {
    ["rows", "imported", "updated", "unchanged", "failed"]
        .map(|name| import[name].as_i64().unwrap_or_else(|| panic!("{name}: {import}")))
}

/// What was not known: the field, the value, and in how many rows.
fn unknown(import: &Value) -> Vec<(&str, &str, i64)> {
    let values = import["unknown"]["values"].as_array().expect("values");
    let mut all = Vec::new();
    for value in values {
        let [field, word] = ["field", "value"].map(|name| value[name].as_str().expect("a text"));
        all.push((field, word, value["rows"].as_i64().expect("rows")));
    }
    all
}

async fn request(client: &Client, external: &str) -> Value {
    let found = client.get(&format!("/service-requests?externalId={external}")).await.expect(200);
    found["items"][0].clone()
}

/// The steps of a request, first to last: since when it had which status.
async fn history(client: &Client, request: &Value) -> Vec<(String, String)> {
    let path = format!("/service-requests/{}/history", id(request));
    let steps = client.get(&path).await.expect(200)["items"].as_array().expect("steps").clone();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    steps.iter().rev().map(|step| (text(&step["at"]), text(&step["status"]))).collect()
}

async fn messages(client: &Client, request: &Value) -> Vec<(String, String)> {
    let path = format!("/service-requests/{}/messages?sort=sentAt", id(request));
    let found = client.get(&path).await.expect(200)["items"].as_array().expect("items").clone();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    found.iter().map(|message| (text(&message["kind"]), text(&message["body"]))).collect()
}

async fn clock(client: &Client, request: &Value, kind: &str) -> Value {
    let found = client.get(&format!("/service-requests/{}/clocks", id(request))).await.expect(200);
    let all = found["items"].as_array().expect("clocks").clone();
    all.into_iter().find(|clock| clock["kind"] == kind).unwrap_or(Value::Null)
}

/// A log as permit offices keep them: its columns, and what they mean.
const MAPPED: &str = "map=case=externalId&map=activity=event&map=when=eventAt&map=deadline=promisedAt\
    &map=begun=openedAt&map=ended=resolvedAt&map=way=channel&values=channel:Internet=web\
    &values=channel:Desk=visit&values=event:Receive=open&values=event:Send%20confirmation=reply";

const LOG: &str = "\
case,activity,when,deadline,begun,ended,way,shoe size
c-1,Receive,2025-03-03 09:10:00+01:00,2025-03-10 09:00:00+01:00,2025-03-03 09:00:00.125000+01:00,2025-03-12 10:00:00+01:00,Internet,44
c-2,Receive,2025-03-04 09:10:00+01:00,2025-03-20 09:00:00+01:00,2025-03-04 09:00:00+01:00,2025-03-12 10:00:00+01:00,Desk,44
c-1,Send confirmation,2025-03-03 11:00:00+01:00,2025-03-10 09:00:00+01:00,2025-03-03 09:00:00.125000+01:00,2025-03-12 10:00:00+01:00,Internet,44
c-1,Look at the plan,2025-03-04 11:00:00+01:00,2025-03-10 09:00:00+01:00,2025-03-03 09:00:00.125000+01:00,2025-03-12 10:00:00+01:00,Internet,44
c-3,Look at the plan,2025-03-05 11:00:00+01:00,2025-04-01 09:00:00+02:00,2025-03-05 10:00:00+01:00,,Internet,44
";

async fn policy(ada: &Client) -> Value {
    let target =
        |kind: &str, within: &str| json!({ "kind": kind, "priority": "normal", "within": within });
    let targets = [target("first_response", "PT1H"), target("resolution", "PT200H")];
    ada.post("/service-policies", json!({ "name": "Permits", "position": 1, "targets": targets }))
        .await
        .expect(201)
}

on_both_databases! {
    async fn a_log_of_events_becomes_requests_with_their_history(world) {
        let ada = world.ada().await;
        let policy = policy(&ada).await;
        let tried = imported(&world, &ada, &format!("{MAPPED}&dryRun=true"), LOG).await;
        assert_eq!((counts(&tried), unknown(&tried)), ([5, 3, 0, 0, 0], vec![("event", "Look at the plan", 2)]));
        assert_eq!(request(&ada, "c-1").await, Value::Null);
        let done = imported(&world, &ada, MAPPED, LOG).await;
        assert_eq!(counts(&done), [5, 3, 0, 0, 0]);
        assert_eq!(unknown(&done), [("event", "Look at the plan", 2)]);
        assert_eq!(done["unknown"]["values"][0]["line"], 5);
        assert_eq!(done["columns"]["ignored"], json!(["shoe size"]));
        let first = request(&ada, "c-1").await;
        let expected = [("2025-03-03T08:00:00.125Z", "new"), ("2025-03-03T08:10:00Z", "open"), ("2025-03-12T09:00:00Z", "resolved")];
        assert_eq!(history(&ada, &first).await, expected.map(|(at, status)| (at.to_owned(), status.to_owned())));
        assert_eq!((&first["channel"], &first["subject"], &first["version"]), (&json!("web"), &json!("c-1"), &json!(3)));
        assert_eq!((&first["promisedAt"], &first["resolvedAt"]), (&json!("2025-03-10T08:00:00Z"), &json!("2025-03-12T09:00:00Z")));
        assert_eq!(first["firstRespondedAt"], "2025-03-03T10:00:00Z");
        let said = [("reply", "Send confirmation"), ("note", "Look at the plan")];
        assert_eq!(messages(&ada, &first).await, said.map(|(kind, body)| (kind.to_owned(), body.to_owned())));
        // Its clocks are reckoned as if it had happened here, and nobody is told of what was long ago.
        assert_eq!(clock(&ada, &first, "first_response").await["state"], "missed");
        assert_eq!(clock(&ada, &first, "resolution").await["state"], "missed");
        assert_eq!(clock(&ada, &request(&ada, "c-2").await, "resolution").await["state"], "met");
        let open = request(&ada, "c-3").await;
        assert_eq!((&open["status"], &open["policyId"]), (&json!("new"), &policy["id"]));
        assert_eq!(clock(&ada, &open, "resolution").await["state"], "breached");
        assert_eq!(ada.get("/notifications?count=true").await.expect(200)["total"], 0);
        // Goes on here as any other.
        ada.post(&format!("/service-requests/{}/reopen", id(&first)), json!({})).await.expect(200);
        assert_eq!(request(&ada, "c-1").await["version"], 4);
    }

    async fn the_same_file_again_changes_nothing_and_a_longer_one_adds_what_is_new(world) {
        let ada = world.ada().await;
        policy(&ada).await;
        imported(&world, &ada, MAPPED, LOG).await;
        let before = (request(&ada, "c-1").await, request(&ada, "c-3").await);
        assert_eq!(counts(&imported(&world, &ada, MAPPED, LOG).await), [5, 0, 0, 3, 0]);
        assert_eq!((request(&ada, "c-1").await, request(&ada, "c-3").await), before);
        let more = format!("{LOG}c-3,Receive,2025-03-05 10:30:00+01:00,2025-04-01 09:00:00+02:00,2025-03-05 10:00:00+01:00,2025-03-06 10:00:00+01:00,Internet,44\n");
        let done = imported(&world, &ada, MAPPED, &more).await;
        assert_eq!(counts(&done), [6, 0, 1, 2, 0]);
        let third = request(&ada, "c-3").await;
        let statuses: Vec<String> = history(&ada, &third).await.into_iter().map(|(_, status)| status).collect();
        assert_eq!(statuses, ["new", "open", "resolved"]);
        assert_eq!((&third["status"], &third["resolvedAt"]), (&json!("resolved"), &json!("2025-03-06T09:00:00Z")));
        assert_eq!(messages(&ada, &third).await.len(), 1);
        assert_eq!(ada.get("/notifications?count=true").await.expect(200)["total"], 0);
        assert_eq!(counts(&imported(&world, &ada, MAPPED, &more).await), [6, 0, 0, 3, 0]);
        // Undone, what it made is gone and what it changed is as it was.
        ada.post(&format!("/imports/{}/undo", id(&done)), json!({})).await.expect(200);
        world.work().await;
        let undone = ada.get(&format!("/imports/{}", id(&done))).await.expect(200);
        assert_eq!((&undone["state"], &undone["restored"], &undone["conflicts"]), (&json!("undone"), &json!(1), &json!(0)));
        assert_eq!(request(&ada, "c-3").await["status"], "new");
    }

    async fn whose_requests_an_undone_import_takes_away_gets_those_that_wait(world) {
        let ada = world.ada().await;
        let me = ada.get("/me").await.expect(200)["user"]["id"].clone();
        ada.post("/service-agents", json!({ "userId": me, "capacity": 1 })).await.expect(201);
        let desk = ada.post("/queues", json!({ "name": "Desk", "method": "round_robin" })).await.expect(201);
        let sheet = "externalId,status,eventAt,ownerEmail\na,open,2026-11-20T08:00:00Z,ada@acme.example\n";
        let done = imported(&world, &ada, "", sheet).await;
        assert_eq!(request(&ada, "a").await["ownerId"], me);
        let waits = json!({ "subject": "It waits", "queueId": desk["id"] });
        let waits = ada.post("/service-requests", waits).await.expect(201);
        assert_eq!(waits["ownerId"], Value::Null);
        ada.post(&format!("/imports/{}/undo", id(&done)), json!({})).await.expect(200);
        world.work().await;
        timed::catch_up(&QueueFilling::ROOM, &world.database).await.expect("the filling");
        let given = ada.get(&format!("/service-requests/{}", id(&waits))).await.expect(200);
        assert_eq!(given["ownerId"], me);
    }

    async fn no_order_of_states_breaks_an_import(world) {
        let ada = world.ada().await;
        policy(&ada).await;
        let log = "\
externalId,status,eventAt,openedAt
closed first,closed,2025-05-01T10:00:00Z,
closed first,open,2025-05-02T10:00:00Z,
backwards,closed,2025-05-03T10:00:00Z,
backwards,Resolved,2025-05-02T10:00:00Z,
backwards,Waiting for customer,2025-05-01T12:00:00Z,
backwards,OPEN,2025-05-01T10:00:00Z,2025-05-01T09:00:00Z
at once,open,2025-05-01T10:00:00Z,
at once,resolved,2025-05-01T10:00:00Z,
at once,open,2025-05-01T10:00:00Z,
at once,resolved,2025-05-01T10:00:00Z,
early,open,2025-05-01T10:00:00Z,2025-05-02T10:00:00Z
timeless,,,
timeless,closed,,
nothing,,,
unknown,Assigned to Mars,2025-05-01T10:00:00Z,
unknown,,2025-05-01T11:00:00Z,
again,resolved,2025-05-01T10:00:00Z,
again,open,2025-05-01T11:00:00Z,
again,open,2025-05-01T11:30:00Z,
again,resolved,2025-05-01T12:00:00Z,
future,open,2031-05-01T12:00:00Z,
when,open,yesterday,
";
        let done = imported(&world, &ada, "", log).await;
        assert_eq!(counts(&done), [22, 8, 0, 0, 2]);
        assert_eq!(unknown(&done), [("status", "Assigned to Mars", 1)]);
        for (external, expected) in [
            ("closed%20first", &["closed", "open"][..]),
            ("backwards", &["new", "open", "waiting_for_customer", "resolved", "closed"]),
            ("at%20once", &["open", "resolved", "open", "resolved"]),
            ("early", &["open"]),
            ("timeless", &["closed"]),
            ("nothing", &["new"]),
            ("unknown", &["new"]),
            ("again", &["resolved", "open", "resolved"]),
        ] {
            let row = request(&ada, external).await;
            let steps = history(&ada, &row).await;
            let statuses: Vec<&str> = steps.iter().map(|(_, status)| status.as_str()).collect();
            assert_eq!(statuses, expected, "{external}: {row}");
            assert_eq!(row["status"], expected[expected.len() - 1]);
        }
        assert_eq!(request(&ada, "again").await["reopenCount"], 1);
        assert_eq!(request(&ada, "early").await["openedAt"], "2025-05-01T10:00:00Z");
        assert_eq!(messages(&ada, &request(&ada, "unknown").await).await, [("note".to_owned(), "Assigned to Mars".to_owned())]);
        let same = imported(&world, &ada, "", log).await;
        assert_eq!((same["imported"].clone(), same["failed"].clone()), (json!(0), json!(2)), "{same}");
    }

    async fn what_a_file_says_is_over_is_not_opened_by_what_was_written_down_too_late(world) {
        let ada = world.ada().await;
        let log = "\
case,activity,when,deadline,begun,ended,way
late,Receive,2025-03-12 10:00:02+01:00,2025-03-20 09:00:00+01:00,2025-03-03 09:00:00+01:00,2025-03-12 10:00:00+01:00,Desk
twice,Receive,2025-03-13 09:00:00+01:00,2025-03-20 09:00:00+01:00,2025-03-03 09:00:00+01:00,2025-03-12 10:00:00+01:00,Desk
twice,resolved,2025-03-14 09:00:00+01:00,2025-03-20 09:00:00+01:00,2025-03-03 09:00:00+01:00,2025-03-12 10:00:00+01:00,Desk
";
        let done = imported(&world, &ada, MAPPED, log).await;
        assert_eq!(counts(&done), [3, 2, 0, 0, 0]);
        assert_eq!(unknown(&done), [("event after the end", "Receive", 1)]);
        let late = request(&ada, "late").await;
        assert_eq!((&late["status"], &late["reopenCount"]), (&json!("resolved"), &json!(0)));
        assert_eq!(late["resolvedAt"], "2025-03-12T09:00:00Z");
        assert_eq!(messages(&ada, &late).await, [("note".to_owned(), "Receive".to_owned())]);
        let twice = request(&ada, "twice").await;
        assert_eq!((&twice["status"], &twice["reopenCount"]), (&json!("resolved"), &json!(1)));
        assert_eq!(twice["resolvedAt"], "2025-03-14T08:00:00Z");
    }

    async fn a_row_for_each_request_says_where_it_stands_and_whose_it_is(world) {
        let ada = world.ada().await;
        let me = ada.get("/me").await.expect(200)["user"].clone();
        let queue = ada.post("/queues", json!({ "name": "Second level" })).await.expect(201);
        let city = json!({ "kind": "organization", "name": "The city" });
        let city = ada.put("/customers/by-external/permits/city", city).await.expect(201);
        let sheet = format!("\
Ticket,Subject,Kind,Priority,Created,Closed,State,Agent,Team,Promised
t-1,The printer smokes,fault,urgent,2025-02-01 08:00,2025-02-01 09:30,Done,{email},Second level,2025-02-01 09:00
t-2,A question,question,,2025-02-02 08:00,,In progress,nobody@example.com,third level,
t-3,Another,question,,2025-02-02 08:00,,,,,
", email = me["email"].as_str().expect("an address"));
        let query = "map=Ticket=externalId&map=Created=openedAt&map=Closed=closedAt&map=State=status&map=Agent=ownerEmail\
            &map=Team=queue&map=Promised=promisedAt&values=status:Done=closed&values=status:In%20progress=open&set=customerExternalId=city";
        let done = imported(&world, &ada, query, &sheet).await;
        assert_eq!(counts(&done), [3, 3, 0, 0, 0]);
        assert_eq!(unknown(&done), [("ownerEmail", "nobody@example.com", 1), ("queue", "third level", 1)]);
        let first = request(&ada, "t-1").await;
        let statuses: Vec<String> = history(&ada, &first).await.into_iter().map(|(_, status)| status).collect();
        assert_eq!(statuses, ["new", "closed"]);
        assert_eq!((&first["ownerId"], &first["queueId"], &first["customerId"]), (&me["id"], &queue["id"], &city["id"]));
        assert_eq!((&first["priority"], &first["priorityByHand"], &first["kind"]), (&json!("urgent"), &json!(true), &json!("fault")));
        assert_eq!(first["closedAt"], "2025-02-01T08:30:00Z", "in the workspace's time zone");
        let second = request(&ada, "t-2").await;
        assert_eq!((&second["status"], &second["ownerId"], &second["queueId"]), (&json!("open"), &Value::Null, &Value::Null));
        assert_eq!(counts(&imported(&world, &ada, query, &sheet).await), [3, 0, 0, 3, 0]);
        // What somebody does here afterwards stays.
        ada.post(&format!("/service-requests/{}/take", id(&second)), json!({})).await.expect(200);
        assert_eq!(counts(&imported(&world, &ada, query, &sheet).await), [3, 0, 0, 3, 0]);
        assert_eq!(request(&ada, "t-2").await["ownerId"], me["id"]);
        let missing = imported(&world, &ada, "set=customerExternalId=nobody", "externalId\nt-9\n").await;
        assert_eq!(counts(&missing), [1, 0, 0, 0, 1]);
    }

    async fn imported_requests_go_by_the_policy_whose_condition_holds(world) {
        let ada = world.ada().await;
        let target = |within: &str| json!([{ "kind": "resolution", "priority": "urgent", "within": within }, { "kind": "resolution", "priority": "normal", "within": within }]);
        let urgent = json!({ "name": "Urgent", "position": 1, "targets": target("PT1H"), "condition": { "compare": { "field": "priority", "eq": "urgent" } } });
        let urgent = ada.post("/service-policies", urgent).await.expect(201);
        let others = json!({ "name": "Others", "position": 2, "targets": target("PT9000H") });
        let others = ada.post("/service-policies", others).await.expect(201);
        let sheet = "externalId,priority,openedAt\na,urgent,2025-02-01T08:00:00Z\nb,,2026-11-20T08:00:00Z\n";
        imported(&world, &ada, "", sheet).await;
        let (a, b) = (request(&ada, "a").await, request(&ada, "b").await);
        assert_eq!((&a["policyId"], &b["policyId"]), (&urgent["id"], &others["id"]));
        assert_eq!(a["dueAt"], "2025-02-01T09:00:00Z");
        assert_eq!(b["dueAt"], clock(&ada, &b, "resolution").await["dueAt"]);
    }

    async fn what_was_promised_of_imported_requests_is_reported_and_tried_with_another_policy(world) {
        let ada = world.ada().await;
        let policy = policy(&ada).await;
        imported(&world, &ada, MAPPED, LOG).await;
        let period = "from=2025-03-01&to=2025-03-31";
        let all = ada.get(&format!("/analysis/service-compliance?{period}")).await.expect(200);
        let group = &all["groups"][0];
        assert_eq!(group["promised"], json!({ "met": 1, "late": 1, "overdue": 1, "running": 0, "compliance": 1.0 / 3.0 }), "{all}");
        let of = |kind: &str| group["clocks"].as_array().expect("clocks").iter().find(|one| one["kind"] == kind).cloned().expect(kind);
        let figures = |of: &Value| ["met", "breached", "running", "cancelled"].map(|name| of[name].as_i64().expect(name));
        // One was answered, after two hours; one is resolved, in which its first response stands still; one is open.
        assert_eq!(figures(&of("resolution")), [1, 2, 0, 0]);
        assert_eq!((&of("resolution")["medianSeconds"], &of("resolution")["p95Seconds"]), (&json!(694_800), &json!(781_199)));
        assert_eq!(figures(&of("first_response"))[1], 3);
        let by = ada.get(&format!("/analysis/service-compliance?{period}&by=policy")).await.expect(200);
        assert_eq!((&by["groups"][0]["key"], &by["groups"][0]["name"]), (&policy["id"], &json!("Permits")));
        for (by, key) in [("priority", json!("normal")), ("month", json!("2025-03")), ("owner", Value::Null), ("queue", Value::Null)] {
            let found = ada.get(&format!("/analysis/service-compliance?{period}&by={by}")).await.expect(200);
            assert_eq!((&found["groups"][0]["key"], &found["groups"][0]["clocks"]), (&key, &group["clocks"]), "{by}");
        }
        let filter = "filter={\"compare\":{\"field\":\"channel\",\"eq\":\"visit\"}}";
        let few = ada.get(&format!("/analysis/service-compliance?{period}&{filter}")).await.expect(200);
        assert_eq!(few["groups"][0]["promised"]["met"], 1);
        assert_eq!(few["groups"][0]["promised"]["late"], 0);
        let none = ada.get("/analysis/service-compliance?from=2024-01-01&to=2024-02-01").await.expect(200);
        assert_eq!(none["groups"], json!([]));
        let query = "query { serviceCompliance(from: \"2025-03-01\", to: \"2025-03-31\", by: MONTH) { groups { key clocks { kind met } promised { overdue } } svg } }";
        let seen = ada.graphql(query, json!({})).await["serviceCompliance"].clone();
        assert_eq!((&seen["groups"][0]["key"], &seen["groups"][0]["promised"]["overdue"]), (&json!("2025-03"), &json!(1)));
        assert!(seen["svg"].as_str().is_some_and(|svg| svg.contains("<svg")));

        // With three hours to answer and a month to end, what was late is not, and nothing has changed.
        let target = |kind: &str, within: &str| json!({ "kind": kind, "priority": "normal", "within": within });
        let asked = json!({ "targets": [target("first_response", "PT3H"), target("resolution", "PT720H")], "from": "2025-03-01", "to": "2025-03-31" });
        let tried = ada.post("/service-policies/simulate", asked.clone()).await.expect(200);
        assert_eq!((&tried["requests"], &tried["more"]), (&json!(3), &json!(false)));
        let resolution = &tried["clocks"][1];
        assert_eq!(figures(&resolution["simulated"]), [2, 1, 0, 0], "{tried}");
        assert_eq!(figures(&resolution["decided"]), [1, 2, 0, 0]);
        assert_eq!((&resolution["newlyBreached"], &resolution["noLongerBreached"]), (&json!(0), &json!(1)));
        let mut weekends = asked.clone();
        weekends["calendar"] = json!({ "hours": [{ "weekday": "sunday", "from": "09:00", "until": "10:00" }] });
        weekends["filter"] = json!({ "compare": { "field": "channel", "eq": "web" } });
        weekends["limit"] = json!(1);
        let tried = ada.post("/service-policies/simulate", weekends).await.expect(200);
        assert_eq!((&tried["requests"], &tried["more"]), (&json!(1), &json!(true)));
        let wrong = json!({ "targets": [], "limit": 0, "calendar": { "hours": [{ "weekday": "sunday", "from": "10:00", "until": "09:00" }] } });
        ada.post("/service-policies/simulate", wrong).await.expect(422);
        let query = "query($input: SimulateServicePolicy!) { simulateServicePolicy(input: $input) { requests clocks { kind simulated { met } } } }";
        let mut input = asked;
        for target in input["targets"].as_array_mut().expect("targets") {
            for name in ["kind", "priority"] {
                target[name] = json!(target[name].as_str().expect("a word").to_uppercase());
            }
        }
        let seen = ada.graphql(query, json!({ "input": input })).await["simulateServicePolicy"].clone();
        assert_eq!(seen["requests"], 3);
        assert_eq!(clock(&ada, &request(&ada, "c-1").await, "resolution").await["state"], "missed");
    }

    async fn requests_are_written_in_batches_and_by_devices_that_were_offline(world) {
        let ada = world.ada().await;
        let (made, offline) = (uuid::Uuid::now_v7(), uuid::Uuid::now_v7());
        let operations = json!({ "operations": [
            { "create": { "id": made, "subject": "It rattles", "kind": "fault" } },
            { "update": { "id": made, "patch": { "urgency": "high" } } },
            { "create": { "kind": "fault" } },
            { "delete": { "id": uuid::Uuid::now_v7() } },
        ] });
        let done = ada.post("/service-requests/batch", operations).await.expect(207);
        let statuses: Vec<i64> = done["results"].as_array().expect("results").iter().filter_map(|one| one["status"].as_i64()).collect();
        assert_eq!(statuses, [201, 200, 422, 404], "{done}");
        assert_eq!(done["results"][1]["record"]["priority"], "high");
        let both = json!({ "atomic": true, "operations": [
            { "customer": { "create": { "kind": "organization", "name": "Acme" } } },
            { "serviceRequest": { "create": { "subject": "A question" } } },
        ] });
        let done = ada.post("/batch", both).await.expect(200);
        assert_eq!(done["results"][1]["record"]["subject"], "A question");
        let mutation = "mutation($input: ServiceRequestBatch!) { batchServiceRequests(input: $input) { status record { subject } } }";
        let input = json!({ "operations": [{ "create": { "subject": "Another" } }] });
        let done = ada.graphql(mutation, json!({ "input": input })).await["batchServiceRequests"].clone();
        assert_eq!(done, json!([{ "status": 201, "record": { "subject": "Another" } }]));
        let write = |key: &str, action: &str, base: Value, data: Value| json!({ "key": key, "type": "service_request", "action": action, "id": offline, "baseVersion": base, "data": data });
        let writes = json!({ "writes": [
            write("r-1", "create", Value::Null, json!({ "subject": "In the field" })),
            write("r-2", "update", json!(1), json!({ "description": "The belt is torn." })),
        ] });
        let first = ada.post("/sync", writes.clone()).await.expect(200);
        let states: Vec<&str> = first["results"].as_array().expect("results").iter().filter_map(|one| one["status"].as_str()).collect();
        assert_eq!(states, ["applied", "applied"], "{first}");
        assert_eq!(ada.post("/sync", writes).await.expect(200)["results"], first["results"]);
        let kept = ada.get("/sync?types=service_request,queue,service_status").await.expect(200);
        let has = |subject: &str| kept["items"].as_array().expect("items").iter().any(|one| one["record"]["subject"] == subject);
        assert!(has("In the field") && has("It rattles"), "{kept}");
        let node = ada.graphql("query($id: UUID!) { node(id: $id) { ... on ServiceRequest { subject } } }", json!({ "id": offline })).await;
        assert_eq!(node["node"]["subject"], "In the field");
    }
}
