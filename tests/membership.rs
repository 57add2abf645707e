//! Who is in a segment, who was, and why, over both APIs.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::harness::{Client, on_both_databases};

async fn person(ada: &Client, name: &str, city: &str) -> Value {
    let new = json!({ "kind": "person", "name": name, "city": city });
    ada.post("/customers", new).await.expect(201)
}

async fn product(ada: &Client, sku: &str, category: &str) -> Value {
    let price = json!({ "amount": "10.00", "currency": "USD" });
    let new = json!({ "sku": sku, "name": sku, "category": category, "price": price });
    ada.post("/products", new).await.expect(201)
}

async fn order(ada: &Client, customer: &Value, day: &str, lines: &[(&Value, &str, &str)]) -> Value {
    let line = |(product, quantity, price): &(&Value, &str, &str)| {
        json!({ "productId": product["id"], "quantity": quantity,
            "unitPrice": { "amount": price, "currency": "USD" } })
    };
    let lines: Vec<Value> = lines.iter().map(line).collect();
    let new = json!({ "customerId": customer["id"], "orderedOn": day, "lines": lines });
    ada.post("/orders", new).await.expect(201)
}

fn lives_in(city: &str) -> Value {
    json!({ "compare": { "field": "city", "eq": city } })
}

async fn segment(ada: &Client, new: Value) -> String {
    let made = ada.post("/segments", new).await.expect(201);
    format!("/segments/{}", made["id"].as_str().expect("an id"))
}

fn names(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().expect("items").iter();
    items.map(|item| item["name"].as_str().expect("a name").to_owned()).collect()
}

async fn members(client: &Client, segment: &str) -> Vec<String> {
    names(&client.get(&format!("{segment}/members?sort=name")).await.expect(200))
}

fn ids(customers: &[&Value]) -> Value {
    let ids: Vec<&Value> = customers.iter().map(|customer| &customer["id"]).collect();
    json!({ "customerIds": ids })
}

on_both_databases! {
    async fn whoever_was_in_a_segment_on_a_date_is_known_for_good(world) {
        let ada = world.ada().await;
        let one = person(&ada, "One", "Bern").await;
        person(&ada, "Two", "Bern").await;
        let bernese = segment(&ada, json!({ "name": "Bernese", "rule": lives_in("Bern") })).await;
        world.catch_up().await;
        world.advance(TimeDelta::days(10));
        let ada = world.ada().await;
        let path = format!("/customers/{}", one["id"].as_str().expect("an id"));
        let moved = ada.patch(&path, json!({ "city": "Thun" })).await.expect(200);
        world.catch_up().await;
        world.advance(TimeDelta::days(10));
        let ada = world.ada().await;
        ada.patch(&path, json!({ "city": "Bern" })).await.expect(200);
        world.catch_up().await;
        let at = async |at: &str| names(&ada.get(&format!("{bernese}/members?sort=name&at={at}")).await.expect(200));
        assert_eq!(at("2026-11-20T00:00:00Z").await, Vec::<String>::new());
        assert_eq!(at("2026-11-25T00:00:00Z").await, ["One", "Two"]);
        assert_eq!(at("2026-12-05T00:00:00Z").await, ["Two"]);
        assert_eq!(at("2026-12-15T00:00:00Z").await, ["One", "Two"]);
        let query = "query($id: UUID!, $at: DateTime) { segmentMembers(id: $id, at: $at, sort: \"name\") { nodes { name } } }";
        let id = bernese.replace("/segments/", "");
        let data = ada.graphql(query, json!({ "id": id, "at": "2026-12-05T00:00:00Z" })).await;
        assert_eq!(data["segmentMembers"]["nodes"], json!([{ "name": "Two" }]));
        ada.get(&format!("{bernese}/members?at=yesterday")).await.expect(422);

        let then = ada.get(&format!("{path}/segments?at=2026-11-25T00:00:00Z")).await.expect(200);
        assert_eq!(then["items"][0]["segmentName"], "Bernese");
        assert_eq!(then["items"][0]["leftAt"], moved["updatedAt"]);
        let query = "query($id: UUID!) { customerSegments(id: $id) { segmentName enteredAt leftAt } }";
        let now = ada.graphql(query, json!({ "id": one["id"] })).await;
        assert_eq!(now["customerSegments"][0]["leftAt"], Value::Null);
        assert_eq!(ada.get(&format!("{path}/segments?at=2026-12-05T00:00:00Z")).await.expect(200)["items"], json!([]));
    }

    async fn entered_and_left_name_the_change_they_follow_from(world) {
        let ada = world.ada().await;
        let one = person(&ada, "One", "Bern").await;
        // Whoever has never read takes everything as it is, and follows from no event.
        world.catch_up().await;
        segment(&ada, json!({ "name": "Bernese", "rule": lives_in("Bern") })).await;
        world.catch_up().await;
        let path = format!("/customers/{}", one["id"].as_str().expect("an id"));
        ada.patch(&path, json!({ "city": "Thun" })).await.expect(200);
        world.catch_up().await;
        let told = ada.events("types=rapport.segment.*,rapport.customer.updated.v1", 4).await;
        let of = |kind: &str| {
            let events = told["items"].as_array().expect("events").iter();
            events.filter(|event| event["type"] == format!("rapport.{kind}.v1")).cloned().collect::<Vec<_>>()
        };
        let (entered, left) = (&of("segment.entered")[0], &of("segment.left")[0]);
        assert_eq!(entered["data"]["cause"], "rule");
        assert_eq!(entered["data"]["causeEventId"], of("segment.created")[0]["id"]);
        assert_eq!(left["data"]["cause"], "data");
        assert_eq!(left["data"]["causeEventId"], of("customer.updated")[0]["id"]);
        let watermark = ada.get("/segments/watermark").await.expect(200);
        let after = watermark["cursor"].as_str().expect("a cursor");
        assert!(ada.get(&format!("/events?types=rapport.customer.*&after={after}")).await.expect(200)["items"]
            .as_array().expect("items").is_empty());
        let data = ada.graphql("{ segmentWatermark { cursor passedAt isCurrent } }", json!({})).await;
        assert!(data["segmentWatermark"]["passedAt"].is_string(), "{data}");
    }

    async fn customers_are_put_in_and_kept_out_by_hand_whatever_the_rule_says(world) {
        let ada = world.ada().await;
        let (one, two) = (person(&ada, "One", "Bern").await, person(&ada, "Two", "Thun").await);
        let three = person(&ada, "Three", "Thun").await;
        let bernese = segment(&ada, json!({ "name": "Bernese", "rule": lives_in("Bern") })).await;
        let after = ada.post(&format!("{bernese}/include"), ids(&[&two, &three])).await.expect(200);
        assert_eq!(after["hasListings"], true);
        ada.post(&format!("{bernese}/exclude"), ids(&[&one])).await.expect(200);
        world.catch_up().await;
        assert_eq!(members(&ada, &bernese).await, ["Three", "Two"]);
        assert_eq!(names(&ada.get(&format!("{bernese}/included?sort=name")).await.expect(200)), ["Three", "Two"]);
        assert_eq!(names(&ada.get(&format!("{bernese}/excluded")).await.expect(200)), ["One"]);
        let id = bernese.replace("/segments/", "");
        let mutation = "mutation($id: UUID!, $who: [UUID!]!) { excludeFromSegment(id: $id, customerIds: $who) { id } }";
        ada.graphql(mutation, json!({ "id": id, "who": [two["id"]] })).await;
        let mutation = "mutation($id: UUID!, $who: [UUID!]!) { unlistFromSegment(id: $id, customerIds: $who) { id } }";
        ada.graphql(mutation, json!({ "id": id, "who": [one["id"], three["id"]] })).await;
        world.catch_up().await;
        assert_eq!(members(&ada, &bernese).await, ["One"]);
        let query = "query($id: UUID!) { segmentExcluded(id: $id) { nodes { name } } segmentIncluded(id: $id) { nodes { name } } }";
        let data = ada.graphql(query, json!({ "id": id })).await;
        assert_eq!(data["segmentExcluded"]["nodes"], json!([{ "name": "Two" }]));
        assert_eq!(data["segmentIncluded"]["nodes"], json!([]));
        let nobody = json!({ "customerIds": ["01890a5d-ac96-774b-bcce-b302099a8057", one["id"]] });
        let answer = ada.post(&format!("{bernese}/include"), nobody).await;
        assert_eq!((answer.status.as_u16(), answer.pointers()), (409, vec!["/customerIds/0".to_owned()]));
        ada.post(&format!("{bernese}/include"), json!({ "customerIds": [] })).await.expect(422);
    }

    async fn static_segments_are_chosen_and_snapshots_stay_as_they_were(world) {
        let ada = world.ada().await;
        let (one, two) = (person(&ada, "One", "Bern").await, person(&ada, "Two", "Thun").await);
        let chosen = segment(&ada, json!({ "name": "Chosen", "kind": "static", "valueProposition": "A person to call",
            "serviceLevel": "gold", "careLevel": "key account", "plan": "Two visits a year" })).await;
        ada.post(&format!("{chosen}/include"), ids(&[&two])).await.expect(200);
        let then = segment(&ada, json!({ "name": "Then", "kind": "snapshot", "rule": lives_in("Bern") })).await;
        world.catch_up().await;
        assert_eq!((members(&ada, &chosen).await, members(&ada, &then).await), (vec!["Two".to_owned()], vec!["One".to_owned()]));
        let path = format!("/customers/{}", one["id"].as_str().expect("an id"));
        ada.patch(&path, json!({ "city": "Thun" })).await.expect(200);
        person(&ada, "Four", "Bern").await;
        world.catch_up().await;
        assert_eq!(members(&ada, &then).await, ["One"]);
        assert!(ada.get(&then).await.expect(200)["takenAt"].is_string());
        ada.patch(&then, json!({ "rule": lives_in("Thun") })).await.expect(200);
        world.catch_up().await;
        assert_eq!(members(&ada, &then).await, ["One", "Two"], "taken anew");
        let gold = ada.get("/segments?serviceLevel=gold").await.expect(200);
        assert_eq!(gold["items"][0]["valueProposition"], "A person to call");
        let rule = ada.post("/segments", json!({ "name": "X", "kind": "static", "rule": lives_in("Bern") })).await;
        assert_eq!(rule.pointers(), ["/rule"]);
        let none = ada.post("/segments", json!({ "name": "X" })).await;
        assert_eq!((none.status.as_u16(), none.pointers()), (422, vec!["/rule".to_owned()]));
    }

    async fn a_change_of_a_rule_is_tried_before_it_moves_anybody(world) {
        let ada = world.ada().await;
        person(&ada, "One", "Bern").await;
        person(&ada, "Two", "Thun").await;
        let three = person(&ada, "Three", "Bern").await;
        let bernese = segment(&ada, json!({ "name": "Bernese", "rule": lives_in("Bern") })).await;
        ada.post(&format!("{bernese}/include"), ids(&[&three])).await.expect(200);
        world.catch_up().await;
        let id = bernese.replace("/segments/", "");
        let change = json!({ "rule": lives_in("Thun"), "segmentId": id });
        let preview = ada.post("/segments/preview", change.clone()).await.expect(200);
        assert_eq!((&preview["count"], &preview["entering"]["count"], &preview["leaving"]["count"]), (&json!(1), &json!(1), &json!(1)));
        assert_eq!(preview["entering"]["sample"][0]["name"], "Two");
        assert_eq!(preview["leaving"]["sample"][0]["name"], "One", "Three was put in by hand");
        let query = "query($rule: Rule!, $segmentId: UUID) { previewSegment(rule: $rule, segmentId: $segmentId) {
            count entering { count sample { name } } leaving { count sample { name } } } }";
        let data = ada.graphql(query, change).await;
        assert_eq!(data["previewSegment"]["leaving"], json!({ "count": 1, "sample": [{ "name": "One" }] }));
        assert_eq!(members(&ada, &bernese).await, ["One", "Three"]);
    }

    async fn rules_look_at_what_was_bought(world) {
        let ada = world.ada().await;
        let (drill, saw) = (product(&ada, "DRILL", "tools").await, product(&ada, "SAW", "tools").await);
        let doll = product(&ada, "DOLL", "toys").await;
        let (one, two) = (person(&ada, "One", "Bern").await, person(&ada, "Two", "Bern").await);
        order(&ada, &one, "2026-11-01", &[(&drill, "2", "30"), (&saw, "1", "10")]).await;
        order(&ada, &one, "2026-01-01", &[(&doll, "1", "5")]).await;
        order(&ada, &two, "2026-11-02", &[(&doll, "4", "20")]).await;
        let tools = json!({ "compare": { "field": "category", "eq": "tools" } });
        let rules = [
            (json!({ "filter": tools }), vec!["One"]),
            (json!({ "filter": { "compare": { "field": "productId", "eq": doll["id"] } } }), vec!["One", "Two"]),
            (json!({ "filter": { "compare": { "field": "productId", "eq": doll["id"] } }, "within": { "last": "P90D" } }), vec!["Two"]),
            (json!({ "distinct": { "field": "productId", "gte": 3 } }), vec!["One"]),
            (json!({ "distinct": { "field": "category", "eq": 1 } }), vec!["Two"]),
            (json!({ "distinct": { "field": "productId", "lt": 1 } }), vec![]),
            (json!({ "sum": { "field": "quantity", "gte": 4 } }), vec!["One", "Two"]),
            (json!({ "sum": { "field": "amount", "gt": "75" }, "filter": tools }), vec![]),
            (json!({ "avg": { "field": "amount", "gte": { "amount": "25.00", "currency": "USD" } } }), vec!["One", "Two"]),
            (json!({ "avg": { "field": "unitPrice", "lt": "16" } }), vec!["One"]),
        ];
        for (with, expected) in rules {
            let mut relation = with.clone();
            relation["name"] = json!("orderLines");
            let search = json!({ "filter": { "relation": relation }, "sort": "name" });
            let found = ada.post("/customers/search", search).await.expect(200);
            assert_eq!(names(&found), expected, "{with}");
        }
        let orders = json!({ "relation": { "name": "lines", "filter": tools } });
        assert_eq!(ada.post("/orders/search", json!({ "filter": orders, "count": true })).await.expect(200)["total"], 1);
        let average = json!({ "relation": { "name": "orders", "avg": { "field": "total", "lt": "40" } } });
        assert_eq!(names(&ada.post("/customers/search", json!({ "filter": average })).await.expect(200)), ["One"]);
        // And they follow: of a line that is another one, and of a product that is another kind.
        let toys = json!({ "relation": { "name": "orderLines", "filter": { "compare": { "field": "category", "eq": "toys" } },
            "within": { "last": "P90D" } } });
        let toys = segment(&ada, json!({ "name": "Toys", "rule": toys })).await;
        world.catch_up().await;
        assert_eq!(members(&ada, &toys).await, ["Two"]);
        let path = format!("/products/{}", saw["id"].as_str().expect("an id"));
        ada.patch(&path, json!({ "category": "toys" })).await.expect(200);
        world.catch_up().await;
        assert_eq!(members(&ada, &toys).await, ["One", "Two"]);
        world.advance(TimeDelta::days(71));
        world.catch_up().await;
        assert_eq!(members(&world.ada().await, &toys).await, ["Two"], "31 January is the 91st day after the first of November");
    }

    async fn rules_look_at_scores_and_at_parts_of_everybody(world) {
        let ada = world.ada().await;
        let drill = product(&ada, "DRILL", "tools").await;
        let mut all = Vec::new();
        for n in 0..40 {
            all.push(person(&ada, &format!("Person {n:02}"), "Bern").await);
        }
        order(&ada, &all[0], "2026-11-01", &[(&drill, "10", "100")]).await;
        order(&ada, &all[1], "2026-11-01", &[(&drill, "1", "1")]).await;
        let tiers = json!({ "tiers": [{ "name": "A", "upTo": 80 }, { "name": "B", "upTo": 100 }] });
        ada.post("/scores", json!({ "name": "ABC", "key": "abc", "definition": { "valueTier": tiers } })).await.expect(201);
        world.catch_up().await;
        let is = |field: &str, value: Value| json!({ "compare": { "field": field, "eq": value } });
        let best = json!({ "relation": { "name": "scores", "filter": { "all": [is("scoreKey", json!("abc")), is("tier", json!("A"))] } } });
        let best = segment(&ada, json!({ "name": "Best", "rule": best })).await;
        world.catch_up().await;
        assert_eq!(members(&ada, &best).await, ["Person 00"]);
        order(&ada, &all[1], "2026-11-02", &[(&drill, "1000", "100")]).await;
        world.advance(TimeDelta::minutes(2));
        world.catch_up().await;
        assert_eq!(members(&ada, &best).await, ["Person 01"]);

        let part = |from: i32, to: i32| json!({ "sample": { "seed": "spring", "from": from, "to": to } });
        let count = async |rule: Value| ada.post("/customers/search", json!({ "filter": rule, "count": true })).await.expect(200)["total"].as_i64();
        let (held_out, others) = (count(part(0, 25)).await, count(part(25, 100)).await);
        assert_eq!(held_out.zip(others).map(|(a, b)| a + b), Some(40));
        assert!(held_out > Some(2) && held_out < Some(20), "{held_out:?} of 40");
        assert_eq!(count(part(0, 25)).await, held_out);
        let wrong = json!({ "filter": { "sample": { "seed": "", "to": 101 } } });
        assert_eq!(ada.post("/customers/search", wrong).await.pointers(), ["/filter/sample/seed", "/filter/sample/to"]);
    }

    async fn why_tells_what_came_of_each_part_and_of_which_values(world) {
        let ada = world.ada().await;
        let drill = product(&ada, "DRILL", "tools").await;
        let (one, two) = (person(&ada, "One", "Bern").await, person(&ada, "Two", "Thun").await);
        order(&ada, &one, "2026-11-01", &[(&drill, "2", "30.50")]).await;
        let spent = json!({ "relation": { "name": "orders", "sum": { "field": "total", "gt": "50" }, "count": { "lt": 3 } } });
        let rule = json!({ "all": [{ "any": [lives_in("Bern"), lives_in("Chur")] }, { "not": { "not": spent } }] });
        let good = segment(&ada, json!({ "name": "Good", "rule": rule })).await;
        world.catch_up().await;
        let why = async |client: &Client, who: &Value| {
            client.get(&format!("{good}/members/{}/why", who["id"].as_str().expect("an id"))).await.expect(200)
        };
        let reason = why(&ada, &one).await;
        assert_eq!((&reason["isMember"], &reason["rule"]["holds"]), (&json!(true), &json!(true)));
        assert!(reason["enteredAt"].is_string());
        let [any, not] = [&reason["rule"]["parts"][0], &reason["rule"]["parts"][1]];
        assert_eq!(any["parts"][0], json!({ "pointer": "/all/0/any/0", "kind": "compare", "holds": true,
            "values": { "city": "Bern" }, "parts": [] }));
        assert_eq!(any["parts"][1]["holds"], false);
        let relation = &not["parts"][0]["parts"][0];
        assert_eq!(relation["pointer"], "/all/1/not/not");
        assert_eq!(relation["values"], json!({ "count": 1, "sum": { "amount": "61.00", "currency": "USD" } }));
        let reason = why(&ada, &two).await;
        assert_eq!((&reason["isMember"], &reason["rule"]["holds"]), (&json!(false), &json!(false)));
        assert_eq!(reason["rule"]["parts"][1]["parts"][0]["parts"][0]["values"]["count"], 0);
        let query = "query($id: UUID!, $who: UUID!) { segmentReason(id: $id, customerId: $who) { isMember
            rule { holds parts { pointer holds parts { kind values } } } } }";
        let id = good.replace("/segments/", "");
        let data = ada.graphql(query, json!({ "id": id, "who": two["id"] })).await;
        assert_eq!(data["segmentReason"]["rule"]["parts"][0]["parts"][0]["values"], json!({ "city": "Thun" }));
        ada.post(&format!("{good}/include"), ids(&[&two])).await.expect(200);
        world.catch_up().await;
        let reason = why(&ada, &two).await;
        assert_eq!((&reason["isMember"], &reason["listing"], &reason["rule"]["holds"]), (&json!(true), &json!("included"), &json!(false)));

        // Whoever reads no orders learns nothing of them here either.
        let read = |resource: &str| json!({ "resource": resource, "verb": "read", "scope": "all" });
        let role = json!({ "name": "Caller", "permissions": [read("customer"), read("segment")] });
        let role = ada.post("/roles", role).await.expect(201);
        let (rob, _) = world.join_as("rob", &role["id"]).await;
        let reason = why(&rob, &one).await;
        let hidden = &reason["rule"]["parts"][1]["parts"][0]["parts"][0];
        assert_eq!((&hidden["holds"], &hidden["values"]), (&Value::Null, &json!({})));
        assert_eq!(reason["rule"]["parts"][0]["holds"], true);
        let nobody = format!("{good}/members/01890a5d-ac96-774b-bcce-b302099a8057/why");
        assert_eq!(ada.get(&nobody).await.expect(404)["code"], "not_found");
    }
}
