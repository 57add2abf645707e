//! Lifecycle stages over both APIs, and how people move customers.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::harness::{Client, on_both_databases};

async fn stage(client: &Client, key: &str) -> Value {
    let page = client.get(&format!("/lifecycle-stages?key={key}")).await.expect(200);
    assert_eq!(page["items"].as_array().expect("items").len(), 1, "{key}: {page}");
    page["items"][0].clone()
}

async fn customer(client: &Client, name: &str) -> Value {
    client.post("/customers", json!({ "kind": "person", "name": name })).await.expect(201)
}

fn path(customer: &Value, what: &str) -> String {
    format!("/customers/{}/{what}", customer["id"].as_str().expect("an id"))
}

async fn moves(client: &Client, customer: &Value) -> Vec<Value> {
    let page = client.get(&path(customer, "lifecycle")).await.expect(200);
    page["items"].as_array().expect("items").clone()
}

/// How many customers are in a stage.
async fn count_in(client: &Client, stage: &Value) -> Value {
    let id = stage["id"].as_str().expect("an id");
    client.get(&format!("/customers?count=true&stageId={id}")).await.expect(200)["total"].clone()
}

on_both_databases! {
    async fn a_workspace_begins_with_stages_and_a_customer_in_the_first(world) {
        let ada = world.ada().await;
        let page = ada.get("/lifecycle-stages?sort=position").await.expect(200);
        let stages = page["items"].as_array().expect("items");
        let keys: Vec<&str> = stages.iter().filter_map(|stage| stage["key"].as_str()).collect();
        let all = ["attracted", "acquired", "transacting", "retained", "loyal", "lapsed", "lost", "won-back"];
        assert_eq!(keys, all);
        let initial: Vec<&Value> = stages.iter().filter(|stage| stage["isInitial"] == true).collect();
        assert_eq!(initial.len(), 1);
        let ann = customer(&ada, "Ann").await;
        assert_eq!(ann["stageId"], initial[0]["id"]);
        assert_eq!(ann["stageSince"], "2026-11-21T12:00:00Z");
        assert_eq!(moves(&ada, &ann).await, Vec::<Value>::new());
    }

    async fn whichever_way_a_customer_is_made_they_begin_in_the_initial_stage(world) {
        let ada = world.ada().await;
        let acquired = stage(&ada, "acquired").await;
        let id = acquired["id"].as_str().expect("an id");
        ada.patch(&format!("/lifecycle-stages/{id}"), json!({ "isInitial": true })).await.expect(200);
        assert_eq!(stage(&ada, "attracted").await["isInitial"], false);
        customer(&ada, "Created").await;
        let new = json!({ "kind": "person", "name": "Upserted" });
        ada.put("/customers/by-external/erp/u1", new.clone()).await.expect(201);
        ada.put("/customers/by-external/erp/u1", new.clone()).await.expect(200);
        let batch = json!({ "operations": [{ "create": new }] });
        ada.post("/customers/batch", batch).await.expect(200);
        let write = json!({ "key": uuid::Uuid::now_v7(), "type": "customer", "action": "create",
            "id": uuid::Uuid::now_v7(), "data": { "kind": "person", "name": "Offline" } });
        ada.post("/sync", json!({ "writes": [write] })).await.expect(200);
        let file = "externalId,kind,name\n1,person,One\n2,person,Two\n3,person,Three\n";
        ada.upload("/imports?kind=customers&source=erp", "text/csv", file).await.expect(201);
        world.work().await;
        let file = "customerExternalId,name,orderedOn,total,currency\nc1,Of an order,2026-11-01,5.00,USD\n";
        let orders = "/imports?kind=orders&source=erp&createCustomers=true&set=kind%3Dperson";
        ada.upload(orders, "text/csv", file).await.expect(201);
        world.work().await;
        assert_eq!(ada.get("/customers?count=true").await.expect(200)["total"], 8);
        assert_eq!(count_in(&ada, &acquired).await, 8);
        let since = "/customers?count=true&stageSince=2026-11-21T12:00:00Z";
        assert_eq!(ada.get(since).await.expect(200)["total"], 8);
    }

    async fn a_customer_begins_in_no_stage_where_none_is_initial(world) {
        let ada = world.ada().await;
        let attracted = stage(&ada, "attracted").await;
        let at = format!("/lifecycle-stages/{}", attracted["id"].as_str().expect("an id"));
        ada.patch(&at, json!({ "isInitial": false })).await.expect(200);
        let ann = customer(&ada, "Ann").await;
        assert_eq!((&ann["stageId"], &ann["stageSince"]), (&Value::Null, &Value::Null));
        // From nowhere, every move is a move forward; its history has no stage before.
        let to = json!({ "stageId": attracted["id"] });
        ada.post(&path(&ann, "move"), to).await.expect(200);
        let first = &moves(&ada, &ann).await[0];
        assert_eq!((&first["fromStageId"], &first["duration"]), (&Value::Null, &Value::Null));
    }

    async fn a_create_that_is_repeated_makes_one_customer_wherever_they_are_by_now(world) {
        let ada = world.ada().await;
        let new = json!({ "id": uuid::Uuid::now_v7(), "kind": "person", "name": "Ann" });
        let ann = ada.post("/customers", new.clone()).await.expect(201);
        world.advance(TimeDelta::hours(1));
        let ada = world.ada().await;
        ada.post(&path(&ann, "move"), json!({ "stageId": stage(&ada, "loyal").await["id"] })).await.expect(200);
        let again = ada.post("/customers", new).await.expect(201);
        assert_eq!(again["version"], 2);
    }

    async fn a_move_is_one_event_and_one_row_of_the_history(world) {
        let ada = world.ada().await;
        let [attracted, acquired, loyal] =
            [stage(&ada, "attracted").await, stage(&ada, "acquired").await, stage(&ada, "loyal").await];
        let ann = customer(&ada, "Ann").await;
        world.advance(TimeDelta::days(2) + TimeDelta::minutes(5));
        let ada = world.ada().await;
        let to = |stage: &Value| json!({ "stageId": stage["id"] });
        let moved = ada.post(&path(&ann, "move"), to(&acquired)).await.expect(200);
        assert_eq!((&moved["stageId"], &moved["version"]), (&acquired["id"], &json!(2)));
        assert_eq!(moved["stageSince"], "2026-11-23T12:05:00Z");
        // Whoever is there already is not moved.
        assert_eq!(ada.post(&path(&ann, "move"), to(&acquired)).await.expect(200)["version"], 2);
        world.advance(TimeDelta::hours(30));
        let ada = world.ada().await;
        let query = "mutation($id: UUID!, $input: MoveCustomer!) { moveCustomer(id: $id, input: $input) {
            version stage { key } lifecycle { nodes { duration toStage { key } fromStage { key } } } } }";
        let input = json!({ "stageId": loyal["id"], "reason": "Buys a lot." });
        let data = ada.graphql(query, json!({ "id": ann["id"], "input": input })).await;
        let data = &data["moveCustomer"];
        assert_eq!((&data["version"], &data["stage"]["key"]), (&json!(3), &json!("loyal")));
        assert_eq!(data["lifecycle"]["nodes"][0]["fromStage"]["key"], "acquired");
        let history = moves(&ada, &ann).await;
        assert_eq!(history.len(), 2);
        let (second, first) = (&history[0], &history[1]);
        assert_eq!((&first["fromStageId"], &first["toStageId"]), (&attracted["id"], &acquired["id"]));
        assert_eq!((&first["duration"], &second["duration"]), (&json!("P2DT5M"), &json!("P1DT6H")));
        assert_eq!((&second["cause"], &second["reason"]), (&json!("manual"), &json!("Buys a lot.")));
        assert_eq!((&second["actorKind"], &second["since"]), (&json!("user"), &moved["stageSince"]));
        let page = ada.get(&path(&ann, "lifecycle?limit=1")).await.expect(200);
        assert_eq!(page["items"], json!([second]));
        let next = format!("lifecycle?limit=1&cursor={}", page["nextCursor"].as_str().expect("a cursor"));
        let page = ada.get(&path(&ann, &next)).await.expect(200);
        assert_eq!((&page["items"], &page["nextCursor"]), (&json!([first]), &Value::Null));
        let events = ada.events("types=rapport.customer.moved.v1", 2).await;
        let event = &events["items"][1];
        assert_eq!(event["data"]["before"]["stageId"], acquired["id"]);
        assert_eq!(event["data"]["after"]["stageId"], loyal["id"]);
        assert_eq!(event["data"]["after"]["reason"], "Buys a lot.");
        assert_eq!(event["data"]["after"]["cause"], "manual");
        let timeline = ada.get(&path(&ann, "timeline")).await.expect(200);
        assert_eq!(timeline["items"][0]["type"], "rapport.customer.moved.v1");
    }

    async fn a_move_back_needs_a_reason_and_leave(world) {
        let ada = world.ada().await;
        let (rep, rep_user) = world.join("rep", "rep").await;
        let (manager, _) = world.join("manager", "manager").await;
        let [attracted, loyal, lapsed] =
            [stage(&ada, "attracted").await, stage(&ada, "loyal").await, stage(&ada, "lapsed").await];
        let new = json!({ "kind": "person", "name": "Ann", "ownerId": rep_user["id"] });
        let ann = ada.post("/customers", new).await.expect(201);
        let to = |stage: &Value| json!({ "stageId": stage["id"] });
        let because = |stage: &Value| json!({ "stageId": stage["id"], "reason": "A mistake." });
        rep.post(&path(&ann, "move"), to(&loyal)).await.expect(200);
        let refused = ada.post(&path(&ann, "move"), to(&attracted)).await;
        assert_eq!((refused.status.as_u16(), refused.pointers()), (409, vec!["/reason".to_owned()]));
        rep.post(&path(&ann, "move"), because(&attracted)).await.expect(403);
        // Nobody of the manager's team looks after Ann.
        manager.post(&path(&ann, "move"), because(&attracted)).await.expect(404);
        ada.post(&path(&ann, "move"), because(&attracted)).await.expect(200);
        // Lapsed is behind every stage of the path, wherever it is shown; to return is to go forward.
        ada.post(&path(&ann, "move"), to(&lapsed)).await.expect(409);
        ada.post(&path(&ann, "move"), because(&lapsed)).await.expect(200);
        rep.post(&path(&ann, "move"), to(&attracted)).await.expect(200);
    }

    async fn leave_to_move_back_may_be_for_fewer_customers_than_leave_to_change(world) {
        let ada = world.ada().await;
        let cell = |resource: &str, verb: &str, scope: &str| json!({ "resource": resource, "verb": verb, "scope": scope });
        let permissions = json!([
            cell("customer", "read", "all"), cell("customer", "update", "all"),
            cell("lifecycle_stage", "read", "all"), cell("backward_move", "create", "own"),
        ]);
        let role = ada.post("/roles", json!({ "name": "Own back", "permissions": permissions })).await.expect(201);
        let (bob, bob_user) = world.join_as("bob", &role["id"]).await;
        let [attracted, acquired] = [stage(&ada, "attracted").await, stage(&ada, "acquired").await];
        let theirs = customer(&ada, "Of Ada").await;
        let new = json!({ "kind": "person", "name": "Of Bob", "ownerId": bob_user["id"] });
        let own = ada.post("/customers", new).await.expect(201);
        for (who, status) in [(&theirs, 403), (&own, 200)] {
            bob.post(&path(who, "move"), json!({ "stageId": acquired["id"] })).await.expect(200);
            let back = json!({ "stageId": attracted["id"], "reason": "A mistake." });
            bob.post(&path(who, "move"), back).await.expect(status);
        }
    }

    async fn a_move_says_what_is_wrong_with_it(world) {
        let ada = world.ada().await;
        let ann = customer(&ada, "Ann").await;
        let nowhere = ada.post(&path(&ann, "move"), json!({ "stageId": ann["id"] })).await;
        assert_eq!((nowhere.status.as_u16(), nowhere.pointers()), (409, vec!["/stageId".to_owned()]));
        let theirs = stage(&world.rita().await, "loyal").await;
        ada.post(&path(&ann, "move"), json!({ "stageId": theirs["id"] })).await.expect(409);
        ada.post(&path(&ann, "move"), json!({ "stageId": stage(&ada, "lost").await["id"] })).await.expect(409);
        let to = json!({ "stageId": stage(&ada, "loyal").await["id"] });
        let stale = [("If-Match", "\"7\"")];
        ada.send(reqwest::Method::POST, &path(&ann, "move"), Some(to.clone()), &stale).await.expect(412);
        ada.patch(path(&ann, "").trim_end_matches('/'), to).await.expect(422);
        assert_eq!(moves(&ada, &ann).await, Vec::<Value>::new());
    }

    async fn many_are_moved_at_once_each_with_its_outcome(world) {
        let ada = world.ada().await;
        let [loyal, attracted] = [stage(&ada, "loyal").await, stage(&ada, "attracted").await];
        let (one, two) = (customer(&ada, "One").await, customer(&ada, "Two").await);
        let to = |who: &Value, stage: &Value| json!({ "id": who["id"], "stageId": stage["id"] });
        let moves = json!([to(&one, &loyal), to(&one, &attracted), to(&two, &loyal)]);
        let all = json!({ "atomic": true, "operations": moves });
        let refused = ada.post("/customer-moves/batch", all).await;
        assert_eq!((refused.status.as_u16(), refused.pointers()), (409, vec!["/operations/1/reason".to_owned()]));
        assert_eq!(count_in(&ada, &loyal).await, 0);
        let done = ada.post("/customer-moves/batch", json!({ "operations": moves })).await.expect(207);
        let statuses: Vec<&Value> =
            done["results"].as_array().expect("results").iter().map(|result| &result["status"]).collect();
        assert_eq!(statuses, [200, 409, 200]);
        assert_eq!(count_in(&ada, &loyal).await, 2);
        let query = "mutation($input: CustomerMoveBatch!) { batchCustomerMoves(input: $input) { status record { stage { key } } } }";
        let back = json!({ "id": one["id"], "stageId": attracted["id"], "reason": "A mistake." });
        let data = ada.graphql(query, json!({ "input": { "operations": [back] } })).await;
        assert_eq!(data["batchCustomerMoves"], json!([{ "status": 200, "record": { "stage": { "key": "attracted" } } }]));
    }

    async fn rules_speak_of_the_stage_and_of_the_time_in_it(world) {
        let ada = world.ada().await;
        let loyal = stage(&ada, "loyal").await;
        let (one, two) = (customer(&ada, "One").await, customer(&ada, "Two").await);
        world.advance(TimeDelta::days(1));
        let ada = world.ada().await;
        ada.post(&path(&one, "move"), json!({ "stageId": loyal["id"] })).await.expect(200);
        let names = async |rule: Value| {
            let found = ada.post("/customers/search", json!({ "filter": rule, "sort": "name" })).await.expect(200);
            let items = found["items"].as_array().expect("items").clone();
            items.iter().map(|item| item["name"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
        };
        let compare = |field: &str, op: &str, value: &Value| json!({ "compare": { "field": field, op: value } });
        assert_eq!(names(compare("stageId", "eq", &loyal["id"])).await, ["One"]);
        assert_eq!(names(compare("stageSince", "lt", &json!("2026-11-22T00:00:00Z"))).await, ["Two"]);
        let attracted = json!({ "relation": { "name": "stage", "filter": compare("kind", "eq", &json!("attracted")) } });
        assert_eq!(names(attracted.clone()).await, ["Two"]);
        let segment = ada.post("/segments", json!({ "name": "New", "rule": attracted })).await.expect(201);
        world.catch_up().await;
        let members = format!("/segments/{}/members", segment["id"].as_str().expect("an id"));
        assert_eq!(ada.get(&members).await.expect(200)["items"].as_array().map(Vec::len), Some(1));
        ada.post("/customer-moves/batch", json!({ "operations": [{ "id": two["id"], "stageId": loyal["id"] }] }))
            .await
            .expect(200);
        world.catch_up().await;
        assert_eq!(ada.get(&members).await.expect(200)["items"].as_array().map(Vec::len), Some(0));
    }

    async fn the_rules_of_a_stage_are_checked_and_the_segments_they_name_stay(world) {
        let ada = world.ada().await;
        let segment = ada.post("/segments", json!({ "name": "All", "rule": { "all": [] } })).await.expect(201);
        let named = json!({ "segment": { "id": segment["id"] } });
        let wrong = json!({ "compare": { "field": "shoeSize", "eq": 44 } });
        let new = |entry: &Value, exit: &Value| {
            json!({ "name": "Extra", "key": "extra", "position": 1, "entryRule": entry, "exitRule": exit })
        };
        let refused = ada.post("/lifecycle-stages", new(&wrong, &wrong)).await;
        assert_eq!(refused.status, 422);
        assert!(refused.pointers().iter().any(|at| at.starts_with("/entryRule")), "{}", refused.text);
        assert!(refused.pointers().iter().any(|at| at.starts_with("/exitRule")), "{}", refused.text);
        let nothing = json!({ "segment": { "id": uuid::Uuid::now_v7() } });
        let refused = ada.post("/lifecycle-stages", new(&named, &nothing)).await;
        assert_eq!((refused.status.as_u16(), refused.pointers()), (409, vec!["/exitRule/segment/id".to_owned()]));
        let extra = ada.post("/lifecycle-stages", new(&named, &Value::Null)).await.expect(201);
        let at = format!("/segments/{}", segment["id"].as_str().expect("an id"));
        ada.delete(&at).await.expect(409);
        let extra_at = format!("/lifecycle-stages/{}", extra["id"].as_str().expect("an id"));
        let query = "query($id: UUID!) { lifecycleStage(id: $id) { entryRule exitRule } }";
        let data = ada.graphql(query, json!({ "id": extra["id"] })).await;
        assert_eq!(data["lifecycleStage"], json!({ "entryRule": named, "exitRule": null }));
        ada.patch(&extra_at, json!({ "entryRule": null })).await.expect(200);
        ada.delete(&at).await.expect(204);
        // Whoever cannot read all orders learns nothing of them by a rule.
        let cell = |resource: &str, verb: &str, scope: &str| json!({ "resource": resource, "verb": verb, "scope": scope });
        let permissions = json!([
            cell("customer", "read", "all"), cell("order", "read", "own"), cell("lifecycle_stage", "update", "all"),
        ]);
        let role = ada.post("/roles", json!({ "name": "Stages", "permissions": permissions })).await.expect(201);
        let (bob, _) = world.join_as("bob", &role["id"]).await;
        let orders = json!({ "entryRule": { "relation": { "name": "orders" } } });
        bob.patch(&extra_at, orders).await.expect(403);
    }

    async fn a_stage_that_customers_are_in_stays_and_stays_of_its_kind(world) {
        let ada = world.ada().await;
        let ann = customer(&ada, "Ann").await;
        let at = format!("/lifecycle-stages/{}", ann["stageId"].as_str().expect("an id"));
        ada.delete(&at).await.expect(409);
        ada.patch(&at, json!({ "kind": "other" })).await.expect(409);
        ada.patch(&at, json!({ "name": "Interested", "kind": "attracted" })).await.expect(200);
        ada.post(&path(&ann, "move"), json!({ "stageId": stage(&ada, "loyal").await["id"] })).await.expect(200);
        ada.patch(&at, json!({ "kind": "other" })).await.expect(200);
        ada.delete(&at).await.expect(204);
        // The history still names it.
        assert_eq!(moves(&ada, &ann).await[0]["fromStageId"], ann["stageId"]);
        assert_eq!(customer(&ada, "Bob").await["stageId"], Value::Null);
        ada.post(&(at.clone() + "/restore"), json!({})).await.expect(200);
        assert_eq!(customer(&ada, "Cid").await["stageId"], ann["stageId"]);
    }

    async fn names_keys_and_the_kinds_of_the_lost_are_unique(world) {
        let ada = world.ada().await;
        let new = |name: &str, key: &str, kind: &str| json!({ "name": name, "key": key, "kind": kind, "position": 5 });
        for (body, why) in [
            (new("Loyal", "x1", "other"), "name"),
            (new("X", "loyal", "other"), "key"),
            (new("X", "x2", "lost"), "kind"),
            (new("X", "x3", "won_back"), "kind"),
        ] {
            let refused = ada.post("/lifecycle-stages", body).await.expect(409);
            assert_eq!(refused["code"], "duplicate");
            assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains(why)), "{refused}");
        }
        let initial = json!({ "id": uuid::Uuid::now_v7(), "name": "X", "key": "x4", "position": 5, "isInitial": true });
        ada.post("/lifecycle-stages", initial.clone()).await.expect(201);
        ada.post("/lifecycle-stages", initial).await.expect(201);
        let found = ada.get("/lifecycle-stages?isInitial=true").await.expect(200);
        assert_eq!(found["items"].as_array().map(Vec::len), Some(1));
    }
}
