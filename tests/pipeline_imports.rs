//! Opportunities from a file: the Maven pipeline in full, and what is odd in it.

use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::harness::{Client, World, on_both_databases};

const CSV: &str = "text/csv";
const DEMO: [&[u8]; 3] = [
    include_bytes!("../crates/rapport/demo/organizations.csv.gz"),
    include_bytes!("../crates/rapport/demo/products.csv.gz"),
    include_bytes!("../crates/rapport/demo/sales_pipeline.csv.gz"),
];

fn unpacked(packed: &[u8]) -> String {
    let mut text = String::new();
    GzDecoder::new(packed).read_to_string(&mut text).expect("a text");
    text
}

async fn imported(world: &World, client: &Client, query: &str, file: String) -> Value {
    let new = client.upload(&format!("/imports?{query}"), CSV, file).await.expect(201);
    world.work().await;
    client.get(&format!("/imports/{}", new["id"].as_str().expect("an id"))).await.expect(200)
}

fn counts(import: &Value) -> [i64; 5] {
    ["rows", "imported", "updated", "unchanged", "failed"]
        .map(|name| import[name].as_i64().unwrap_or_else(|| panic!("{name}: {import}")))
}

/// What is wrong with each bad row: the field and the reason.
async fn errors(client: &Client, import: &Value) -> Vec<(String, String)> {
    let path = format!("/imports/{}/errors", import["id"].as_str().expect("an id"));
    let text = client.get(&path).await.text;
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let row = |row: Result<csv::StringRecord, csv::Error>| {
        let row = row.expect("a row");
        (row[1].to_owned(), row[2].to_owned())
    };
    rows.records().map(row).collect()
}

const ORGANIZATIONS: &str = "kind=customers&source=maven&set=kind=organization";

/// The publisher's columns.
const MAVEN: &str = "kind=opportunities&source=maven&map=opportunity_id=externalId&map=product=productName\
    &map=account=customerExternalId&map=deal_stage=stage&map=engage_date=openedOn&map=close_date=closedOn\
    &map=close_value=amount";

async fn hardware(ada: &Client) {
    let pipeline =
        json!({ "name": "Hardware", "key": "hardware", "position": 5, "isDefault": true });
    let pipeline = ada.post("/pipelines", pipeline).await.expect(201);
    for (n, name) in ["Prospecting", "Engaging"].into_iter().enumerate() {
        let stage = json!({ "pipelineId": pipeline["id"], "name": name, "key": name.to_lowercase(), "position": n, "probability": 20 });
        ada.post("/pipeline-stages", stage).await.expect(201);
    }
}

/// The demo's customers, products and opportunities, as they are when everything in the files is understood.
pub async fn maven(world: &World, ada: &Client) {
    hardware(ada).await;
    let [organizations, products, pipeline] = DEMO.map(unpacked);
    imported(world, ada, ORGANIZATIONS, organizations).await;
    imported(world, ada, "kind=products&source=maven", products).await;
    let means = format!("{MAVEN}&values=productName:GTXPro=GTX%20Pro");
    assert_eq!(counts(&imported(world, ada, &means, pipeline).await), [8800, 8800, 0, 0, 0]);
}

async fn total(client: &Client, query: &str) -> i64 {
    let list = client.get(&format!("/opportunities?{query}&count=true&limit=1")).await.expect(200);
    list["total"].as_i64().expect("a total")
}

on_both_databases! {
    async fn the_maven_pipeline_is_imported_and_nothing_in_it_is_guessed(world) {
        let ada = world.ada().await;
        hardware(&ada).await;
        let [organizations, products, pipeline] = DEMO.map(unpacked);
        imported(&world, &ada, ORGANIZATIONS, organizations).await;
        imported(&world, &ada, "kind=products&source=maven", products).await;
        // What another system calls otherwise is reported with what may be meant, and imported once that is said.
        let first = imported(&world, &ada, MAVEN, pipeline.clone()).await;
        assert_eq!(counts(&first), [8800, 7320, 0, 0, 1480]);
        let errors = errors(&ada, &first).await;
        let unknown = "\"GTXPro\" is no product; if \"GTX Pro\" is meant, say so with values";
        assert!(errors.iter().all(|(field, why)| field == "productName" && why == unknown), "{:?}", errors.first());
        let means = format!("{MAVEN}&values=productName:GTXPro=GTX%20Pro");
        let second = imported(&world, &ada, &means, pipeline.clone()).await;
        assert_eq!(counts(&second), [8800, 1480, 0, 7320, 0]);
        let again = imported(&world, &ada, &means, pipeline).await;
        assert_eq!(counts(&again), [8800, 0, 0, 8800, 0]);
        assert_eq!((total(&ada, "").await, total(&ada, "status=won").await, total(&ada, "status=lost").await), (8800, 4238, 2473));
        let none = |field: &str| format!("status=open&filter={{\"compare\":{{\"field\":\"{field}\",\"exists\":false}}}}");
        assert_eq!((total(&ada, &none("customerId")).await, total(&ada, &none("openedOn")).await), (1425, 500));
        let pipeline = ada.get("/pipelines?key=hardware").await.expect(200)["items"][0]["id"].clone();
        let board = ada.get(&format!("/pipelines/{}/board?cards=0", pipeline.as_str().expect("an id"))).await.expect(200);
        let stages: Vec<i64> = board["stages"].as_array().expect("stages").iter().filter_map(|stage| stage["count"].as_i64()).collect();
        assert_eq!(stages, [500, 1589]);
        let deal = ada.get("/opportunities?externalId=1C1I7A6R").await.expect(200)["items"][0].clone();
        assert_eq!((&deal["openedOn"], &deal["closedOn"], &deal["cycleDays"]), (&json!("2016-10-20"), &json!("2017-03-01"), &json!(132)));
        let path = format!("/opportunities/{}/periods", deal["id"].as_str().expect("an id"));
        let periods = ada.get(&path).await.expect(200)["items"].clone();
        assert_eq!((&periods[0]["status"], &periods[0]["since"]), (&json!("won"), &json!("2017-02-28T23:00:00Z")));
        assert_eq!((&periods[1]["status"], &periods[1]["since"], &periods[1]["version"]), (&json!("open"), &json!("2016-10-19T22:00:00Z"), &json!(0)));
    }

    async fn the_reports_of_the_maven_pipeline_say_what_is_in_it(world) {
        let ada = world.ada().await;
        maven(&world, &ada).await;
        let figures = ada.get("/analysis/sales").await.expect(200)["figures"].clone();
        let counted = ["opportunities", "open", "won", "lost"].map(|name| figures[name].as_i64().expect(name));
        assert_eq!(counted, [8800, 1589 + 500, 4238, 2473]);
        assert_eq!(figures["wonValue"]["amount"], "10005534.00");
        let rounded = |name: &str, to: f64| (figures[name].as_f64().expect(name) * to).round() / to;
        assert_eq!(rounded("winRate", 10_000.0), 0.6315);
        assert_eq!((rounded("meanDaysToWin", 100.0), rounded("meanDaysToLose", 100.0)), (51.78, 41.48));
        let query = "query { salesAnalysis { figures { won wonValue { amount } meanDaysToWin } openStages { name count } } }";
        let same = ada.graphql(query, json!({})).await["salesAnalysis"].clone();
        assert_eq!((&same["figures"]["won"], &same["figures"]["wonValue"]["amount"]), (&json!(4238), &json!("10005534.00")));
        assert_eq!(same["figures"]["meanDaysToWin"], figures["meanDaysToWin"]);
        assert_eq!(same["openStages"], json!([{ "name": "Prospecting", "count": 500 }, { "name": "Engaging", "count": 1589 }]));
    }

    async fn what_cannot_be_read_of_an_opportunity_is_reported_and_an_import_can_be_undone(world) {
        let ada = world.ada().await;
        hardware(&ada).await;
        world.join("moses", "rep").await;
        let file = "externalId,name,ownerName,stage,status,openedOn,closedOn,amount,closeReason\n\
            1,Fine,MOSES,Engaging,,2026-01-10,,100,\n\
            2,No day,,,won,2026-01-10,,100,\n\
            3,Too early,,,lost,2026-01-10,2026-01-09,0,Price\n\
            4,Nowhere,,Enga ging,,,,1,\n\
            5,Nobody,Mose,,,,,1,\n\
            6,No reason,,closed lost,,2026-01-10,2026-02-09,1,Prise\n\
            7,Done,,,won,2026-01-10,2026-02-09,70,product\n";
        let query = "kind=opportunities&source=crm";
        let import = imported(&world, &ada, query, file.to_owned()).await;
        assert_eq!(counts(&import), [7, 2, 0, 0, 5]);
        let errors = errors(&ada, &import).await;
        let told: Vec<(&str, &str)> = errors.iter().map(|(field, why)| (field.as_str(), why.as_str())).collect();
        assert_eq!(told, [
            ("closedOn", "is needed for what is won or lost"),
            ("closedOn", "is before the day it began"),
            ("stage", "\"Enga ging\" is no stage of the pipeline \"Hardware\"; if \"Engaging\" is meant, say so with values"),
            ("ownerName", "\"Mose\" is no user of this workspace"),
            ("closeReason", "\"Prise\" is no reason of the list"),
        ]);
        let done = ada.get("/opportunities?externalId=7").await.expect(200)["items"][0].clone();
        assert_eq!((&done["status"], &done["cycleDays"], &done["amount"]["amount"]), (&json!("won"), &json!(30), &json!("70.00")));
        // A later file moves what is there; what was there is put back when that import is undone.
        let later = "externalId,status,closedOn,amount\n1,won,2026-03-01,120\n";
        let change = imported(&world, &ada, query, later.to_owned()).await;
        assert_eq!(counts(&change), [1, 0, 1, 0, 0]);
        let one = ada.get("/opportunities?externalId=1").await.expect(200)["items"][0].clone();
        assert_eq!((&one["status"], &one["probability"], &one["amount"]["amount"]), (&json!("won"), &json!(100), &json!("120.00")));
        ada.post(&format!("/imports/{}/undo", change["id"].as_str().expect("an id")), json!({})).await.expect(200);
        world.work().await;
        let one = ada.get("/opportunities?externalId=1").await.expect(200)["items"][0].clone();
        assert_eq!((&one["status"], &one["closedOn"], &one["amount"]["amount"]), (&json!("open"), &Value::Null, &json!("100.00")));
        let path = format!("/opportunities/{}/periods", one["id"].as_str().expect("an id"));
        let periods = ada.get(&path).await.expect(200)["items"].clone();
        assert_eq!((&periods[0]["status"], &periods[0]["until"]), (&json!("open"), &Value::Null));
        assert_eq!(periods[0]["since"], periods[1]["until"]);
    }
}
