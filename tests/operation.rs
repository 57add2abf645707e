//! The program as an operator meets it: start, stop, and what it says when it cannot.

use std::process::Output;

use serde_json::{Value, json};

use crate::harness::{
    Client,
    client::ada_at,
    program::{Program, command},
};

const PASSWORD: &str = "a password for the operator";

pub fn database() -> (tempfile::TempDir, String) {
    let files = tempfile::tempdir().expect("a temporary directory");
    let url = format!("sqlite://{}", files.path().join("rapport.db").display());
    (files, url)
}

/// Makes the workspace `acme` by the command line.
pub fn create_workspace(url: &str) -> Output {
    use std::{io::Write, process::Stdio};
    let arguments =
        ["workspace", "create", "acme", "--name", "Acme", "--admin-email", "ada@acme.example"];
    let mut child = command(&arguments)
        .args(["--password-stdin", "--database-url", url])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    child.stdin.take().expect("its input").write_all(PASSWORD.as_bytes()).expect("the password");
    child.wait_with_output().expect("its output")
}

pub async fn ada(base: &str) -> Client {
    ada_at(base, PASSWORD).await
}

fn refusal(arguments: &[&str]) -> String {
    let output = command(arguments).output().expect("the program");
    assert!(!output.status.success(), "{arguments:?} was not refused");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!said.contains("panicked") && !said.contains("backtrace"), "{said}");
    said
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_takes_one_node() {
    let (_files, url) = database();
    assert!(create_workspace(&url).status.success());
    let mut program = Program::serve(&url, &[], &[]);
    let said = refusal(&["serve", "--bind", "127.0.0.1:0", "--database-url", &url]);
    assert!(said.contains("SQLite takes one node"), "{said}");
    program.signal("KILL");
    tokio::task::spawn_blocking(move || program.wait()).await.expect("its end");
    ada(&Program::serve(&url, &[], &[]).base).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_lets_requests_end_and_what_was_acknowledged_is_there_after() {
    let (_files, url) = database();
    assert!(create_workspace(&url).status.success());
    let mut program = Program::serve(&url, &["--drain", "1"], &[]);
    let ada = ada(&program.base).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let writers = (0..4).map(|writer| {
        let (ada, stopped) = (ada.clone(), stopped.clone());
        tokio::spawn(async move {
            let mut acknowledged = 0;
            // Until readiness falls, every request is answered.
            while !*stopped.borrow() {
                let new = json!({ "kind": "person", "name": format!("Writer {writer}") });
                ada.post("/customers", new).await.expect(201);
                acknowledged += 1;
            }
            acknowledged
        })
    });
    let writers: Vec<_> = writers.collect();
    ada.get("/customers").await.expect(200);
    program.signal("TERM");
    while program.is_ready() {
        tokio::task::yield_now().await;
    }
    stop.send(true).expect("writers");
    let mut acknowledged = 0;
    for writer in writers {
        acknowledged += writer.await.expect("a writer");
    }
    let code = tokio::task::spawn_blocking(move || program.wait()).await.expect("its end");
    assert_eq!(code, Some(0));
    assert_eq!(count(&url).await, acknowledged);
}

/// How many customers a new program finds.
async fn count(url: &str) -> i64 {
    let program = Program::serve(url, &[], &[]);
    let total = ada(&program.base).await.get("/customers?count=true&limit=1").await.expect(200);
    total["total"].as_i64().expect("a total")
}

#[test]
fn a_port_in_use_is_said_with_what_to_do() {
    let (_files, url) = database();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let bind = taken.local_addr().expect("its address").to_string();
    let said = refusal(&["serve", "--bind", &bind, "--database-url", &url]);
    assert!(said.contains(&bind) && said.contains("--bind"), "{said}");
}

#[test]
fn a_database_that_cannot_be_reached_is_said_without_its_password() {
    let url = "postgres://ada:geheim@127.0.0.1:9/nowhere";
    let said = refusal(&["migrate", "--database-url", url, "--database-patience", "1"]);
    assert!(said.contains("--database-url") && !said.contains("geheim"), "{said}");
    let said = refusal(&["migrate", "--database-url", "mysql://localhost/x"]);
    assert!(said.contains("sqlite:"), "{said}");
}

#[tokio::test]
async fn a_schema_newer_than_the_program_is_refused() {
    let (_files, url) = database();
    assert!(command(&["migrate", "--database-url", &url]).status().expect("the program").success());
    let mut db =
        <sqlx::SqliteConnection as sqlx::Connection>::connect(&url).await.expect("a database");
    let newer = "insert into seaql_migrations (version, applied_at) values ('m9999_future', 0)";
    sqlx::raw_sql(newer).execute(&mut db).await.expect("a row");
    let said = refusal(&["serve", "--bind", "127.0.0.1:0", "--database-url", &url]);
    assert!(said.contains("newer") && said.contains("m9999_future"), "{said}");
}

#[test]
fn a_bad_flag_and_a_weak_password_are_refused_with_a_reason() {
    assert!(refusal(&["serve", "--bind", "nonsense"]).contains("--bind"));
    let (_files, url) = database();
    let arguments = [
        "workspace",
        "create",
        "acme",
        "--name",
        "Acme",
        "--admin-email",
        "a@b.example",
        "--password-stdin",
        "--database-url",
        &url,
    ];
    let said = refusal(&arguments);
    assert!(said.contains("assword"), "{said}");
}

#[test]
fn every_setting_is_listed_by_help() {
    let output = command(&["serve", "--help"]).output().expect("the program");
    let help = String::from_utf8_lossy(&output.stdout).into_owned();
    for variable in
        ["RAPPORT_BIND", "RAPPORT_DATABASE_URL", "RAPPORT_DEMO", "RAPPORT_METRICS_TOKEN"]
    {
        assert!(help.contains(variable), "{variable} is not in {help}");
    }
}

#[test]
fn the_generated_files_are_as_the_program_writes_them() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let output = command(&["schema", "check", "--root", root]).output().expect("the program");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_tells_the_same_on_both_databases() {
    let (_files, sqlite) = database();
    let mut told: Vec<Value> = vec![demo(&sqlite).await];
    if let Some(postgres) = rapport_test_postgres::database().await {
        told.push(demo(&postgres.url).await);
        assert_eq!(told[0], told[1]);
    }
    assert_eq!(told[0]["customers"], 1080);
    assert_eq!(told[0]["orders"], 9144);
    assert!(
        told[0]["members"].as_array().is_some_and(|members| !members.is_empty()),
        "{}",
        told[0]
    );
}

/// What the demo workspace says over both APIs.
async fn demo(url: &str) -> Value {
    let program = Program::serve(url, &["--demo"], &[("RAPPORT_DEMO_PASSWORD", PASSWORD)]);
    let credentials =
        json!({ "workspace": "demo", "email": "ada@demo.example", "password": PASSWORD });
    let tokens = Client::new(&program.base, None).post("/sessions", credentials).await.expect(201);
    let ada = Client::new(&program.base, tokens["accessToken"].as_str());
    let total = async |path: &str| {
        ada.get(&format!("{path}?count=true&limit=1")).await.expect(200)["total"].clone()
    };
    let query = "{ segments(first: 1) { nodes { name memberCount members(sort: \"name\", first: 100) { nodes { name orders(first: 2) { orderedOn total { amount currency } } } } } } }";
    let segment = ada.graphql(query, json!({})).await["segments"]["nodes"][0].clone();
    json!({
        "customers": total("/customers").await,
        "orders": total("/orders").await,
        "products": total("/products").await,
        "users": total("/users").await,
        "segment": segment["name"],
        "memberCount": segment["memberCount"],
        "members": segment["members"]["nodes"],
    })
}

crate::harness::on_both_databases! {
    async fn a_compressed_body_is_refused_unread(world) {
        let ada = world.ada().await;
        let new = json!({ "kind": "person", "name": "Ann" });
        for coding in ["gzip", "deflate", "identity, gzip", "unheard-of"] {
            let headers = [("content-encoding", coding)];
            let answer = ada.send(reqwest::Method::POST, "/customers", Some(new.clone()), &headers).await;
            assert_eq!((answer.status.as_u16(), answer.header("accept-encoding")), (415, "identity"));
        }
        let headers = [("content-encoding", "identity")];
        ada.send(reqwest::Method::POST, "/customers", Some(new), &headers).await.expect(201);
    }
}
