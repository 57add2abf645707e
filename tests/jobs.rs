//! Jobs through the ends of the programs that do them: killed and started again, or killed and taken over.

use serde_json::{Value, json};
use sqlx::Connection;

use crate::{
    harness::{Client, program::Program},
    operation::{ada, create_workspace, database},
};

/// Enough rows that the program can be killed in the middle of them.
const ROWS: usize = 40_000;

/// Customers, of which one in a hundred has no name.
fn customers() -> String {
    let row = |n: usize| {
        let name = if n % 100 == 99 { String::new() } else { format!("Customer {n}") };
        format!("{n},person,{name},Berlin\n")
    };
    format!("externalId,kind,name,city\n{}", (0..ROWS).map(row).collect::<String>())
}

async fn upload(client: &Client) -> String {
    let made = client.upload("/imports?kind=customers", "text/csv", customers()).await.expect(201);
    format!("/imports/{}", made["id"].as_str().expect("an id"))
}

/// Waits until an import has come so far, or is over. How far it has come then.
async fn wait(client: &Client, import: &str, rows: i64) -> Value {
    loop {
        let now = client.get(import).await.expect(200);
        let over = !["queued", "running"].contains(&now["state"].as_str().expect("a state"));
        if over || now["rows"].as_i64().expect("a number") >= rows {
            return now;
        }
    }
}

async fn total(client: &Client, path: &str) -> i64 {
    let list = client.get(&format!("{path}count=true&limit=1")).await.expect(200);
    list["total"].as_i64().expect("a total")
}

/// Every good row is there once, and was written once; every bad one is told of once.
async fn everything_is_there_once(client: &Client, import: &str) {
    let done = wait(client, import, i64::MAX).await;
    let (rows, bad) = (ROWS as i64, ROWS as i64 / 100);
    assert_eq!(done["state"], "succeeded", "{done}");
    assert_eq!(
        [&done["rows"], &done["imported"], &done["failed"]],
        [rows, rows - bad, bad],
        "{done}"
    );
    assert_eq!([&done["updated"], &done["unchanged"]], [0, 0], "{done}");
    assert_eq!(total(client, "/customers?").await, rows - bad);
    assert_eq!(total(client, "/customers?version=1&").await, rows - bad);
    let errors = client.get(&format!("{import}/errors")).await.text;
    let lines: std::collections::HashSet<&str> = errors.lines().collect();
    assert_eq!((errors.lines().count(), lines.len()), (1 + bad as usize, 1 + bad as usize));
}

async fn killed_and_started_again(url: &str) {
    assert!(create_workspace(url).status.success());
    let files = tempfile::tempdir().expect("a temporary directory");
    let more = ["--files", files.path().to_str().expect("a path")];
    let program = Program::serve(url, &more, &[]);
    let client = ada(&program.base).await;
    let import = upload(&client).await;
    let mut reached = 0;
    let mut program = program;
    for kill in 1..=3 {
        let client = ada(&program.base).await;
        let now = wait(&client, &import, reached + 4_000).await;
        assert_eq!(now["state"], "running", "killed in the middle: {now}");
        let rows = now["rows"].as_i64().expect("a number");
        assert!(rows > reached, "it went on after kill {kill}");
        reached = rows;
        program.signal("KILL");
        program = Program::serve(url, &more, &[]);
        let client = ada(&program.base).await;
        let after = client.get(&import).await.expect(200);
        assert!(after["rows"].as_i64().expect("a number") >= reached, "what was told is kept");
    }
    everything_is_there_once(&ada(&program.base).await, &import).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_is_killed_goes_on_where_it_was_on_sqlite() {
    let (_files, url) = database();
    killed_and_started_again(&url).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_is_killed_goes_on_where_it_was_on_postgres() {
    if let Some(database) = rapport_test_postgres::database().await {
        killed_and_started_again(&database.url).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_leaves_an_import_where_it_is_and_it_goes_on_at_once() {
    let (_files, url) = database();
    assert!(create_workspace(&url).status.success());
    let mut program = Program::serve(&url, &["--drain", "0"], &[]);
    let import = upload(&ada(&program.base).await).await;
    let before = wait(&ada(&program.base).await, &import, 4_000).await;
    assert_eq!(before["state"], "running");
    program.signal("TERM");
    let code = tokio::task::spawn_blocking(move || program.wait()).await.expect("its end");
    assert_eq!(code, Some(0));
    let program = Program::serve(&url, &[], &[]);
    everything_is_there_once(&ada(&program.base).await, &import).await;
}

/// How often the import was taken up, and by whom it is being done.
async fn attempts(url: &str, workspace: &str) -> i32 {
    let mut db = sqlx::PgConnection::connect(url).await.expect("a connection");
    let within = "select set_config('rapport.workspace', $1, false)";
    sqlx::query(within).bind(workspace).execute(&mut db).await.expect("a workspace");
    let attempt = "select attempt from import";
    sqlx::query_scalar(attempt).fetch_one(&mut db).await.expect("an import")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_nodes_one_does_a_job_and_where_it_is_killed_the_other() {
    let Some(database) = rapport_test_postgres::database().await else { return };
    assert!(create_workspace(&database.url).status.success());
    let files = tempfile::tempdir().expect("a temporary directory");
    let more = ["--files", files.path().to_str().expect("a path")];
    let first = Program::serve(&database.url, &more, &[]);
    let at_first = ada(&first.base).await;
    let workspace = at_first.get("/workspace").await.expect(200)["id"].clone();
    let workspace = workspace.as_str().expect("an id");
    // The first node has the job before there is another.
    let import = upload(&at_first).await;
    wait(&at_first, &import, 1).await;
    let second = Program::serve(&database.url, &more, &[]);
    let at_second = ada(&second.base).await;
    let seen = wait(&at_second, &import, 8_000).await;
    assert_eq!(seen["state"], "running", "{seen}");
    assert_eq!(attempts(&database.url, workspace).await, 1, "the other leaves it alone");
    first.signal("KILL");
    everything_is_there_once(&at_second, &import).await;
    assert_eq!(attempts(&database.url, workspace).await, 2);
    // What the second node is asked for the second node does; and it can undo what the first has begun.
    at_second.post(&format!("{import}/undo"), json!({})).await.expect(200);
    let undone = wait_for(&at_second, &import, "undone").await;
    assert_eq!([&undone["deleted"], &undone["conflicts"]], [ROWS as i64 / 100 * 99, 0]);
    assert_eq!(total(&at_second, "/customers?").await, 0);
}

async fn wait_for(client: &Client, import: &str, state: &str) -> Value {
    loop {
        let now = client.get(import).await.expect(200);
        assert_ne!(now["state"], "failed", "{now}");
        if now["state"] == state {
            return now;
        }
    }
}
