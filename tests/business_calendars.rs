//! Business calendars: windows of every week, holidays, changed clocks, and what they say is due.

use serde_json::{Value, json};

use crate::harness::{Client, on_both_databases};

fn at(path: &str, record: &Value) -> String {
    path.replace("{id}", record["id"].as_str().expect("an id"))
}

fn on(weekday: &str, from: &str, until: &str) -> Value {
    json!({ "weekday": weekday, "from": from, "until": until })
}

/// Every day from midnight to six in Berlin, but not on Christmas.
async fn nights(client: &Client, name: &str) -> Value {
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let hours: Vec<Value> = days.iter().map(|day| on(day, "00:00", "06:00")).collect();
    let christmas = json!({ "name": "Christmas", "date": "2020-12-25", "yearly": true });
    let new = json!({ "name": name, "timeZone": "Europe/Berlin", "hours": hours, "exceptions": [christmas] });
    client.post("/business-calendars", new).await.expect(201)
}

on_both_databases! {
    async fn a_calendar_says_when_there_is_somebody_and_what_is_due(world) {
        let ada = world.ada().await;
        let hours = json!([on("monday", "09:00", "12:00"), on("monday", "13:00", "17:00"), on("tuesday", "09:00", "17:00")]);
        let new = json!({ "name": "Desk", "timeZone": "Europe/Berlin", "hours": hours });
        let desk = ada.post("/business-calendars", new).await.expect(201);
        assert_eq!(desk["hours"], hours);
        assert_eq!(desk["isDefault"], false);
        // A Monday.
        let asked = "/business-calendars/{id}/hours?from=2026-11-23T10:00:00Z&until=2026-11-25T00:00:00Z&within=PT2H";
        let told = ada.get(&at(asked, &desk)).await.expect(200);
        let opening = |from: &str, until: &str| json!({ "from": from, "until": until });
        assert_eq!(
            told["openings"],
            json!([
                opening("2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z"),
                opening("2026-11-23T12:00:00Z", "2026-11-23T16:00:00Z"),
                opening("2026-11-24T08:00:00Z", "2026-11-24T16:00:00Z"),
            ])
        );
        assert_eq!(told["open"], "PT13H");
        assert_eq!(told["dueAt"], "2026-11-23T13:00:00Z");
        let query = "query($id: UUID!) { businessCalendarHours(id: $id, from: \"2026-11-23T10:00:00Z\", until: \"2026-11-25T00:00:00Z\", within: \"PT2H\") { open dueAt openings { from until } } }";
        let twin = ada.graphql(query, json!({ "id": desk["id"] })).await["businessCalendarHours"].clone();
        assert_eq!(twin["open"], told["open"]);
        assert_eq!(twin["dueAt"].as_str().map(|due| &due[..19]), Some("2026-11-23T13:00:00"));
        assert_eq!(twin["openings"].as_array().map(Vec::len), Some(3));
    }

    async fn nights_have_an_hour_less_in_spring_and_one_more_in_autumn(world) {
        let ada = world.ada().await;
        let nights = nights(&ada, "Nights").await;
        for (from, until, open) in [
            ("2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z", "PT5H"),
            ("2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z", "PT7H"),
            ("2026-12-24T12:00:00Z", "2026-12-25T12:00:00Z", "PT0S"),
            ("2027-12-24T12:00:00Z", "2027-12-26T12:00:00Z", "PT6H"),
        ] {
            let asked = format!("/business-calendars/{{id}}/hours?from={from}&until={until}");
            let told = ada.get(&at(&asked, &nights)).await.expect(200);
            assert_eq!(told["open"], open, "{from}");
            assert_eq!(told["dueAt"], Value::Null);
        }
    }

    async fn a_calendar_that_says_nothing_is_open_around_the_clock(world) {
        let ada = world.ada().await;
        let always = ada.post("/business-calendars", json!({ "name": "Always" })).await.expect(201);
        assert_eq!(always["hours"].as_array().map(Vec::len), Some(7));
        let told = ada.get(&at("/business-calendars/{id}/hours", &always)).await.expect(200);
        assert_eq!((&told["open"], told["openings"].as_array().map(Vec::len)), (&json!("P7D"), Some(1)));
        let never = json!({ "name": "Never", "hours": [] });
        let never = ada.post("/business-calendars", never).await.expect(201);
        let told = ada.get(&at("/business-calendars/{id}/hours?within=PT1M", &never)).await.expect(200);
        assert_eq!((&told["open"], &told["dueAt"]), (&json!("PT0S"), &Value::Null));
    }

    async fn everything_that_is_wrong_with_a_calendar_is_said_at_once(world) {
        let ada = world.ada().await;
        let day = json!({ "name": "Half a day", "date": "2026-12-24", "windows": [{ "from": "12:00", "until": "09:00" }] });
        let wrong = json!({
            "name": "Wrong",
            "hours": [on("monday", "09:00", "12:00"), on("monday", "11:00", "13:00"), on("friday", "09:00", "09:00")],
            "exceptions": [day, { "name": "Again", "date": "2026-12-24" }],
        });
        let told = ada.post("/business-calendars", wrong.clone()).await.expect(422);
        let at_what = |told: &Value| {
            let errors = told["errors"].as_array().cloned().unwrap_or_default();
            errors.iter().map(|error| error["pointer"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        let expected = ["/hours/2/until", "/hours/1", "/exceptions/0/windows/0/until", "/exceptions/1/date"];
        assert_eq!(at_what(&told), expected);
        let fine = ada.post("/business-calendars", json!({ "name": "Fine" })).await.expect(201);
        let patch = json!({ "hours": wrong["hours"], "exceptions": wrong["exceptions"] });
        let told = ada.patch(&at("/business-calendars/{id}", &fine), patch).await.expect(422);
        assert_eq!(at_what(&told), expected);
        for (zone, from) in [("Europe/Atlantis", "09:00"), ("Europe/Berlin", "25:00")] {
            let new = json!({ "name": "Nowhere", "timeZone": zone, "hours": [on("monday", from, "24:00")] });
            ada.post("/business-calendars", new).await.expect(422);
        }
        let asked = "/business-calendars/{id}/hours?from=2026-11-23T10:00:00Z&until=2028-11-23T10:00:00Z";
        ada.get(&at(asked, &fine)).await.expect(422);
        let asked = "/business-calendars/{id}/hours?from=2026-11-23T10:00:00Z&until=2026-11-23T10:00:00Z&within=P1D";
        ada.get(&at(asked, &fine)).await.expect(422);
    }

    async fn one_calendar_is_the_usual_one(world) {
        let ada = world.ada().await;
        let new = |name: &str| json!({ "name": name, "isDefault": true });
        let first = ada.post("/business-calendars", new("First")).await.expect(201);
        let second = ada.post("/business-calendars", new("Second")).await.expect(201);
        let usual = ada.get("/business-calendars?isDefault=true").await.expect(200);
        assert_eq!(usual["items"].as_array().map(Vec::len), Some(1));
        assert_eq!(usual["items"][0]["id"], second["id"]);
        ada.patch(&at("/business-calendars/{id}", &first), json!({ "isDefault": true })).await.expect(200);
        ada.delete(&at("/business-calendars/{id}", &first)).await.expect(204);
        ada.patch(&at("/business-calendars/{id}", &second), json!({ "isDefault": true })).await.expect(200);
        ada.post(&at("/business-calendars/{id}/restore", &first), json!({})).await.expect(409);
        ada.post("/business-calendars", json!({ "name": "SECOND" })).await.expect(409);
    }

    async fn a_calendar_stays_while_active_policies_name_it(world) {
        let ada = world.ada().await;
        let nights = nights(&ada, "Nights").await;
        let target = json!({ "kind": "resolution", "priority": "normal", "within": "PT8H" });
        let policy = |name: &str| {
            json!({ "name": name, "position": 1, "calendarId": nights["id"], "targets": [target] })
        };
        let gold = ada.post("/service-policies", policy("Gold")).await.expect(201);
        let silver = ada.post("/service-policies", policy("Silver")).await.expect(201);
        let refused = ada.delete(&at("/business-calendars/{id}", &nights)).await.expect(409);
        let detail = refused["detail"].as_str().unwrap_or_default();
        assert!(detail.contains("Gold") && detail.contains("Silver"), "{detail}");
        ada.delete(&at("/service-policies/{id}", &gold)).await.expect(204);
        ada.patch(&at("/service-policies/{id}", &silver), json!({ "active": false })).await.expect(200);
        ada.delete(&at("/business-calendars/{id}", &nights)).await.expect(204);
        // Neither comes back to a calendar that is gone.
        ada.post(&at("/service-policies/{id}/restore", &gold), json!({})).await.expect(409);
        ada.patch(&at("/service-policies/{id}", &silver), json!({ "active": true })).await.expect(409);
        ada.post(&at("/business-calendars/{id}/restore", &nights), json!({})).await.expect(200);
        ada.post(&at("/service-policies/{id}/restore", &gold), json!({})).await.expect(200);
    }
}
