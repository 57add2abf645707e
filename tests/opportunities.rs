//! Opportunities: how they are made, move through a pipeline, are won and lost, and what is kept of it.

use chrono::TimeDelta;
use rapport_domain::{sales::opportunities::Stalls, timed};
use serde_json::{Value, json};

use crate::harness::{Answer, Client, World, on_both_databases};

fn at(path: &str, record: &Value) -> String {
    path.replace("{id}", record["id"].as_str().expect("an id"))
}

fn usd(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "USD" })
}

async fn customer(client: &Client, name: &str) -> Value {
    client.post("/customers", json!({ "kind": "organization", "name": name })).await.expect(201)
}

async fn opportunity(client: &Client, name: &str) -> Value {
    client.post("/opportunities", json!({ "name": name })).await.expect(201)
}

/// The stages of the default pipeline, in their order.
async fn stages(client: &Client) -> Vec<Value> {
    let list = client.get("/pipeline-stages?sort=position").await.expect(200);
    list["items"].as_array().expect("stages").clone()
}

async fn move_to(client: &Client, opportunity: &Value, stage: &Value) -> Answer {
    client
        .post(&at("/opportunities/{id}/move", opportunity), json!({ "stageId": stage["id"] }))
        .await
}

/// What a problem says of each wrong member.
fn details(answer: &Answer) -> Vec<String> {
    let errors = answer.json()["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().filter_map(|error| Some(error["detail"].as_str()?.to_owned())).collect()
}

/// Somebody at the customer, and a product.
async fn deal(ada: &Client) -> (Value, Value, Value) {
    let org = customer(ada, "Acme").await;
    let bob = json!({ "customerId": org["id"], "name": "Bob" });
    let bob = ada.post("/contacts", bob).await.expect(201);
    let product = json!({ "sku": "GTX", "name": "GTX Pro", "price": usd("19.99") });
    let product = ada.post("/products", product).await.expect(201);
    (org, bob, product)
}

on_both_databases! {
    async fn an_opportunity_has_an_amount_by_its_lines_and_people_on_both_sides(world) {
        let ada = world.ada().await;
        let (org, bob, product) = deal(&ada).await;
        let (_, rep) = world.join("rep", "rep").await;
        let me = ada.get("/me").await.expect(200)["user"].clone();
        let new = json!({
            "name": "New machines", "customerId": org["id"], "expectedCloseOn": "2027-02-01", "need": "Faster.",
            "budget": usd("100.00"), "nextStep": "Call", "nextStepOn": "2026-11-25", "leadSource": "fair",
            "lines": [
                { "productId": product["id"], "quantity": "3", "discount": "10", "taxRate": "19" },
                { "description": "Set-up", "unitPrice": usd("0.02") },
            ],
            "contacts": [{ "contactId": bob["id"], "role": "decision_maker", "isPrimary": true }],
            "team": [
                { "userId": me["id"], "split": "33.333" },
                { "userId": rep["id"], "role": "Engineer", "split": "66.667" },
            ],
            "competitors": [{ "name": "Globex", "note": "Half the price." }],
        });
        let made = ada.post("/opportunities", new.clone()).await.expect(201);
        assert_eq!(made["amount"], usd("53.99"));
        assert_eq!((&made["amountSource"], &made["status"], &made["probability"]), (&json!("lines"), &json!("open"), &json!(10)));
        assert_eq!((&made["openedOn"], &made["ownerId"]), (&json!("2026-11-21"), &me["id"]));
        let read = ada.get(&at("/opportunities/{id}", &made)).await.expect(200);
        assert_eq!((&read["lines"][0]["net"], &read["lines"][0]["tax"]), (&usd("53.97"), &usd("10.25")));
        assert_eq!((&read["lines"][1]["description"], &read["lines"][1]["net"]), (&json!("Set-up"), &usd("0.02")));
        assert_eq!(read["contacts"][0], json!({ "contactId": bob["id"], "role": "decision_maker", "isPrimary": true, "note": null }));
        // 66.667 and 33.333 % of 53.99, which add up to it.
        assert_eq!((&read["team"][0]["amount"], &read["team"][1]["amount"]), (&usd("35.99"), &usd("18.00")));
        assert_eq!(read["competitors"], json!([{ "name": "Globex", "note": "Half the price." }]));
        let query = "query($id: UUID!) { opportunity(id: $id) { name amount { amount } customer { name } stage { key pipeline { key } }
            lines { net { amount } product { name } } contacts { role contact { name } } team { split user { name } amount { amount } }
            competitors { name } periods { nodes { version since until } } } }";
        let seen = ada.graphql(query, json!({ "id": made["id"] })).await["opportunity"].clone();
        assert_eq!((&seen["customer"]["name"], &seen["stage"]["key"]), (&json!("Acme"), &json!("qualification")));
        assert_eq!((&seen["lines"][0]["product"]["name"], &seen["contacts"][0]["role"]), (&json!("GTX Pro"), &json!("DECISION_MAKER")));
        assert_eq!(seen["team"][1]["amount"]["amount"], "18.00");
        assert_eq!(seen["periods"]["nodes"].as_array().map(Vec::len), Some(1));
        // The amount follows the lines until somebody says another, and again once nobody does.
        let path = at("/opportunities/{id}", &made);
        let fewer = json!({ "lines": [{ "productId": product["id"] }] });
        assert_eq!(ada.patch(&path, fewer).await.expect(200)["amount"], usd("19.99"));
        let said = ada.patch(&path, json!({ "amount": usd("15.00") })).await.expect(200);
        assert_eq!((&said["amount"], &said["amountSource"]), (&usd("15.00"), &json!("manual")));
        let two = json!({ "lines": [{ "productId": product["id"], "quantity": "2" }] });
        assert_eq!(ada.patch(&path, two).await.expect(200)["amount"], usd("15.00"));
        assert_eq!(ada.patch(&path, json!({ "amount": null })).await.expect(200)["amount"], usd("39.98"));
        let events = ada.get(&format!("/customers/{}/timeline", org["id"].as_str().expect("an id"))).await.expect(200);
        let kinds: Vec<&str> = events["items"].as_array().expect("items").iter().filter_map(|item| item["type"].as_str()).collect();
        assert!(kinds.contains(&"rapport.opportunity.created.v1") && kinds.contains(&"rapport.opportunity.updated.v1"), "{kinds:?}");
    }

    async fn everything_that_is_wrong_with_an_opportunity_is_named_at_once(world) {
        let ada = world.ada().await;
        let (org, _, product) = deal(&ada).await;
        let other = customer(&ada, "Other").await;
        let stranger = ada.post("/contacts", json!({ "customerId": other["id"], "name": "Eve" })).await.expect(201);
        let me = ada.get("/me").await.expect(200)["user"].clone();
        let nowhere = "01890a5d-ac96-774b-bcce-b302099a8057";
        let wrong = json!({
            "name": "X", "customerId": org["id"], "stageId": nowhere, "budget": { "amount": "5.00", "currency": "EUR" },
            "lines": [{ "productId": nowhere }, { "unitPrice": { "amount": "1.00", "currency": "EUR" }, "description": "Y" }],
            "contacts": [{ "contactId": stranger["id"], "role": "user" }],
            "team": [{ "userId": me["id"], "split": "50" }],
            "competitors": [{ "name": "Globex" }, { "name": "GLOBEX" }],
        });
        let refused = ada.post("/opportunities", wrong).await;
        assert_eq!(refused.status, 409, "{}", refused.text);
        let mut pointers = refused.pointers();
        pointers.sort();
        assert_eq!(pointers, [
            "/budget", "/competitors/1/name", "/contacts/0/contactId", "/lines/0/productId", "/lines/1/unitPrice", "/stageId", "/team",
        ]);
        assert_eq!(ada.get("/opportunities?count=true").await.expect(200)["total"], 0);
        let closed = json!({ "name": "X", "forecastCategory": "closed", "amount": usd("-1.00") });
        let refused = ada.post("/opportunities", closed).await;
        assert_eq!((refused.status.as_u16(), refused.pointers()), (422, vec!["/amount".to_owned(), "/forecastCategory".to_owned()]));
        // A product is sold, so it can be repeated; a repeated create that says something else is refused.
        let id = uuid::Uuid::now_v7();
        let new = json!({ "id": id, "name": "X", "customerId": org["id"], "lines": [{ "productId": product["id"] }] });
        let first = ada.post("/opportunities", new.clone()).await.expect(201);
        world.advance(TimeDelta::days(1));
        let ada = world.ada().await;
        assert_eq!(ada.post("/opportunities", new.clone()).await.expect(201), first);
        let mut another = new;
        another["lines"] = json!([{ "productId": product["id"], "quantity": "2" }]);
        ada.post("/opportunities", another).await.expect(409);
        // A customer's people do not come along to another.
        let bob = ada.post("/contacts", json!({ "customerId": org["id"], "name": "Bob" })).await.expect(201);
        let path = at("/opportunities/{id}", &first);
        ada.patch(&path, json!({ "contacts": [{ "contactId": bob["id"], "role": "user" }] })).await.expect(200);
        let moved = ada.patch(&path, json!({ "customerId": other["id"] })).await;
        assert_eq!((moved.status.as_u16(), moved.pointers()), (409, vec!["/customerId".to_owned()]));
        ada.patch(&path, json!({ "customerId": other["id"], "contacts": [] })).await.expect(200);
    }

    async fn a_move_is_refused_with_every_criterion_that_is_not_met(world) {
        let ada = world.ada().await;
        let (org, bob, product) = deal(&ada).await;
        let stages = stages(&ada).await;
        let (first, second) = (at("/pipeline-stages/{id}", &stages[0]), at("/pipeline-stages/{id}", &stages[1]));
        let done = json!({ "relation": { "name": "tasks", "filter": { "compare": { "field": "status", "eq": "done" } } } });
        let decider = json!({ "relation": { "name": "contacts", "filter": { "compare": { "field": "role", "eq": "decision_maker" } } } });
        let criteria = json!({ "exitCriteria": [
            { "name": "Need is known", "rule": { "compare": { "field": "need", "exists": true } } },
            { "name": "First call is done", "rule": done },
        ], "guidance": "Find out who decides." });
        ada.patch(&first, criteria).await.expect(200);
        let criteria = json!({ "entryCriteria": [
            { "name": "Products are chosen", "rule": { "relation": { "name": "lines", "sum": { "field": "net", "gte": 10 } } } },
            { "name": "The decision maker is known", "rule": decider },
        ] });
        ada.patch(&second, criteria).await.expect(200);
        let made = ada.post("/opportunities", json!({ "name": "Deal", "customerId": org["id"] })).await.expect(201);
        let refused = move_to(&ada, &made, &stages[1]).await;
        assert_eq!(refused.status, 409);
        let unmet = [
            "\"Need is known\" is not met, which is needed to leave the stage \"Qualification\"",
            "\"First call is done\" is not met, which is needed to leave the stage \"Qualification\"",
            "\"Products are chosen\" is not met, which is needed to enter the stage \"Needs analysis\"",
            "\"The decision maker is known\" is not met, which is needed to enter the stage \"Needs analysis\"",
        ];
        assert_eq!(details(&refused), unmet);
        let ways = ada.get(&at("/opportunities/{id}/ways", &made)).await.expect(200);
        assert_eq!(ways["items"][0], json!({ "stageId": stages[1]["id"], "allowed": false, "needsReason": false, "obstacles": unmet }));
        assert_eq!(ways["items"][3]["stageId"], Value::Null);
        assert_eq!(ways["items"][3]["obstacles"], json!(&unmet[..2]));
        let query = "query($id: UUID!) { opportunityWays(id: $id) { stageId allowed obstacles } }";
        let same = ada.graphql(query, json!({ "id": made["id"] })).await;
        assert_eq!(same["opportunityWays"][0]["obstacles"], json!(unmet));
        assert_eq!(ada.post(&at("/opportunities/{id}/win", &made), json!({})).await.status, 409);
        // Whoever makes one right in the second stage has to meet what that asks for too.
        let straight = json!({ "name": "Straight", "stageId": stages[1]["id"] });
        assert_eq!(details(&ada.post("/opportunities", straight).await).len(), 2);
        let task = json!({ "subject": "Call", "customerId": org["id"], "opportunityId": made["id"], "status": "done" });
        ada.post("/tasks", task).await.expect(201);
        let filled = json!({
            "need": "Speed", "lines": [{ "productId": product["id"] }],
            "contacts": [{ "contactId": bob["id"], "role": "decision_maker" }],
        });
        ada.patch(&at("/opportunities/{id}", &made), filled).await.expect(200);
        let moved = move_to(&ada, &made, &stages[1]).await.expect(200);
        assert_eq!((&moved["stageId"], &moved["probability"]), (&stages[1]["id"], &json!(30)));
        // Going back asks for nothing.
        move_to(&ada, &made, &stages[0]).await.expect(200);
        let nonsense = json!({ "entryCriteria": [{ "name": "X", "rule": { "compare": { "field": "nothing", "eq": 1 } } }] });
        let refused = ada.patch(&second, nonsense).await;
        assert_eq!((refused.status.as_u16(), refused.pointers()), (422, vec!["/entryCriteria/0/rule/compare/field".to_owned()]));
    }

    async fn a_pipeline_says_whether_stages_are_skipped_and_whether_opportunities_go_back(world) {
        let ada = world.ada().await;
        let stages = stages(&ada).await;
        let pipeline = ada.get("/pipelines").await.expect(200)["items"][0].clone();
        let made = opportunity(&ada, "Deal").await;
        let strict = json!({ "skipping": "with_reason", "goingBack": "refused" });
        ada.patch(&at("/pipelines/{id}", &pipeline), strict).await.expect(200);
        let refused = move_to(&ada, &made, &stages[2]).await;
        assert_eq!((refused.status.as_u16(), refused.pointers()), (409, vec!["/reason".to_owned()]));
        ada.patch(&at("/pipeline-stages/{id}", &stages[1]), json!({ "required": true })).await.expect(200);
        let jump = json!({ "stageId": stages[3]["id"], "reason": "In a hurry." });
        let refused = ada.post(&at("/opportunities/{id}/move", &made), jump.clone()).await;
        assert_eq!(details(&refused), ["skips the stage \"Needs analysis\", which must not be skipped"]);
        move_to(&ada, &made, &stages[1]).await.expect(200);
        ada.post(&at("/opportunities/{id}/move", &made), jump).await.expect(200);
        let back = json!({ "stageId": stages[0]["id"], "reason": "Oh." });
        let refused = ada.post(&at("/opportunities/{id}/move", &made), back).await;
        assert_eq!(details(&refused), ["is an earlier stage, and this pipeline does not go back"]);
        let periods = ada.get(&at("/opportunities/{id}/periods", &made)).await.expect(200);
        assert_eq!(periods["items"][0]["reason"], "In a hurry.");
        // In another pipeline it begins where it is put.
        let other = json!({ "name": "Renewals", "key": "renewals", "position": 20 });
        let other = ada.post("/pipelines", other).await.expect(201);
        let stage = json!({ "pipelineId": other["id"], "name": "Due", "key": "due", "position": 1, "probability": 70, "forecastCategory": "commit" });
        let stage = ada.post("/pipeline-stages", stage).await.expect(201);
        let moved = move_to(&ada, &made, &stage).await.expect(200);
        assert_eq!((&moved["pipelineId"], &moved["probability"], &moved["forecastCategory"]), (&other["id"], &json!(70), &json!("commit")));
        ada.patch(&at("/pipelines/{id}", &other), json!({ "active": false })).await.expect(200);
        let refused = ada.post("/opportunities", json!({ "name": "Late", "pipelineId": other["id"] })).await;
        assert_eq!((refused.status.as_u16(), refused.pointers()), (409, vec!["/pipelineId".to_owned()]));
    }

    async fn an_opportunity_is_won_or_lost_for_a_reason_and_opened_again(world) {
        let ada = world.ada().await;
        let (won, lost) = (opportunity(&ada, "Won").await, opportunity(&ada, "Lost").await);
        world.advance(TimeDelta::days(40));
        let ada = world.ada().await;
        let win = at("/opportunities/{id}/win", &won);
        let early = ada.post(&win, json!({ "closedOn": "2026-11-20" })).await;
        assert_eq!((early.status.as_u16(), early.pointers()), (409, vec!["/closedOn".to_owned()]));
        let late = ada.post(&win, json!({ "closedOn": "2027-01-01" })).await;
        assert_eq!((late.status.as_u16(), late.pointers()), (409, vec!["/closedOn".to_owned()]));
        let is = ada.post(&win, json!({ "reason": "PRICE", "closedOn": "2026-12-30" })).await.expect(200);
        assert_eq!((&is["status"], &is["forecastCategory"], &is["probability"]), (&json!("won"), &json!("closed"), &json!(100)));
        assert_eq!((&is["closedOn"], &is["cycleDays"]), (&json!("2026-12-30"), &json!(39)));
        let lose = at("/opportunities/{id}/lose", &lost);
        assert_eq!(ada.post(&lose, json!({})).await.pointers(), ["/reasonId"]);
        assert_eq!(ada.post(&lose, json!({ "reason": "Relationship" })).await.pointers(), ["/reason"]);
        let input = json!({ "id": lost["id"], "input": { "reason": "Competitor", "lostTo": "Globex", "note": "Cheaper." } });
        let query = "mutation($id: UUID!, $input: LoseOpportunity!) { loseOpportunity(id: $id, input: $input) { status closedOn lostTo closeReason { name } } }";
        let is = ada.graphql(query, input).await["loseOpportunity"].clone();
        assert_eq!(is, json!({ "status": "LOST", "closedOn": "2026-12-31", "lostTo": "Globex", "closeReason": { "name": "Competitor" } }));
        for (path, body) in [("move", json!({ "stageId": won["stageId"] })), ("win", json!({})), ("lose", json!({ "reason": "Price" }))] {
            let path = format!("{}/{path}", at("/opportunities/{id}", &won));
            let refused = ada.post(&path, body).await.expect(409);
            assert_eq!(refused["detail"], "the opportunity is won; reopen it first");
        }
        let category = ada.patch(&at("/opportunities/{id}", &won), json!({ "forecastCategory": "commit" })).await;
        assert_eq!((category.status.as_u16(), category.pointers()), (409, vec!["/forecastCategory".to_owned()]));
        let reopen = at("/opportunities/{id}/reopen", &won);
        assert_eq!(ada.post(&reopen, json!({})).await.status, 422);
        let is = ada.post(&reopen, json!({ "reason": "They have not signed." })).await.expect(200);
        assert_eq!((&is["status"], &is["closedOn"], &is["cycleDays"], &is["closeReasonId"]), (&json!("open"), &Value::Null, &Value::Null, &Value::Null));
        assert_eq!((&is["probability"], &is["forecastCategory"]), (&json!(10), &json!("pipeline")));
        let copy = ada.post(&at("/opportunities/{id}/clone", &lost), json!({ "name": "Again" })).await.expect(201);
        assert_eq!((&copy["status"], &copy["name"], &copy["openedOn"], &copy["lostTo"]), (&json!("open"), &json!("Again"), &json!("2026-12-31"), &Value::Null));
    }

    async fn what_an_opportunity_was_is_kept_without_gaps_whoever_changes_it_at_once(world) {
        let ada = world.ada().await;
        let stages = stages(&ada).await;
        let made = opportunity(&ada, "Deal").await;
        let (rep, _) = world.join("rep", "manager").await;
        ada.patch(&at("/opportunities/{id}", &made), json!({ "ownerId": rep.get("/me").await.expect(200)["user"]["id"] })).await.expect(200);
        let other = Client::new(&world.another_node().await, Some(rep.token()));
        let body = |n: usize| json!({ "stageId": stages[n % 4]["id"] });
        let path = at("/opportunities/{id}/move", &made);
        let moves = (0..12).map(|n| {
            let client = if n % 2 == 0 { ada.clone() } else { other.clone() };
            let (path, body) = (path.clone(), body(n));
            async move { client.post(&path, body).await.status.as_u16() }
        });
        let answers = futures_util::future::join_all(moves).await;
        assert!(answers.iter().all(|status| *status == 200), "{answers:?}");
        world.advance(TimeDelta::hours(5));
        let ada = world.ada().await;
        ada.patch(&at("/opportunities/{id}", &made), json!({ "amount": usd("70.00"), "expectedCloseOn": "2027-01-15" })).await.expect(200);
        // What is not of its history begins no period.
        ada.patch(&at("/opportunities/{id}", &made), json!({ "nextStep": "Call" })).await.expect(200);
        let periods = ada.get(&at("/opportunities/{id}/periods?limit=200", &made)).await.expect(200)["items"].clone();
        let periods = periods.as_array().expect("periods");
        assert_eq!(periods[0]["until"], Value::Null);
        assert_eq!((&periods[0]["amount"], &periods[0]["expectedCloseOn"]), (&usd("70.00"), &json!("2027-01-15")));
        assert_eq!(periods[1]["duration"], "PT5H");
        for pair in periods.windows(2) {
            assert_eq!(pair[0]["since"], pair[1]["until"], "{pair:?}");
        }
        assert_eq!(periods.last().expect("one")["version"], 1);
        // Of two who go by what they have seen, one is told that it has changed.
        let seen = ada.get(&at("/opportunities/{id}", &made)).await.expect(200)["version"].as_i64().expect("a version");
        let tag = format!("\"{seen}\"");
        let rep = world.sign_in("acme", "rep@acme.example").await;
        let other = Client::new(&world.another_node().await, Some(rep.token()));
        let target = stages.iter().find(|stage| stage["id"] != periods[0]["stageId"]).expect("another");
        let both = [ada, other].map(|client| {
            let (path, tag, body) = (path.clone(), tag.clone(), json!({ "stageId": target["id"] }));
            async move {
                let answer = client.send(reqwest::Method::POST, &path, Some(body), &[("if-match", &tag)]).await;
                answer.status.as_u16()
            }
        });
        let mut answers = futures_util::future::join_all(both).await;
        answers.sort_unstable();
        assert_eq!(answers, [200, 412]);
    }

    async fn a_board_adds_up_what_is_open_in_every_currency(world) {
        let ada = world.ada().await;
        let stages = stages(&ada).await;
        let pipeline = ada.get("/pipelines").await.expect(200)["items"][0].clone();
        let deal = async |name: &str, amount: Value, stage: &Value, close: Value| {
            let new = json!({ "name": name, "amount": amount, "stageId": stage["id"], "expectedCloseOn": close });
            ada.post("/opportunities", new).await.expect(201)
        };
        deal("A", usd("100.00"), &stages[0], json!(null)).await;
        deal("B", usd("50.05"), &stages[0], json!("2027-01-02")).await;
        deal("C", json!({ "amount": "1000", "currency": "JPY" }), &stages[0], json!("2027-01-01")).await;
        let gone = deal("D", usd("7.00"), &stages[1], json!(null)).await;
        ada.post(&at("/opportunities/{id}/lose", &gone), json!({ "reason": "Price" })).await.expect(200);
        let path = at("/pipelines/{id}/board", &pipeline);
        let board = ada.get(&path).await.expect(200);
        let first = &board["stages"][0];
        assert_eq!((&first["count"], &first["total"]), (&json!(3), &Value::Null));
        let jpy = json!({ "count": 1, "currency": "JPY", "minor": 1000, "weightedMinor": 100 });
        let dollars = json!({ "count": 2, "currency": "USD", "minor": 15005, "weightedMinor": 1500 });
        assert_eq!(first["totals"], json!([jpy, dollars]));
        let names: Vec<&str> = first["cards"].as_array().expect("cards").iter().filter_map(|card| card["name"].as_str()).collect();
        assert_eq!(names, ["C", "B", "A"]);
        assert_eq!((&board["stages"][1]["count"], &board["stages"][1]["total"]), (&json!(0), &usd("0.00")));
        let rate = json!({ "currency": "JPY", "validFrom": "2026-11-01", "rate": "0.0065" });
        ada.post("/exchange-rates", rate.clone()).await.expect(201);
        ada.post("/exchange-rates", rate).await.expect(409);
        let future = json!({ "currency": "JPY", "validFrom": "2026-12-01", "rate": "9" });
        ada.post("/exchange-rates", future).await.expect(201);
        let own = json!({ "currency": "USD", "validFrom": "2026-11-01", "rate": "1" });
        assert_eq!(ada.post("/exchange-rates", own).await.pointers(), ["/currency"]);
        let query = "query($id: UUID!, $filter: Rule) { pipelineBoard(id: $id, filter: $filter, cards: 1) {
            stages { count total { amount } weighted { amount } cards { name } } } }";
        let board = ada.graphql(query, json!({ "id": pipeline["id"] })).await["pipelineBoard"].clone();
        assert_eq!(board["stages"][0], json!({ "count": 3, "total": { "amount": "156.55" }, "weighted": { "amount": "15.65" }, "cards": [{ "name": "C" }] }));
        let filter = json!({ "compare": { "field": "name", "eq": "B" } });
        let board = ada.graphql(query, json!({ "id": pipeline["id"], "filter": filter })).await["pipelineBoard"].clone();
        assert_eq!((&board["stages"][0]["count"], &board["stages"][0]["cards"][0]["name"]), (&json!(1), &json!("B")));
        assert_eq!(ada.get(&format!("{path}?cards=0")).await.expect(200)["stages"][0]["cards"], json!([]));
        assert_eq!(ada.get(&format!("{path}?cards=101&x=1")).await.pointers(), ["/cards", "/x"]);
    }

    async fn changing_a_pipeline_strands_no_opportunity(world) {
        let ada = world.ada().await;
        let stages = stages(&ada).await;
        let pipeline = ada.get("/pipelines").await.expect(200)["items"][0].clone();
        let made = opportunity(&ada, "Deal").await;
        let version = made["version"].as_i64().expect("a version");
        ada.delete(&at("/pipelines/{id}", &pipeline)).await.expect(409);
        let refused = ada.delete(&at("/pipeline-stages/{id}", &stages[0])).await.expect(409);
        assert_eq!(refused["detail"], "the stage stays while open opportunities are in it; replace it by another");
        let replace = at("/pipeline-stages/{id}/replace", &stages[0]);
        assert_eq!(ada.post(&replace, json!({ "stageId": stages[0]["id"] })).await.pointers(), ["/stageId"]);
        ada.post(&replace, json!({ "stageId": stages[1]["id"] })).await.expect(200);
        let is = ada.get(&at("/opportunities/{id}", &made)).await.expect(200);
        assert_eq!((&is["stageId"], &is["probability"], &is["version"]), (&stages[1]["id"], &json!(10), &json!(version + 1)));
        let periods = ada.get(&at("/opportunities/{id}/periods", &made)).await.expect(200);
        assert_eq!(periods["items"].as_array().map(Vec::len), Some(2));
        // One that is deleted comes back only where its stage is there.
        ada.delete(&at("/opportunities/{id}", &made)).await.expect(204);
        ada.delete(&at("/pipeline-stages/{id}", &stages[1])).await.expect(409);
        ada.post(&at("/opportunities/{id}/restore", &made), json!({})).await.expect(200);
        let periods = ada.get(&at("/opportunities/{id}/periods", &made)).await.expect(200);
        assert_eq!((periods["items"].as_array().map(Vec::len), &periods["items"][0]["until"]), (Some(3), &Value::Null));
    }

    async fn an_opportunity_that_stays_for_too_long_is_stalled_and_whoever_has_it_is_told_once(world) {
        let ada = world.ada().await;
        let stages = stages(&ada).await;
        ada.patch(&at("/pipeline-stages/{id}", &stages[0]), json!({ "maximumDays": 3 })).await.expect(200);
        let (made, moved) = (opportunity(&ada, "Slow").await, opportunity(&ada, "Quick").await);
        assert_eq!(made["stageDueAt"], "2026-11-24T12:00:00Z");
        let tell = async || timed::catch_up(&Stalls, &world.database).await.expect("stalls");
        world.advance(TimeDelta::days(2));
        let ada = world.ada().await;
        assert_eq!(move_to(&ada, &moved, &stages[1]).await.expect(200)["stageDueAt"], Value::Null);
        tell().await;
        assert_eq!(ada.get("/notifications?count=true").await.expect(200)["total"], 0);
        world.advance(TimeDelta::days(1));
        tell().await;
        tell().await;
        let ada = world.ada().await;
        let told = ada.get("/notifications?count=true").await.expect(200);
        assert_eq!((&told["total"], &told["items"][0]["title"], &told["items"][0]["kind"]), (&json!(1), &json!("Slow"), &json!("opportunity_stalled")));
        let events = ada.events("types=rapport.opportunity.stalled.v1", 1).await;
        assert_eq!(events["items"][0]["subject"], made["id"]);
        let stalled = "/opportunities?filter={\"compare\":{\"field\":\"stageDueAt\",\"lte\":{\"now\":\"P0D\"}}}";
        let stalled = ada.get(stalled).await.expect(200);
        assert_eq!((stalled["items"].as_array().map(Vec::len), &stalled["items"][0]["name"]), (Some(1), &json!("Slow")));
    }

    async fn segments_follow_the_opportunities_of_customers(world) {
        let ada = world.ada().await;
        let org = customer(&ada, "Acme").await;
        let open = json!({ "compare": { "field": "status", "eq": "open" } });
        let large = json!({ "relation": { "name": "opportunities", "filter": open, "sum": { "field": "amount", "gte": 1000 } } });
        let segment = ada.post("/segments", json!({ "name": "Large deals", "rule": large })).await.expect(201);
        let members = async |world: &World| {
            world.settle().await;
            world.catch_up().await;
            ada.get(&at("/segments/{id}", &segment)).await.expect(200)["memberCount"].clone()
        };
        let new = json!({ "name": "Deal", "customerId": org["id"], "amount": usd("900.00") });
        let made = ada.post("/opportunities", new).await.expect(201);
        assert_eq!(members(&world).await, 0);
        ada.patch(&at("/opportunities/{id}", &made), json!({ "amount": usd("1500.00") })).await.expect(200);
        assert_eq!(members(&world).await, 1);
        ada.post(&at("/opportunities/{id}/lose", &made), json!({ "reason": "Timing" })).await.expect(200);
        assert_eq!(members(&world).await, 0);
        let names = json!({ "relation": { "name": "opportunities", "filter": { "relation": { "name": "competitors",
            "filter": { "compare": { "field": "name", "eq": "Globex" } } } } } });
        let rivals = ada.post("/segments", json!({ "name": "Against Globex", "rule": names })).await.expect(201);
        ada.patch(&at("/opportunities/{id}", &made), json!({ "competitors": [{ "name": "Globex" }] })).await.expect(200);
        world.settle().await;
        world.catch_up().await;
        assert_eq!(ada.get(&at("/segments/{id}", &rivals)).await.expect(200)["memberCount"], 1);
    }

    async fn a_rep_changes_their_own_opportunities_and_a_manager_the_teams(world) {
        let ada = world.ada().await;
        let (rep, me) = world.join("rep", "rep").await;
        let (other, _) = world.join("other", "rep").await;
        let mine = opportunity(&rep, "Mine").await;
        assert_eq!(mine["ownerId"], me["id"]);
        let stages = stages(&rep).await;
        assert_eq!(move_to(&other, &mine, &stages[1]).await.status, 404);
        assert_eq!(other.get(&at("/opportunities/{id}", &mine)).await.status, 200);
        let given = json!({ "name": "Not mine", "ownerId": ada.get("/me").await.expect(200)["user"]["id"] });
        rep.post("/opportunities", given).await.expect(403);
        rep.patch(&at("/pipeline-stages/{id}", &stages[0]), json!({ "probability": 99 })).await.expect(403);
        rep.post("/exchange-rates", json!({ "currency": "EUR", "validFrom": "2026-01-01", "rate": "1.1" })).await.expect(403);
        move_to(&rep, &mine, &stages[1]).await.expect(200);
        rep.post(&at("/opportunities/{id}/win", &mine), json!({})).await.expect(200);
    }

    async fn no_sequence_of_calls_reaches_a_state_that_cannot_be(world) {
        let ada = world.ada().await;
        let stages = stages(&ada).await;
        let made = opportunity(&ada, "Deal").await;
        let path = at("/opportunities/{id}", &made);
        // A generator of our own, so that each run goes the same ways.
        let mut seed = 42_u64;
        let mut next = |of: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % of
        };
        for _ in 0..60 {
            let stage = json!({ "stageId": stages[next(4) as usize]["id"] });
            let (verb, body) = match next(6) {
                0 => ("win", json!({})),
                1 => ("lose", json!({ "reason": "Price" })),
                2 => ("reopen", json!({ "reason": "Again" })),
                _ => ("move", stage),
            };
            let before = ada.get(&path).await.expect(200);
            let answer = ada.post(&format!("{path}/{verb}"), body).await;
            let is = ada.get(&path).await.expect(200);
            let open = before["status"] == "open";
            let allowed = if verb == "reopen" { true } else { open };
            assert_eq!(answer.status.as_u16(), if allowed { 200 } else { 409 }, "{verb} of {before}: {}", answer.text);
            if !allowed {
                assert_eq!(before, is);
            }
            let (status, category) = (is["status"].as_str().expect("a status"), is["forecastCategory"].as_str().expect("one"));
            assert_eq!(status == "open", is["closedOn"].is_null(), "{is}");
            assert_eq!(status == "won", category == "closed", "{is}");
            assert_eq!(status == "lost", category == "omitted", "{is}");
            let probability = is["probability"].as_i64().expect("a number");
            assert!(matches!((status, probability), ("won", 100) | ("lost", 0) | ("open", 1..=99)), "{is}");
        }
        let periods = ada.get(&format!("{path}/periods?limit=200")).await.expect(200);
        let present = periods["items"].as_array().expect("periods").iter().filter(|period| period["until"].is_null());
        assert_eq!(present.count(), 1);
    }
}
