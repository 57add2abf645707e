//! Targets, what is attained of them, and what people hold forecasts to be, over both APIs.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Client, World, on_both_databases};

fn at(path: &str, record: &Value) -> String {
    path.replace("{id}", record["id"].as_str().expect("an id"))
}

fn usd(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "USD" })
}

async fn team(ada: &Client, name: &str, above: Option<&Value>) -> Value {
    let parent = above.map(|team| team["id"].clone());
    ada.post("/teams", json!({ "name": name, "parentId": parent })).await.expect(201)
}

/// Somebody new in a team.
async fn join(world: &World, name: &str, role: &str, team: &Value) -> (Client, Value) {
    let (_, user) = world.join(name, role).await;
    let ada = world.ada().await;
    ada.patch(&at("/users/{id}", &user), json!({ "teamId": team["id"] })).await.expect(200);
    (world.sign_in("acme", &format!("{name}@acme.example")).await, user)
}

/// An opportunity that somebody has, expected in November 2026; won, where it is to be.
async fn deal(ada: &Client, owner: &Value, amount: Value, won: bool) -> Value {
    let new = json!({
        "name": "Deal", "ownerId": owner["id"], "amount": amount, "expectedCloseOn": "2026-11-30", "openedOn": "2026-11-01",
    });
    let made = ada.post("/opportunities", new).await.expect(201);
    if won {
        ada.post(&at("/opportunities/{id}/win", &made), json!({})).await.expect(200);
    }
    made
}

fn quota(subject: Value, amount: &str) -> Value {
    let mut new = json!({ "measure": "won_amount", "period": "month", "startsOn": "2026-11-01", "amount": usd(amount) });
    let members = subject.as_object().expect("members").clone();
    new.as_object_mut().expect("members").extend(members);
    new
}

/// The row of an attainment that is of a user, of a team, or of all.
fn row<'a>(of: &'a Value, member: &str, id: &Value) -> &'a Value {
    let rows = of["rows"].as_array().expect("rows");
    let is_it = |row: &&Value| match member {
        "workspace" => row["subject"] == "workspace" && row["productId"] == Value::Null,
        member => row[member] == *id && row["productId"] == Value::Null,
    };
    rows.iter().find(is_it).unwrap_or_else(|| panic!("no row of {member} {id}: {of}"))
}

const NOVEMBER: &str = "/attainment?month=2026-11";

on_both_databases! {
    async fn a_quota_is_held_against_what_is_won_and_to_come(world) {
        let ada = world.ada().await;
        let sales = team(&ada, "Sales", None).await;
        let west = team(&ada, "West", Some(&sales)).await;
        let (_, rep) = join(&world, "rep", "rep", &west).await;
        let (_, boss) = join(&world, "boss", "manager", &sales).await;
        let made = ada.post("/targets", quota(json!({ "userId": rep["id"] }), "400")).await.expect(201);
        assert_eq!((&made["amount"], &made["count"], &made["version"]), (&usd("400.00"), &Value::Null, &json!(1)));
        ada.post("/targets", quota(json!({ "userId": rep["id"] }), "1")).await.expect(409);
        ada.post("/targets", quota(json!({ "userId": boss["id"] }), "100")).await.expect(201);
        deal(&ada, &rep, usd("100"), true).await;
        deal(&ada, &rep, usd("50"), false).await;
        deal(&ada, &boss, usd("30"), true).await;
        let found = ada.get(NOVEMBER).await.expect(200);
        assert_eq!((&found["name"], &found["from"], &found["to"]), (&json!("2026-11"), &json!("2026-11-01"), &json!("2026-11-30")));
        let theirs = row(&found, "userId", &rep["id"]);
        assert_eq!((&theirs["target"]["amount"], &theirs["actual"]["amount"]), (&usd("400.00"), &usd("100.00")));
        assert_eq!((&theirs["attainment"], &theirs["gap"]["amount"]), (&json!(0.25), &usd("300.00")));
        assert_eq!((&theirs["rolledUp"], &theirs["forecast"]["pipeline"]["amount"]), (&json!(false), &usd("50.00")));
        let team = row(&found, "teamId", &west["id"]);
        assert_eq!((&team["actual"], &team["target"], &team["rolledUp"]), (&theirs["actual"], &theirs["target"], &json!(true)));
        let above = row(&found, "teamId", &sales["id"]);
        assert_eq!((&above["actual"]["amount"], &above["target"]["amount"]), (&usd("130.00"), &usd("500.00")));
        assert_eq!(row(&found, "workspace", &Value::Null)["actual"], above["actual"]);
        // What is set for a team stands, whatever its people are to reach.
        ada.post("/targets", quota(json!({ "teamId": sales["id"] }), "520")).await.expect(201);
        ada.patch(&at("/targets/{id}", &made), json!({ "amount": usd("200") })).await.expect(200);
        let found = ada.get(&format!("{NOVEMBER}&teamId={}", sales["id"].as_str().expect("an id"))).await.expect(200);
        let above = row(&found, "teamId", &sales["id"]);
        assert_eq!((&above["target"]["amount"], &above["attainment"], &above["rolledUp"]), (&usd("520.00"), &json!(0.25), &json!(false)));
        assert_eq!(row(&found, "userId", &rep["id"])["attainment"], 0.5);
        assert!(found["rows"].as_array().expect("rows").iter().all(|row| row["subject"] != "workspace"));
        let query = "query { attainment(month: \"2026-11\", measure: WON_COUNT) { elapsed rows { name actual { count } target { count } } svg } }";
        let data = ada.graphql(query, json!({})).await;
        assert_eq!(data["attainment"]["rows"][0], json!({ "name": null, "actual": { "count": 2 }, "target": null }));
        assert!(data["attainment"]["elapsed"].as_f64().is_some_and(|part| part > 0.0 && part <= 1.0));
    }

    async fn attainment_agrees_with_the_forecast_and_the_comparison_to_the_cent(world) {
        let ada = world.ada().await;
        let sales = team(&ada, "Sales", None).await;
        let west = team(&ada, "West", Some(&sales)).await;
        let (_, one) = join(&world, "one", "rep", &west).await;
        let (_, two) = join(&world, "two", "rep", &sales).await;
        for (currency, rate) in [("EUR", "1.0843"), ("JPY", "0.00667")] {
            let rate = json!({ "currency": currency, "validFrom": "2026-01-01", "rate": rate });
            ada.post("/exchange-rates", rate).await.expect(201);
        }
        let amounts = [("EUR", "0.07"), ("EUR", "33.33"), ("JPY", "1001"), ("USD", "0.01"), ("GBP", "9.99")];
        for (n, (currency, amount)) in amounts.into_iter().enumerate() {
            for owner in [&one, &two] {
                deal(&ada, owner, json!({ "amount": amount, "currency": currency }), n % 2 == 0).await;
                deal(&ada, owner, json!({ "amount": amount, "currency": currency }), true).await;
            }
        }
        let quarter = "period=quarter";
        let found = ada.get(&format!("/attainment?{quarter}&month=2026-11")).await.expect(200);
        let forecast = async |more: String| {
            let path = format!("/forecast?{quarter}&from=2026-11&to=2026-11{more}");
            ada.get(&path).await.expect(200)
        };
        let id = |of: &Value| of["id"].as_str().expect("an id").to_owned();
        let all = forecast(String::new()).await;
        assert_eq!(row(&found, "workspace", &Value::Null)["forecast"], all["periods"][0]["figures"]);
        assert_eq!((&found["unconverted"], found["unconverted"].as_array().map(Vec::len)), (&all["unconverted"], Some(1)));
        for team in [&sales, &west] {
            let of_team = forecast(format!("&teamId={}", id(team))).await;
            let row = row(&found, "teamId", &team["id"]);
            assert_eq!(row["forecast"], of_team["periods"][0]["figures"]);
            assert_eq!(row["actual"]["amount"], of_team["periods"][0]["figures"]["closed"]["amount"]);
        }
        let compared = ada.get("/analysis/sales-comparison?by=owner&from=2026-10-01&to=2026-12-31").await.expect(200);
        for user in [&one, &two] {
            let of_user = forecast(format!("&ownerId={}", id(user))).await;
            let row = row(&found, "userId", &user["id"]);
            assert_eq!(row["forecast"], of_user["periods"][0]["figures"]);
            let groups = compared["groups"].as_array().expect("groups");
            let group = groups.iter().find(|group| group["key"] == user["id"]).expect("a group");
            assert_eq!(row["actual"]["amount"], group["figures"]["wonValue"]);
        }
    }

    async fn products_have_quotas_of_their_own(world) {
        let ada = world.ada().await;
        let west = team(&ada, "West", None).await;
        let (_, rep) = join(&world, "rep", "rep", &west).await;
        let product = async |sku: &str| {
            ada.post("/products", json!({ "sku": sku, "name": sku, "price": usd("10") })).await.expect(201)
        };
        let (lamp, chair) = (product("lamp").await, product("chair").await);
        ada.post("/targets", quota(json!({ "userId": rep["id"], "productId": lamp["id"] }), "80")).await.expect(201);
        let lines = json!([
            { "productId": lamp["id"], "quantity": "2", "unitPrice": usd("10") },
            { "productId": chair["id"], "quantity": "1", "unitPrice": usd("7") },
        ]);
        let new = json!({ "name": "Deal", "ownerId": rep["id"], "lines": lines });
        let made = ada.post("/opportunities", new).await.expect(201);
        ada.post(&at("/opportunities/{id}/win", &made), json!({})).await.expect(200);
        let found = ada.get(NOVEMBER).await.expect(200);
        let of_lamps: Vec<&Value> = found["rows"].as_array().expect("rows").iter().filter(|row| row["productId"] == lamp["id"]).collect();
        assert_eq!(of_lamps.len(), 3, "the workspace, the team, the rep: {found}");
        for row in of_lamps {
            assert_eq!((&row["actual"]["amount"], &row["attainment"], &row["productName"]), (&usd("20.00"), &json!(0.25), &json!("lamp")));
        }
        assert_eq!(row(&found, "userId", &rep["id"])["actual"]["amount"], usd("27.00"));
    }

    async fn work_has_targets_too(world) {
        let ada = world.ada().await;
        let west = team(&ada, "West", None).await;
        let (mine, rep) = join(&world, "rep", "rep", &west).await;
        let customer = mine.post("/customers", json!({ "kind": "person", "name": "Ann" })).await.expect(201);
        for (kind, when) in [("call", "2026-11-03T10:00:00Z"), ("call", "2026-11-04T10:00:00Z"), ("call", "2026-10-04T10:00:00Z"), ("visit", "2026-11-05T10:00:00Z")] {
            let new = json!({ "customerId": customer["id"], "kind": kind, "occurredAt": when });
            mine.post("/interactions", new).await.expect(201);
        }
        let task = mine.post("/tasks", json!({ "subject": "Call back" })).await.expect(201);
        mine.patch(&at("/tasks/{id}", &task), json!({ "status": "done" })).await.expect(200);
        let lead = mine.post("/leads", json!({ "lastName": "Buyer", "ownerId": rep["id"] })).await.expect(201);
        mine.post(&at("/leads/{id}/convert", &lead), json!({})).await.expect(200);
        let target = json!({ "userId": rep["id"], "measure": "calls", "period": "month", "startsOn": "2026-11-01", "count": 8 });
        ada.post("/targets", target).await.expect(201);
        for (measure, count) in [("calls", 2), ("visits", 1), ("meetings", 0), ("emails", 0), ("tasks_completed", 1), ("leads_converted", 1)] {
            let found = ada.get(&format!("{NOVEMBER}&measure={measure}")).await.expect(200);
            let all = row(&found, "workspace", &Value::Null);
            assert_eq!(all["actual"], json!({ "amount": null, "count": count }), "{measure}");
            assert_eq!(all["forecast"], Value::Null, "{measure}");
        }
        let found = mine.get(&format!("{NOVEMBER}&measure=calls")).await.expect(200);
        let [only] = &found["rows"].as_array().expect("rows")[..] else { panic!("one row: {found}") };
        assert_eq!((&only["userId"], &only["attainment"], &only["gap"]["count"]), (&rep["id"], &json!(0.25), &json!(6)));
        deal(&ada, &rep, usd("1"), false).await;
        let opened = ada.get(&format!("{NOVEMBER}&measure=opportunities_opened")).await.expect(200);
        assert!(row(&opened, "userId", &rep["id"])["actual"]["count"].as_i64() >= Some(1));
    }

    async fn fiscal_years_begin_when_the_workspace_says(world) {
        let ada = world.ada().await;
        assert_eq!(ada.get("/workspace").await.expect(200)["fiscalYearStart"], 1);
        let year = json!({ "measure": "won_count", "period": "year", "startsOn": "2026-02-01", "count": 9 });
        assert_eq!(ada.post("/targets", year.clone()).await.pointers(), ["/startsOn"]);
        ada.patch("/workspace", json!({ "fiscalYearStart": 13 })).await.expect(422);
        ada.patch("/workspace", json!({ "fiscalYearStart": 2 })).await.expect(200);
        ada.post("/targets", year).await.expect(201);
        let found = ada.get("/attainment?measure=won_count&period=year&month=2026-11").await.expect(200);
        assert_eq!((&found["name"], &found["to"]), (&json!("2027"), &json!("2027-01-31")));
        assert_eq!(found["rows"][0]["target"]["count"], 9);
        let forecast = ada.get("/forecast?period=quarter&from=2026-11&to=2026-11").await.expect(200);
        assert_eq!(forecast["periods"][0]["name"], "2027 Q4");
        let forecast = ada.get("/forecast?period=quarter&from=2026-11&to=2026-11&fiscalYearStart=1").await.expect(200);
        assert_eq!(forecast["periods"][0]["name"], "2026 Q4");
    }

    async fn every_fault_of_a_target_is_named_at_once(world) {
        let ada = world.ada().await;
        let me = ada.get("/me").await.expect(200)["user"]["id"].clone();
        let wrong = json!({
            "userId": me, "teamId": "019aa6cd-6f51-7c12-9d67-3c5b52a4e7f0", "productId": "019aa6cd-6f51-7c12-9d67-3c5b52a4e7f1",
            "measure": "calls", "period": "quarter", "startsOn": "2026-11-01", "amount": usd("1"),
        });
        let answer = ada.post("/targets", wrong).await;
        assert_eq!(answer.status, 422);
        let mut pointers = answer.pointers();
        pointers.sort();
        pointers.dedup();
        assert_eq!(pointers, ["/amount", "/count", "/productId", "/startsOn", "/teamId"]);
        let none = json!({ "category": "commit", "period": "month", "startsOn": "2026-11-02", "amount": usd("-1") });
        let mut pointers = ada.post("/forecast-adjustments", none).await.pointers();
        pointers.sort();
        assert_eq!(pointers, ["/amount/amount", "/startsOn", "/userId"]);
        ada.get("/attainment?measure=weather").await.expect(422);
        ada.get("/attainment?colour=red").await.expect(422);
    }

    async fn a_rep_sees_their_own_figures_and_a_manager_the_teams(world) {
        let ada = world.ada().await;
        let sales = team(&ada, "Sales", None).await;
        let west = team(&ada, "West", Some(&sales)).await;
        let east = team(&ada, "East", Some(&sales)).await;
        let (rep, rep_user) = join(&world, "rep", "rep", &west).await;
        let (boss, _) = join(&world, "boss", "manager", &west).await;
        let (_, other) = join(&world, "other", "rep", &east).await;
        rep.post("/targets", quota(json!({ "userId": rep_user["id"] }), "1")).await.expect(403);
        boss.post("/targets", quota(json!({ "userId": other["id"] }), "1")).await.expect(403);
        boss.post("/targets", quota(json!({ "teamId": sales["id"] }), "1")).await.expect(403);
        boss.post("/targets", quota(json!({}), "1")).await.expect(403);
        let mine = boss.post("/targets", quota(json!({ "userId": rep_user["id"] }), "100")).await.expect(201);
        boss.post("/targets", quota(json!({ "teamId": west["id"] }), "90")).await.expect(201);
        let theirs = ada.post("/targets", quota(json!({ "userId": other["id"] }), "70")).await.expect(201);
        ada.post("/targets", quota(json!({}), "500")).await.expect(201);
        let count = async |who: &Client| who.get("/targets?count=true").await.expect(200)["total"].clone();
        assert_eq!((count(&rep).await, count(&boss).await, count(&ada).await), (json!(1), json!(2), json!(4)));
        rep.get(&at("/targets/{id}", &mine)).await.expect(200);
        rep.patch(&at("/targets/{id}", &mine), json!({ "amount": usd("1") })).await.expect(403);
        boss.patch(&at("/targets/{id}", &theirs), json!({ "amount": usd("1") })).await.expect(404);
        for owner in [&rep_user, &other] {
            deal(&ada, owner, usd("10"), true).await;
        }
        let subjects = |found: &Value| -> Vec<String> {
            let rows = found["rows"].as_array().expect("rows");
            rows.iter().map(|row| row["name"].as_str().unwrap_or("everybody").to_owned()).collect()
        };
        assert_eq!(subjects(&rep.get(NOVEMBER).await.expect(200)), ["rep"]);
        assert_eq!(subjects(&boss.get(NOVEMBER).await.expect(200)), ["West", "rep"]);
        assert_eq!(subjects(&ada.get(NOVEMBER).await.expect(200)), ["everybody", "East", "Sales", "West", "other", "rep"]);
        let (viewer, _) = join(&world, "viewer", "viewer", &west).await;
        assert_eq!(subjects(&viewer.get(NOVEMBER).await.expect(200)).len(), 6);
    }

    async fn adjustments_stand_beside_the_figures_and_their_past_stays(world) {
        let ada = world.ada().await;
        let sales = team(&ada, "Sales", None).await;
        let west = team(&ada, "West", Some(&sales)).await;
        let (rep, rep_user) = join(&world, "rep", "rep", &west).await;
        let (boss, boss_user) = join(&world, "boss", "manager", &west).await;
        let (_, other) = join(&world, "other", "rep", &sales).await;
        deal(&ada, &rep_user, usd("100"), false).await;
        let adjustment = |who: &Value, amount: &str| json!({
            "userId": who["id"], "category": "commit", "period": "month", "startsOn": "2026-11-01", "amount": usd(amount), "note": "They sign.",
        });
        let own = rep.post("/forecast-adjustments", adjustment(&rep_user, "60")).await.expect(201);
        assert_eq!((&own["madeAs"], &own["madeBy"]), (&json!("owner"), &rep_user["id"]));
        rep.post("/forecast-adjustments", adjustment(&other, "60")).await.expect(403);
        boss.post("/forecast-adjustments", adjustment(&other, "60")).await.expect(403);
        let first = boss.post("/forecast-adjustments", adjustment(&rep_user, "40")).await.expect(201);
        assert_eq!((&first["madeAs"], &first["madeBy"]), (&json!("manager"), &boss_user["id"]));
        let team_path = format!("&teamId={}", west["id"].as_str().expect("an id"));
        let of_team = json!({ "teamId": west["id"], "category": "pipeline", "period": "month", "startsOn": "2026-11-01", "amount": usd("77") });
        boss.post("/forecast-adjustments", of_team).await.expect(201);
        let then = world.clock.now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        world.advance(TimeDelta::minutes(5));
        let second = boss.post("/forecast-adjustments", adjustment(&rep_user, "45")).await.expect(201);
        let forecast = async |who: &Client, more: &str| {
            who.get(&format!("/forecast?from=2026-11&to=2026-11{more}")).await.expect(200)["periods"][0].clone()
        };
        let amounts = |of: &Value| -> Vec<(String, String)> {
            let text = |value: &Value| value.as_str().expect("a text").to_owned();
            let all = of["adjustments"].as_array().expect("adjustments");
            all.iter().map(|one| (text(&one["madeAs"]), text(&one["converted"]["amount"]))).collect()
        };
        let said = |of: [(&str, &str); 2]| of.map(|(who, what)| (who.to_owned(), what.to_owned())).to_vec();
        let now = forecast(&boss, "&groupBy=owner").await;
        let group = &now["groups"][0];
        // The figure itself stays what it is.
        assert_eq!((&group["figures"]["pipeline"]["amount"], &group["figures"]["commit"]["count"]), (&usd("100.00"), &json!(0)));
        assert_eq!(amounts(group), said([("owner", "60.00"), ("manager", "45.00")]));
        assert_eq!(amounts(&now), []);
        let past = forecast(&ada, &format!("&groupBy=owner&asOf={then}")).await;
        assert_eq!(amounts(&past["groups"][0]), said([("owner", "60.00"), ("manager", "40.00")]));
        assert!(past["groups"][0]["outcome"].is_object());
        assert_eq!(amounts(&forecast(&boss, &team_path).await), [("manager".to_owned(), "77.00".to_owned())]);
        let mine = forecast(&rep, &format!("&ownerId={}", rep_user["id"].as_str().expect("an id"))).await;
        assert_eq!(amounts(&mine).len(), 2);
        // What somebody else holds is withdrawn by them.
        rep.delete(&at("/forecast-adjustments/{id}", &second)).await.expect(403);
        boss.delete(&at("/forecast-adjustments/{id}", &own)).await.expect(403);
        boss.delete(&at("/forecast-adjustments/{id}", &first)).await.expect(409);
        let again = world.clock.now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        world.advance(TimeDelta::minutes(5));
        boss.delete(&at("/forecast-adjustments/{id}", &second)).await.expect(204);
        assert_eq!(amounts(&forecast(&ada, "&groupBy=owner").await["groups"][0]), [("owner".to_owned(), "60.00".to_owned())]);
        let past = forecast(&ada, &format!("&groupBy=owner&asOf={again}")).await;
        assert_eq!(amounts(&past["groups"][0]), said([("owner", "60.00"), ("manager", "45.00")]));
        let query = "query { forecastAdjustments(first: 10) { nodes { category supersededAt user { name } maker { name } } }
            forecast(from: \"2026-11\", to: \"2026-11\", groupBy: OWNER) { periods { groups { adjustments { category note } } } } }";
        let data = rep.graphql(query, json!({})).await;
        assert_eq!(data["forecastAdjustments"]["nodes"].as_array().map(Vec::len), Some(2));
        assert_eq!(data["forecast"]["periods"][0]["groups"][0]["adjustments"], json!([{ "category": "COMMIT", "note": "They sign." }]));
        let told = ada.events("types=rapport.forecast_adjustment.*", 6).await;
        let kinds: Vec<&Value> = told["items"].as_array().expect("events").iter().map(|event| &event["type"]).collect();
        let kind = |name: &str| json!(format!("rapport.forecast_adjustment.{name}.v1"));
        assert_eq!(kinds.iter().filter(|is| ***is == kind("created")).count(), 4);
        assert_eq!(kinds.iter().filter(|is| ***is == kind("deleted")).count(), 1);
    }

    async fn attainment_is_a_chart_too(world) {
        let ada = world.ada().await;
        let chart = async || {
            let answer = ada.send(Method::GET, NOVEMBER, None, &[("accept", "image/svg+xml")]).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            assert_eq!(answer.header("content-type"), "image/svg+xml");
            answer.text
        };
        assert!(chart().await.contains("There is nothing to show yet."));
        let sales = team(&ada, "Sales", None).await;
        let (_, one) = join(&world, "one", "rep", &sales).await;
        let (_, two) = join(&world, "two", "rep", &sales).await;
        ada.post("/targets", quota(json!({ "userId": one["id"] }), "400")).await.expect(201);
        ada.post("/targets", quota(json!({ "userId": two["id"] }), "100")).await.expect(201);
        deal(&ada, &one, usd("100"), true).await;
        deal(&ada, &one, usd("800"), false).await;
        deal(&ada, &two, usd("130"), true).await;
        let drawn = chart().await;
        assert!(drawn.contains("Attainment 2026-11") && drawn.contains("130 % of USD 100"), "{drawn}");
    }
}
