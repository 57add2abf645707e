//! Imports over the API: the file is sent, and the rest goes on by itself.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::harness::{Client, World, on_both_databases, world::UPLOAD};

const CSV: &str = "text/csv";
const NDJSON: &str = "application/x-ndjson";

/// Two good rows, one that is none, and one that a spreadsheet would take for a formula.
const CUSTOMERS: &str = "Nr;Name;kind;City\n\
    1;Acme;organization;Berlin\n\
    2;Ada Lovelace;person;London\n\
    3;;person;\n\
    4;=1+1;person;Paris\n";

/// Sends a file, has it imported, and gives back what became of it.
async fn imported(world: &World, client: &Client, query: &str, file: &str) -> Value {
    let new = client.upload(&format!("/imports?{query}"), CSV, file.to_owned()).await.expect(201);
    assert_eq!(new["state"], "queued");
    world.work().await;
    get(client, &new).await
}

async fn get(client: &Client, import: &Value) -> Value {
    client.get(&path(import, "")).await.expect(200)
}

fn path(import: &Value, of: &str) -> String {
    format!("/imports/{}{of}", import["id"].as_str().expect("an id"))
}

fn counts(import: &Value) -> [i64; 5] {
    ["rows", "imported", "updated", "unchanged", "failed"]
        .map(|name| import[name].as_i64().expect(name))
}

async fn total(client: &Client, path: &str) -> i64 {
    let separator = if path.contains('?') { '&' } else { '?' };
    let list = client.get(&format!("{path}{separator}count=true&limit=1")).await.expect(200);
    list["total"].as_i64().expect("a total")
}

async fn customer(client: &Client, external_id: &str) -> Value {
    client.get(&format!("/customers?externalId={external_id}")).await.expect(200)["items"][0]
        .clone()
}

/// Sends a file of so many bytes without saying how many. What the server answers, be it before the end.
async fn in_chunks(world: &World, client: &Client, path: &str, bytes: u64) -> String {
    let address = world.base.trim_start_matches("http://").to_owned();
    let (mut from, mut to) =
        tokio::net::TcpStream::connect(&address).await.expect("a connection").into_split();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\ncontent-type: text/csv\r\n\
         transfer-encoding: chunked\r\n\r\n",
        client.token()
    );
    let writing = tokio::spawn(async move {
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
        to.write_all(head.as_bytes()).await?;
        for _ in 0..=bytes / 0x10000 {
            to.write_all(chunk.as_bytes()).await?;
        }
        to.write_all(b"0\r\n\r\n").await
    });
    let mut answer = vec![0; 1024];
    let read = from.read(&mut answer).await.expect("an answer");
    // It may have been broken off, which is the server's right.
    let _ = writing.await.expect("the writer");
    String::from_utf8_lossy(&answer[..read]).into_owned()
}

on_both_databases! {
    async fn a_file_is_imported_and_its_bad_rows_can_be_put_right_and_imported(world) {
        let ada = world.ada().await;
        let query = "kind=customers&source=erp&map=Nr%3DexternalId&fileName=kunden.csv";
        let made = ada.upload(&format!("/imports?{query}"), CSV, CUSTOMERS).await;
        let location = made.header("location").to_owned();
        let made = made.expect(201);
        assert_eq!(location, format!("/api/v1{}", path(&made, "")));
        assert_eq!((&made["bytes"], &made["fileName"]), (&json!(CUSTOMERS.len()), &json!("kunden.csv")));
        assert_eq!(total(&ada, "/customers").await, 0);
        world.work().await;
        let done = get(&ada, &made).await;
        assert_eq!((&done["state"], &done["problem"]), (&json!("succeeded"), &Value::Null));
        assert_eq!(counts(&done), [4, 3, 0, 0, 1]);
        assert_eq!(done["bytesRead"], done["bytes"]);
        assert_eq!(done["columns"]["delimiter"], ";");
        assert_eq!(customer(&ada, "4").await["name"], "=1+1");
        let errors = ada.get(&path(&made, "/errors")).await;
        assert!(errors.header("content-type").starts_with("text/csv"), "{errors:?}");
        assert!(errors.header("content-disposition").starts_with("attachment"));
        assert_eq!(errors.text, "line;field;reason;Nr;Name;kind;City\n4;name;is missing;3;;person;\n");
        let right = errors.text.replace(";3;;", ";3;=SUM(A1);");
        let again = imported(&world, &ada, query, &right).await;
        assert_eq!(counts(&again), [1, 1, 0, 0, 0]);
        let all = CUSTOMERS.replace(";;person", ";'=SUM(A1);person").replace("London", "Paris");
        let changed = imported(&world, &ada, query, &all).await;
        assert_eq!(counts(&changed), [4, 0, 1, 3, 0]);
    }

    async fn lines_of_json_leave_alone_what_they_leave_out(world) {
        let ada = world.ada().await;
        let first = r#"{"externalId":"1","kind":"organization","name":"Acme","city":"Berlin","employees":7}"#;
        let made = ada.upload("/imports?kind=customers", NDJSON, first).await.expect(201);
        assert_eq!(made["format"], "ndjson");
        world.work().await;
        assert_eq!(counts(&get(&ada, &made).await), [1, 1, 0, 0, 0]);
        let second = "{\"externalId\":\"1\",\"city\":null}\n{\"externalId\":\"2\"}\nno json\n";
        let made = ada.upload("/imports?kind=customers", NDJSON, second).await.expect(201);
        world.work().await;
        assert_eq!(counts(&get(&ada, &made).await), [3, 0, 1, 0, 2]);
        let acme = customer(&ada, "1").await;
        assert_eq!((&acme["name"], &acme["employees"], &acme["city"]), (&json!("Acme"), &json!(7), &Value::Null));
        let errors = ada.get(&path(&made, "/errors")).await.text;
        assert!(errors.contains("\n3,,is no JSON object"), "{errors}");
    }

    async fn a_dry_run_changes_nothing(world) {
        let ada = world.ada().await;
        let dry = imported(&world, &ada, "kind=customers&map=Nr%3DexternalId&dryRun=true", CUSTOMERS).await;
        assert_eq!((counts(&dry), total(&ada, "/customers").await), ([4, 3, 0, 0, 1], 0));
        assert!(ada.get(&path(&dry, "/errors")).await.text.contains("is missing"));
        assert_eq!(ada.post(&path(&dry, "/undo"), json!({})).await.status, 409);
    }

    async fn a_mapping_is_saved_and_used_again(world) {
        let ada = world.ada().await;
        let options = json!({ "map": [{ "column": "Nr", "field": "externalId" }], "delimiter": ";" });
        let new = json!({ "name": "ERP customers", "kind": "customers", "source": "erp", "options": options });
        let mapping = ada.post("/mappings", new.clone()).await.expect(201);
        assert_eq!(ada.post("/mappings", new).await.status, 409);
        let done = imported(&world, &ada, "kind=customers&mapping=ERP%20customers", CUSTOMERS).await;
        assert_eq!((&done["source"], counts(&done)), (&json!("erp"), [4, 3, 0, 0, 1]));
        for query in ["kind=customers&mapping=None", "kind=orders&mapping=ERP%20customers",
                      "kind=customers&mapping=ERP%20customers&delimiter=,"] {
            let refused = ada.upload(&format!("/imports?{query}"), CSV, CUSTOMERS).await;
            assert_eq!((refused.status.as_u16(), refused.pointers()), (409, vec!["/mapping".to_owned()]), "{query}");
        }
        let path = format!("/mappings/{}", mapping["id"].as_str().expect("an id"));
        let patch = json!({ "options": { "map": [{ "column": "Name", "field": "externalId" }] }, "baseVersion": 1 });
        ada.patch(&path, patch).await.expect(200);
        let renamed = ada.upload("/imports?kind=customers&mapping=ERP%20customers", CSV, CUSTOMERS).await;
        world.work().await;
        assert_eq!(counts(&get(&ada, &renamed.expect(201)).await)[4], 4, "no row has a name any more");
    }

    async fn what_cannot_be_imported_is_refused_at_once(world) {
        let ada = world.ada().await;
        let upload = async |query: &str, kind: &str, file: &'static str| {
            ada.upload(&format!("/imports{query}"), kind, file).await
        };
        assert_eq!(upload("", CSV, CUSTOMERS).await.pointers(), ["/kind"]);
        let wrong = upload("?kind=ufos&dryRun=x&map=a&set=kind%3Dperson&no=1", CSV, CUSTOMERS).await;
        assert_eq!((wrong.status.as_u16(), wrong.pointers().len()), (422, 4), "{}", wrong.text);
        assert_eq!(upload("?kind=customers", "application/json", "{}").await.status, 415);
        let columns = upload("?kind=customers&map=No%3Dname&set=nothing%3Dx", CSV, CUSTOMERS).await;
        assert_eq!((columns.status.as_u16(), columns.pointers().len()), (409, 2), "{}", columns.text);
        assert_eq!(upload("?kind=customers", CSV, "").await.status, 400);
        let (rep, _) = world.join("rep", "rep").await;
        assert_eq!(rep.upload("/imports?kind=customers", CSV, CUSTOMERS).await.status, 403);
        assert_eq!(total(&ada, "/imports").await, 0);
        let left = std::fs::read_dir(world.files.path(world.acme.id, world.acme.id.uuid(), rapport_domain::integration::files::Part::Upload).parent().expect("a directory"));
        assert_eq!(left.map_or(0, Iterator::count), 0, "no file is left behind");
    }

    async fn a_file_that_is_too_large_is_refused_whether_it_says_so_or_not(world) {
        let ada = world.ada().await;
        let large = "x".repeat(UPLOAD as usize + 1);
        let said = ada.upload("/imports?kind=customers", CSV, large.clone()).await;
        assert_eq!((said.status.as_u16(), said.json()["code"].as_str()), (413, Some("payload_too_large")));
        let unsaid = in_chunks(&world, &ada, "/api/v1/imports?kind=customers", UPLOAD + 1).await;
        assert!(unsaid.starts_with("HTTP/1.1 413 "), "{unsaid}");
        assert_eq!(total(&ada, "/imports").await, 0);
    }

    async fn an_import_that_is_called_off_imports_nothing_more(world) {
        let ada = world.ada().await;
        let query = "/imports?kind=customers&map=Nr%3DexternalId";
        let made = ada.upload(query, CSV, CUSTOMERS).await.expect(201);
        let cancelled = ada.post(&path(&made, "/cancel"), json!({})).await.expect(200);
        assert_eq!(cancelled["state"], "cancelled");
        world.work().await;
        assert_eq!((&get(&ada, &made).await["state"], total(&ada, "/customers").await), (&json!("cancelled"), 0));
        assert_eq!(ada.post(&path(&made, "/cancel"), json!({})).await.status, 409);
        let done = ada.upload(query, CSV, CUSTOMERS).await.expect(201);
        world.work().await;
        assert_eq!(ada.post(&path(&done, "/cancel"), json!({})).await.status, 409);
    }

    async fn a_repeated_upload_with_an_id_of_the_clients_is_one_import(world) {
        let ada = world.ada().await;
        let query = "/imports?kind=customers&map=Nr%3DexternalId&id=019aa6cd-6f51-7c12-9d67-3c5b52a4e7f0";
        let first = ada.upload(query, CSV, CUSTOMERS).await.expect(201);
        world.work().await;
        let again = ada.upload(query, CSV, CUSTOMERS).await.expect(201);
        assert_eq!((&again["id"], &again["state"]), (&first["id"], &json!("succeeded")));
        assert_eq!(total(&ada, "/imports").await, 1);
        assert_eq!(ada.upload(&format!("{query}&dryRun=true"), CSV, CUSTOMERS).await.status, 409);
    }

    async fn undoing_an_import_deletes_what_it_made_and_changes_back_what_nobody_else_changed(world) {
        let ada = world.ada().await;
        let query = "kind=customers&map=Nr%3DexternalId";
        imported(&world, &ada, query, CUSTOMERS).await;
        let changed = "Nr;Name;kind;City;Employees\n1;Acme Inc;organization;Bonn;5\n2;Ada King;person;Paris;\n9;New;person;;\n";
        let second = imported(&world, &ada, query, changed).await;
        assert_eq!(counts(&second), [3, 1, 2, 0, 0]);
        let acme = customer(&ada, "1").await;
        let patch = json!({ "city": "Hamburg", "phone": "+4930901820" });
        ada.patch(&format!("/customers/{}", acme["id"].as_str().expect("an id")), patch).await.expect(200);
        let undoing = ada.post(&path(&second, "/undo"), json!({})).await.expect(200);
        assert_eq!(undoing["state"], "undoing");
        world.work().await;
        let undone = get(&ada, &second).await;
        assert_eq!(undone["state"], "undone", "{undone}");
        assert_eq!([&undone["deleted"], &undone["restored"], &undone["conflicts"]], [1, 2, 1]);
        let acme = customer(&ada, "1").await;
        assert_eq!([&acme["name"], &acme["city"], &acme["phone"]], ["Acme", "Hamburg", "+4930901820"]);
        assert_eq!(acme["employees"], Value::Null);
        let king = customer(&ada, "2").await;
        assert_eq!([&king["name"], &king["city"]], ["Ada Lovelace", "London"]);
        assert_eq!(customer(&ada, "9").await, Value::Null);
        let conflicts = ada.get(&path(&second, "/conflicts")).await.text;
        let id = acme["id"].as_str().expect("an id");
        assert_eq!(conflicts, format!("resource,id,member,before,imported,now\ncustomer,{id},city,Berlin,Bonn,Hamburg\n"));
        assert_eq!(ada.post(&path(&second, "/undo"), json!({})).await.status, 409);
    }

    async fn undoing_an_import_of_orders_puts_their_lines_back(world) {
        let ada = world.ada().await;
        let query = "kind=orders&createCustomers=true&set=kind%3Dperson";
        let header = "externalId,customerExternalId,name,orderedOn,lineDescription,unitPrice,status\n";
        let first = format!("{header}A,c1,Ann,2024-01-01,Thing,1.50,placed\nA,c1,Ann,2024-01-01,Other,2.00,placed\nB,c1,Ann,2024-01-02,Thing,3.00,placed\n");
        imported(&world, &ada, query, &first).await;
        let before = ada.get("/orders?sort=number").await.expect(200)["items"].clone();
        let second = format!("{header}A,c1,Ann,2024-01-03,Third,9.00,completed\nB,c1,Ann,2024-01-02,Thing,4.00,placed\nC,c2,Bob,2024-01-02,Thing,3.00,placed\n");
        let second = imported(&world, &ada, query, &second).await;
        assert_eq!((counts(&second), &second["customers"]), ([3, 1, 2, 0, 0], &json!(1)));
        ada.post(&path(&second, "/undo"), json!({})).await.expect(200);
        world.work().await;
        let undone = get(&ada, &second).await;
        assert_eq!([&undone["deleted"], &undone["restored"], &undone["conflicts"]], [2, 2, 0], "{undone}");
        let after = ada.get("/orders?sort=number").await.expect(200)["items"].clone();
        assert_eq!(total(&ada, "/orders").await, 2);
        for (before, after) in before.as_array().expect("orders").iter().zip(after.as_array().expect("orders")) {
            for member in ["lines", "total", "status", "orderedOn", "customerId", "number"] {
                assert_eq!(before[member], after[member], "{member}");
            }
        }
    }

    async fn an_import_runs_with_what_whoever_started_it_may_do_when_it_runs(world) {
        let ada = world.ada().await;
        let (marketer, me) = world.join("marketer", "marketer").await;
        let query = "/imports?kind=customers&map=Nr%3DexternalId";
        let first = marketer.upload(query, CSV, CUSTOMERS).await.expect(201);
        assert_eq!(first["createdBy"], me["id"]);
        world.work().await;
        let events = ada.events("types=rapport.customer.created.v1", 3).await;
        assert_eq!(events["items"].as_array().map(Vec::len), Some(3), "{events}");
        let second = marketer.upload(query, CSV, CUSTOMERS).await.expect(201);
        let viewer = ada.get("/roles?builtIn=viewer").await.expect(200)["items"][0]["id"].clone();
        let user = format!("/users/{}", me["id"].as_str().expect("an id"));
        ada.patch(&user, json!({ "roleId": viewer })).await.expect(200);
        world.work().await;
        let refused = get(&ada, &second).await;
        assert_eq!((&refused["state"], &refused["rows"]), (&json!("failed"), &json!(0)));
        assert!(refused["problem"].as_str().is_some_and(|why| why.contains("may not")), "{refused}");
        assert_eq!(marketer.get(&path(&first, "")).await.status, 403);
        // Ada may undo what somebody else has imported.
        ada.post(&path(&first, "/undo"), json!({})).await.expect(200);
        world.work().await;
        assert_eq!((&get(&ada, &first).await["deleted"], total(&ada, "/customers").await), (&json!(3), 0));
    }

    async fn somebody_elses_import_is_not_there(world) {
        let (ada, rita) = (world.ada().await, world.rita().await);
        let made = imported(&world, &ada, "kind=customers&map=Nr%3DexternalId", CUSTOMERS).await;
        for of in ["", "/errors", "/conflicts", "/progress"] {
            assert_eq!(rita.get(&path(&made, of)).await.status, 404, "{of}");
        }
        for verb in ["/cancel", "/undo"] {
            assert_eq!(rita.post(&path(&made, verb), json!({})).await.status, 404, "{verb}");
        }
        let (one, _) = world.join("one", "marketer").await;
        assert_eq!(one.get(&path(&made, "")).await.status, 404, "marketers see their own");
    }

    async fn progress_is_told_until_the_import_is_over(world) {
        let ada = world.ada().await;
        let made = ada.upload("/imports?kind=customers&map=Nr%3DexternalId", CSV, CUSTOMERS).await.expect(201);
        let (client, at) = (ada.clone(), path(&made, "/progress"));
        let told = tokio::spawn(async move { client.get(&at).await });
        world.work().await;
        let told = told.await.expect("an answer");
        assert_eq!(told.header("content-type"), "text/event-stream");
        let last = told.text.lines().rev().find_map(|line| line.strip_prefix("data: ")).expect("an event");
        let last: Value = serde_json::from_str(last).expect("JSON");
        assert_eq!((&last["state"], counts(&last)), (&json!("succeeded"), [4, 3, 0, 0, 1]));
        assert!(told.text.contains("event: progress"), "{}", told.text);
    }

    async fn graphql_imports_and_undoes_too(world) {
        let ada = world.ada().await;
        let query = "mutation($input: NewImport!, $content: String!) { createImport(input: $input, content: $content) { id state } }";
        let input = json!({ "kind": "CUSTOMERS", "options": { "map": [{ "column": "Nr", "field": "externalId" }] } });
        let made = ada.graphql(query, json!({ "input": input, "content": CUSTOMERS })).await["createImport"].clone();
        world.work().await;
        let one = "query($id: UUID!) { import(id: $id) { state imported failed columns { used { column field } ignored } } }";
        let done = ada.graphql(one, json!({ "id": made["id"] })).await["import"].clone();
        assert_eq!((&done["state"], &done["imported"], &done["failed"]), (&json!("SUCCEEDED"), &json!(3), &json!(1)));
        assert_eq!(done["columns"]["used"][0], json!({ "column": "Nr", "field": "externalId" }));
        let undo = "mutation($id: UUID!) { undoImport(id: $id) { state } }";
        assert_eq!(ada.graphql(undo, json!({ "id": made["id"] })).await["undoImport"]["state"], "UNDOING");
        world.work().await;
        assert_eq!(total(&ada, "/customers").await, 0);
        let codes = ada.graphql_codes("mutation($id: UUID!) { cancelImport(id: $id) { state } }", json!({ "id": made["id"] })).await;
        assert_eq!(codes, ["refused"]);
    }
}
