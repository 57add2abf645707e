//! Leads from files, in batches, and from devices that were offline.

use std::fmt::Write;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Client, World, on_both_databases};

async fn imported(world: &World, client: &Client, query: &str, file: &str) -> Value {
    let kind = if file.starts_with('{') { "application/x-ndjson" } else { "text/csv" };
    let path = format!("/imports?{query}&kind=leads&source=old");
    let path = path.replace("?&", "?");
    let new = client.upload(&path, kind, file.to_owned()).await.expect(201);
    world.work().await;
    client.get(&format!("/imports/{}", id(&new))).await.expect(200)
}

fn id(record: &Value) -> &str {
    record["id"].as_str().expect("an id")
}

fn counts(import: &Value) -> [i64; 5] {
    ["rows", "imported", "updated", "unchanged", "failed"]
        .map(|name| import[name].as_i64().unwrap_or_else(|| panic!("{name}: {import}")))
}

/// What is wrong with each bad row: its line, the field and the reason.
async fn errors(client: &Client, import: &Value) -> Vec<[String; 3]> {
    let text = client.get(&format!("/imports/{}/errors", id(import))).await.text;
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let row = |row: Result<csv::StringRecord, csv::Error>| {
        let row = row.expect("a row");
        [&row[0], &row[1], &row[2]].map(str::to_owned)
    };
    rows.records().map(row).collect()
}

async fn lead(client: &Client, external: &str) -> Value {
    client.get(&format!("/leads?externalId={external}")).await.expect(200)["items"][0].clone()
}

async fn total(client: &Client, path: &str) -> Value {
    let sign = if path.contains('?') { '&' } else { '?' };
    client.get(&format!("{path}{sign}count=true&limit=1")).await.expect(200)["total"].clone()
}

async fn undo(world: &World, client: &Client, import: &Value) -> Value {
    client.post(&format!("/imports/{}/undo", id(import)), json!({})).await.expect(200);
    world.work().await;
    client.get(&format!("/imports/{}", id(import))).await.expect(200)
}

/// The columns of another system, and what they mean.
const MAPPED: &str =
    "map=ID=externalId&map=Company=companyName&map=Stage=status&values=status:Open=working";

on_both_databases! {
    async fn old_leads_are_imported_as_they_stood_and_what_is_wrong_is_told_of_each_row(world) {
        let ada = world.ada().await;
        let (_, rep) = world.join("rep", "rep").await;
        let field = json!({ "resource": "lead", "key": "region", "label": "Region", "kind": "text" });
        ada.post("/custom-fields", field).await.expect(201);
        let file = "ID,firstName,lastName,Company,email,Stage,unqualifiedReason,budget,currency,country,need,ownerEmail,custom.region,tags\n\
            1,Grace,Hopper,Acme,grace@acme.example,Open,,12000.00,EUR,de,Throughput,REP@acme.example,North,fair;hot\n\
            2,,,Widgets,,unqualified,Too small,,,,,,,\n\
            3,,,,info@x.example,,,,,,,,,\n\
            4,,,,,,,,,,Anything,,,\n\
            5,Bob,,,,converted,,,,,,,,\n\
            6,Bob,,,,unqualified,,,,,,,,\n\
            7,Bob,,,,qualified,No money,,,,,,,\n\
            8,Bob,,,no address,bad,,-1.00,EUR,Germany,,nobody@acme.example,,\n\
            9,Bob,,,,,,-1.00,EUR,,,,,\n\
            10,Bob,,,,,,,,,,nobody@acme.example,,\n";
        let dry = imported(&world, &ada, &format!("{MAPPED}&dryRun=true"), file).await;
        assert_eq!(counts(&dry), [10, 3, 0, 0, 7]);
        assert_eq!(total(&ada, "/leads").await, 0);
        let import = imported(&world, &ada, MAPPED, file).await;
        assert_eq!(counts(&import), [10, 3, 0, 0, 7]);
        let errors = errors(&ada, &import).await;
        let told: Vec<[&str; 3]> = errors.iter().map(|row| [0, 1, 2].map(|n| row[n].as_str())).collect();
        assert_eq!(told[0], ["5", "name", "is needed where no person, company, email or phone is named"]);
        assert_eq!(told[1], ["6", "status", "a lead is converted by what is done with it here; import it as it stood before"]);
        assert_eq!(told[2], ["7", "unqualifiedReason", "is needed for what is unqualified"]);
        assert_eq!(told[3], ["8", "unqualifiedReason", "is for what is unqualified only"]);
        assert_eq!(told[4][..2], ["9", "status, budget, email, country"]);
        assert_eq!(told[5], ["10", "budget", "must not be negative"]);
        assert_eq!(told[6], ["11", "ownerEmail", "is no user of this workspace"]);

        let one = lead(&ada, "1").await;
        assert_eq!((&one["name"], &one["status"], &one["ownerId"]), (&json!("Grace Hopper"), &json!("working"), &rep["id"]));
        assert_eq!((&one["budget"], &one["country"]), (&json!({ "amount": "12000.00", "currency": "EUR" }), &json!("DE")));
        assert_eq!((&one["custom"]["region"], &one["tags"]), (&json!("North"), &json!(["fair", "hot"])));
        assert_eq!((&one["responseDueAt"], &one["source"]), (&Value::Null, &json!("old")));
        let two = lead(&ada, "2").await;
        assert_eq!((&two["name"], &two["status"], &two["unqualifiedReason"]), (&json!("Widgets"), &json!("unqualified"), &json!("Too small")));
        assert_eq!(lead(&ada, "3").await["name"], "info@x.example");
        assert_eq!(total(&ada, "/tasks").await, 0);
        assert_eq!(counts(&imported(&world, &ada, MAPPED, file).await), [10, 0, 0, 3, 7]);
        assert_eq!(lead(&ada, "1").await["version"], one["version"]);
    }

    async fn a_later_file_changes_leads_and_is_undone_but_for_what_has_gone_on_since(world) {
        let ada = world.ada().await;
        ada.post("/lead-scoring-rules", json!({ "name": "Budget", "points": 40,
            "rule": { "compare": { "field": "budget", "gte": 10000 } } })).await.expect(201);
        let first = "{\"externalId\":\"1\",\"companyName\":\"Acme\"}\n\
            {\"externalId\":\"2\",\"companyName\":\"Bolts\"}\n\
            {\"externalId\":\"3\",\"companyName\":\"Cogs\",\"budget\":{\"amount\":\"20000.00\",\"currency\":\"USD\"}}\n";
        let first = imported(&world, &ada, "", first).await;
        assert_eq!(counts(&first), [3, 3, 0, 0, 0]);
        assert_eq!((lead(&ada, "1").await["score"].clone(), lead(&ada, "3").await["score"].clone()), (json!(0), json!(40)));
        let later = "{\"externalId\":\"1\",\"status\":\"qualified\",\"budget\":{\"amount\":\"12000.00\",\"currency\":\"USD\"}}\n\
            {\"externalId\":\"2\",\"status\":\"working\",\"city\":\"Oslo\"}\n\
            {\"externalId\":\"3\",\"city\":\"Bergen\"}\n";
        let change = imported(&world, &ada, "", later).await;
        assert_eq!(counts(&change), [3, 0, 3, 0, 0]);
        let one = lead(&ada, "1").await;
        assert_eq!((&one["name"], &one["status"], &one["score"]), (&json!("Acme"), &json!("qualified"), &json!(40)));
        let again = imported(&world, &ada, "", later).await;
        assert_eq!(counts(&again), [3, 0, 0, 3, 0]);
        // Nothing makes a lead new again, and what is converted stays as it is.
        let three = lead(&ada, "3").await;
        ada.post(&format!("/leads/{}/convert", id(&three)), json!({})).await.expect(200);
        let wrong = "externalId,status,city\n1,new,\n3,,Moss\n";
        let refused = imported(&world, &ada, "", wrong).await;
        assert_eq!(counts(&refused), [2, 0, 0, 0, 2]);
        let told: Vec<String> = errors(&ada, &refused).await.into_iter().map(|[_, _, why]| why).collect();
        assert_eq!(told, ["somebody is at this lead here: nothing makes it new again", "this lead is converted here, and is not changed any more"]);
        ada.patch(&format!("/leads/{}", id(&lead(&ada, "2").await)), json!({ "city": "Bonn" })).await.expect(200);
        let undone = undo(&world, &ada, &change).await;
        assert_eq!((&undone["state"], &undone["restored"], &undone["conflicts"]), (&json!("undone"), &json!(2), &json!(2)), "{undone}");
        let one = lead(&ada, "1").await;
        assert_eq!((&one["status"], &one["budget"], &one["score"]), (&json!("new"), &Value::Null, &json!(0)));
        let two = lead(&ada, "2").await;
        assert_eq!((&two["status"], &two["city"]), (&json!("new"), &json!("Bonn")));
        assert_eq!(lead(&ada, "3").await["city"], "Bergen");
        let undone = undo(&world, &ada, &first).await;
        assert_eq!((&undone["deleted"], total(&ada, "/leads").await), (&json!(3), json!(0)), "{undone}");
        let gone = imported(&world, &ada, "", "externalId,city\n1,Oslo\n").await;
        assert_eq!(errors(&ada, &gone).await[0][2], "this lead was deleted here; restore it to import it");
    }

    async fn a_thousand_old_leads_are_dealt_out_and_rated_and_nobody_is_alarmed(world) {
        let ada = world.ada().await;
        let mut reps = Vec::new();
        for name in ["one", "two", "three"] {
            reps.push(world.join(name, "rep").await);
        }
        let german = json!({ "compare": { "field": "country", "eq": "DE" } });
        let users: Vec<&Value> = reps.iter().map(|(_, rep)| &rep["id"]).collect();
        let rule = json!({ "name": "Germany", "position": 1, "condition": german, "userIds": users[..2], "responseWithin": "PT4H" });
        ada.post("/lead-assignment-rules", rule).await.expect(201);
        let french = json!({ "compare": { "field": "country", "eq": "FR" } });
        let rule = json!({ "name": "France", "position": 2, "condition": french, "userIds": [users[2]], "capacity": 100 });
        ada.post("/lead-assignment-rules", rule).await.expect(201);
        ada.post("/lead-scoring-rules", json!({ "name": "Near", "rule": german, "points": 30 })).await.expect(201);
        let mut file = "externalId,lastName,country,need,budget,ownerEmail\n".to_owned();
        for n in 0..1000 {
            let country = ["DE", "FR", "NO", "DE"][n % 4];
            let owner = if n < 4 { "three@acme.example" } else { "" };
            writeln!(file, "{n},Lead {n},{country},A crane,500.00,{owner}").expect("text");
        }
        let import = imported(&world, &ada, "set=leadSource=Old", &file).await;
        assert_eq!(counts(&import), [1000, 1000, 0, 0, 0]);
        assert_eq!(total(&ada, "/tasks").await, 0);
        let of = async |rep: &Value| total(&ada, &format!("/leads?ownerId={}", id(rep))).await;
        assert_eq!((of(&reps[0].1).await, of(&reps[1].1).await), (json!(249), json!(249)));
        // Four are hers as the file says, of which the rule counts those that she has.
        assert_eq!(of(&reps[2].1).await, 100);
        let none = "filter={\"compare\":{\"field\":\"ownerId\",\"exists\":false}}";
        assert_eq!(total(&ada, &format!("/leads?{none}")).await, 402);
        assert_eq!(total(&ada, "/leads?filter={\"compare\":{\"field\":\"score\",\"eq\":30}}").await, 500);
        assert_eq!(total(&ada, "/leads?filter={\"compare\":{\"field\":\"responseDueAt\",\"exists\":true}}").await, 0);
        assert_eq!(total(&reps[0].0, "/notifications").await, 0);
        let one = ada.get(&format!("/leads?ownerId={}&limit=1", id(&reps[0].1))).await.expect(200)["items"][0].clone();
        let periods = ada.get(&format!("/leads/{}/ownership", id(&one))).await.expect(200);
        assert_eq!(periods["items"][0]["ownerId"], reps[0].1["id"]);
        let again = imported(&world, &ada, "set=leadSource=Old", &file).await;
        assert_eq!(counts(&again), [1000, 0, 0, 1000, 0]);
    }

    async fn whoever_imports_has_what_no_rule_is_for_and_leads_are_exported(world) {
        let ada = world.ada().await;
        let me = ada.get("/me").await.expect(200)["user"]["id"].clone();
        imported(&world, &ada, "", "externalId,companyName\n1,Acme\n").await;
        assert_eq!(lead(&ada, "1").await["ownerId"], me);
        let new = json!({ "kind": "leads", "format": "csv", "fields": ["externalId", "name", "status"] });
        let export = ada.post("/exports", new).await.expect(201);
        world.work().await;
        let file = ada.get(&format!("/exports/{}/file", id(&export))).await.text;
        assert_eq!(file.lines().collect::<Vec<_>>(), ["externalId,name,status", "1,Acme,new"]);
    }

    async fn leads_are_written_in_batches_and_by_devices_that_were_offline(world) {
        let ada = world.ada().await;
        let (made, offline) = (Uuid::now_v7(), Uuid::now_v7());
        let operations = json!({ "operations": [
            { "create": { "id": made, "lastName": "Hopper", "need": "Throughput", "budget": { "amount": "5.00", "currency": "USD" } } },
            { "update": { "id": made, "patch": { "city": "Oslo" } } },
            { "create": { "city": "Nowhere" } },
            { "delete": { "id": Uuid::now_v7() } },
        ] });
        let done = ada.post("/leads/batch", operations).await.expect(207);
        let statuses: Vec<i64> = done["results"].as_array().expect("results").iter().filter_map(|one| one["status"].as_i64()).collect();
        assert_eq!(statuses, [201, 200, 422, 404], "{done}");
        assert_eq!(done["results"][1]["record"]["city"], "Oslo");
        assert_eq!(done["results"][2]["problem"]["errors"][0]["pointer"], "/operations/2/create/name");
        // What comes in by itself is an enquiry as any other.
        assert_eq!(total(&ada, "/tasks").await, 1);
        let both = json!({ "atomic": true, "operations": [
            { "lead": { "create": { "companyName": "Acme" } } },
            { "customer": { "create": { "kind": "organization", "name": "Acme" } } },
        ] });
        let done = ada.post("/batch", both).await.expect(200);
        assert_eq!(done["results"][0]["record"]["name"], "Acme");
        let mutation = "mutation($input: LeadBatch!) { batchLeads(input: $input) { status record { name } } }";
        let input = json!({ "operations": [{ "create": { "lastName": "Curie" } }] });
        let done = ada.graphql(mutation, json!({ "input": input })).await["batchLeads"].clone();
        assert_eq!(done, json!([{ "status": 201, "record": { "name": "Curie" } }]));

        let write = |key: &str, action: &str, base: Value, data: Value| json!({ "key": key, "type": "lead", "action": action, "id": offline, "baseVersion": base, "data": data });
        let writes = json!({ "writes": [
            write("l-1", "create", Value::Null, json!({ "lastName": "Offline" })),
            write("l-2", "update", json!(1), json!({ "city": "Bonn" })),
        ] });
        let first = ada.post("/sync", writes.clone()).await.expect(200);
        let states: Vec<&str> = first["results"].as_array().expect("results").iter().filter_map(|one| one["status"].as_str()).collect();
        assert_eq!(states, ["applied", "applied"], "{first}");
        assert_eq!(ada.post("/sync", writes).await.expect(200)["results"], first["results"]);
        let kept = ada.get("/sync?types=lead").await.expect(200);
        let names: Vec<&str> = kept["items"].as_array().expect("items").iter().filter_map(|one| one["record"]["name"].as_str()).collect();
        assert_eq!(names.len(), 4, "{names:?}");
        assert!(names.contains(&"Offline"), "{names:?}");
    }
}
