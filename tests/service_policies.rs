//! Service policies: what is promised, and who may say so.

use serde_json::{Value, json};

use crate::harness::on_both_databases;

fn at(path: &str, record: &Value) -> String {
    path.replace("{id}", record["id"].as_str().expect("an id"))
}

fn target(kind: &str, priority: &str, within: &str) -> Value {
    json!({ "kind": kind, "priority": priority, "within": within })
}

fn standard() -> Value {
    json!({
        "name": "Standard",
        "position": 10,
        "condition": { "compare": { "field": "priority", "eq": "high" } },
        "targets": [target("first_response", "normal", "PT4H"), target("resolution", "normal", "PT40H30M")],
        "pauses": [{ "kind": "resolution", "categories": ["waiting_for_customer", "waiting_for_third_party"] }],
        "warnAtPercent": [50, 75],
    })
}

on_both_databases! {
    async fn a_policy_is_the_same_by_rest_and_by_graphql(world) {
        let ada = world.ada().await;
        let made = ada.post("/service-policies", standard()).await.expect(201);
        for member in ["name", "position", "condition", "targets", "pauses", "warnAtPercent"] {
            assert_eq!(made[member], standard()[member], "{member}");
        }
        assert_eq!((&made["active"], &made["calendarId"]), (&json!(true), &Value::Null));
        let query = "query($id: UUID!) { servicePolicy(id: $id) { name position condition targets pauses warnAtPercent calendarId } }";
        let twin = ada.graphql(query, json!({ "id": made["id"] })).await["servicePolicy"].clone();
        for member in ["name", "position", "condition", "targets", "pauses", "warnAtPercent", "calendarId"] {
            assert_eq!(twin[member], made[member], "{member}");
        }
        let mutation = "mutation($id: UUID!, $input: ServicePolicyPatch!) { updateServicePolicy(id: $id, input: $input) { condition targets } }";
        let input = json!({ "condition": null, "targets": [{ "kind": "NEXT_RESPONSE", "priority": "URGENT", "within": "PT30M" }] });
        let changed = ada.graphql(mutation, json!({ "id": made["id"], "input": input })).await["updateServicePolicy"].clone();
        assert_eq!(changed, json!({ "condition": null, "targets": [target("next_response", "urgent", "PT30M")] }));
        let active = ada.get("/service-policies?active=true&sort=position").await.expect(200);
        assert_eq!(active["items"][0]["id"], made["id"]);
        let events = ada.events("types=rapport.service_policy.*", 2).await;
        assert_eq!(events["items"][1]["type"], "rapport.service_policy.updated.v1");
    }

    async fn everything_that_is_wrong_with_a_policy_is_said_at_once(world) {
        let ada = world.ada().await;
        let mut wrong = standard();
        wrong["targets"] = json!([target("resolution", "low", "PT1H"), target("resolution", "low", "PT2H")]);
        wrong["pauses"] = json!([
            { "kind": "resolution", "categories": ["new", "new"] },
            { "kind": "resolution", "categories": [] },
        ]);
        wrong["warnAtPercent"] = json!([75, 50, 100]);
        let told = ada.post("/service-policies", wrong).await.expect(422);
        let errors = told["errors"].as_array().cloned().unwrap_or_default();
        let at: Vec<&str> = errors.iter().filter_map(|error| error["pointer"].as_str()).collect();
        assert_eq!(
            at,
            ["/targets/1", "/pauses/0/categories/1", "/pauses/1/kind", "/pauses/1/categories", "/warnAtPercent/1", "/warnAtPercent/2"]
        );
        for (member, value) in [
            ("targets", json!([])),
            ("targets", json!([target("resolution", "low", "P1D")])),
            ("targets", json!([target("resolution", "low", "PT0M")])),
            ("pauses", json!([{ "kind": "resolution", "categories": ["resolved"] }])),
            ("condition", json!({ "compare": {}, "all": [] })),
        ] {
            let mut wrong = standard();
            wrong[member] = value;
            ada.post("/service-policies", wrong).await.expect(422);
        }
        let mut lost = standard();
        lost["calendarId"] = json!("019aa6cd-6f51-7c12-9d67-3c5b52a4e7f0");
        let told = ada.post("/service-policies", lost).await.expect(409);
        assert_eq!(told["errors"][0]["pointer"], "/calendarId");
    }

    async fn managers_say_what_is_promised_and_others_read_it(world) {
        let ada = world.ada().await;
        let made = ada.post("/service-policies", standard()).await.expect(201);
        let calendar = ada.post("/business-calendars", json!({ "name": "Desk" })).await.expect(201);
        for (role, may) in [("manager", true), ("agent", false), ("rep", false), ("marketer", false), ("viewer", false)] {
            let (client, _) = world.join(role, role).await;
            client.get(&at("/service-policies/{id}", &made)).await.expect(200);
            client.get(&at("/business-calendars/{id}/hours", &calendar)).await.expect(200);
            let patch = json!({ "position": 11 });
            let status = if may { 200 } else { 403 };
            client.patch(&at("/service-policies/{id}", &made), patch).await.expect(status);
        }
        let rita = world.rita().await;
        rita.get(&at("/service-policies/{id}", &made)).await.expect(404);
        rita.get(&at("/business-calendars/{id}/hours", &calendar)).await.expect(404);
    }

    async fn a_policy_does_not_name_another_workspaces_calendar(world) {
        let (ada, rita) = (world.ada().await, world.rita().await);
        let calendar = ada.post("/business-calendars", json!({ "name": "Desk" })).await.expect(201);
        let mut foreign = standard();
        foreign["calendarId"] = calendar["id"].clone();
        rita.post("/service-policies", foreign).await.expect(409);
    }
}
