//! What is acknowledged stays, and what is done is done once, whatever is killed in the middle of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use rapport_test_postgres as postgres;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{sync::watch, task::JoinSet};

use crate::{
    harness::{Client, Receiver, World, client::ada_at, program::Program, world::PASSWORD},
    operation::{ada, create_workspace, database},
};

/// Writers that do not give up: each write has a key, and is sent again until it is acknowledged.
struct Writers {
    tasks: JoinSet<()>,
    /// Where the server is.
    base: watch::Sender<String>,
    acknowledged: watch::Receiver<usize>,
    ids: Arc<Mutex<BTreeMap<String, Value>>>,
}

const WRITERS: usize = 8;
const EACH: usize = 40;

impl Writers {
    fn start(ada: &Client, base: &str) -> Self {
        let (base, at) = watch::channel(base.to_owned());
        let (count, acknowledged) = watch::channel(0);
        let (count, ids) = (Arc::new(count), Arc::new(Mutex::new(BTreeMap::new())));
        let mut tasks = JoinSet::new();
        for writer in 0..WRITERS {
            let (at, token) = (at.clone(), ada.token().to_owned());
            let (count, ids) = (count.clone(), ids.clone());
            tasks.spawn(async move {
                for n in 0..EACH {
                    let name = format!("W{writer}-{n}");
                    let id = acknowledged_id(&at, &token, &name).await;
                    ids.lock().expect("ids").insert(name, id);
                    count.send_modify(|count| *count += 1);
                }
            });
        }
        Self { tasks, base, acknowledged, ids }
    }

    /// Waits until so many writes are acknowledged.
    async fn until(&mut self, count: usize) {
        let waited = self.acknowledged.wait_for(|acknowledged| *acknowledged >= count);
        let waited = tokio::time::timeout(Duration::from_secs(120), waited).await;
        waited.expect("writes go on").expect("writers");
    }

    /// Every write and the id that it was acknowledged with, once all are.
    async fn ids(mut self) -> BTreeMap<String, Value> {
        self.until(WRITERS * EACH).await;
        self.tasks.join_all().await;
        std::mem::take(&mut *self.ids.lock().expect("ids"))
    }
}

async fn acknowledged_id(at: &watch::Receiver<String>, token: &str, name: &str) -> Value {
    let began = Instant::now();
    loop {
        let client = Client::new(&at.borrow().clone(), Some(token));
        let body = json!({ "kind": "person", "name": name });
        let key = [("idempotency-key", name)];
        match client.try_send(Method::POST, "/customers", body, &key).await {
            Some(answer) if answer.status == 201 => return answer.json()["id"].clone(),
            // Nobody is there, the database is not, or the same request is under way.
            None => {}
            Some(answer) => {
                assert!([409, 503].contains(&answer.status.as_u16()), "{}", answer.text);
            }
        }
        assert!(began.elapsed() < Duration::from_secs(90), "{name} is not acknowledged");
        tokio::task::yield_now().await;
    }
}

/// What was acknowledged is there, once, and so is the event of each.
async fn check(ada: &Client, ids: &BTreeMap<String, Value>) {
    let total = ada.get("/customers?count=true&limit=1").await.expect(200)["total"].clone();
    assert_eq!(total, ids.len());
    let mut there = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let page = ada.get(&format!("/customers?limit=200{cursor}")).await.expect(200);
        for customer in page["items"].as_array().expect("items") {
            there.insert(text(&customer["name"]), customer["id"].clone());
        }
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(&there, ids);
    let feed = "types=rapport.customer.*&after=start&limit=1000";
    let events = ada.events(feed, ids.len()).await;
    let mut told: Vec<String> =
        events["items"].as_array().expect("events").iter().map(|e| text(&e["subject"])).collect();
    told.sort_unstable();
    let mut subjects: Vec<String> = ids.values().map(text).collect();
    subjects.sort_unstable();
    assert_eq!(told, subjects);
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// Three times a server is killed in the middle of writes; the next one goes on, with the webhooks too.
async fn kill_servers(url: &str) {
    assert!(create_workspace(url).status.success());
    let serve = || Program::serve(url, &["--webhook-network", "127.0.0.1"], &[]);
    let mut program = serve();
    let client = ada(&program.base).await;
    let mut receiver = Receiver::start().await;
    let endpoint = json!({ "url": receiver.url, "eventTypes": ["rapport.customer.created.v1"] });
    client.post("/webhook-endpoints", endpoint).await.expect(201);
    let mut writers = Writers::start(&client, &program.base);
    for acknowledged in [60, 140, 220] {
        writers.until(acknowledged).await;
        program.signal("KILL");
        program = tokio::task::spawn_blocking(move || {
            program.wait();
            program
        })
        .await
        .expect("its end");
        drop(program);
        program = serve();
        writers.base.send(program.base.clone()).expect("writers");
    }
    let ids = writers.ids().await;
    check(&ada(&program.base).await, &ids).await;
    let mut missing: BTreeSet<String> = ids.values().map(text).collect();
    let all = missing.clone();
    while !missing.is_empty() {
        let subject = text(&receiver.next().await.json()["subject"]);
        assert!(all.contains(&subject), "an event of what was not done");
        missing.remove(&subject);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_on_sqlite_killed_in_the_middle_of_writes_lose_and_double_nothing() {
    let (_files, url) = database();
    kill_servers(&url).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_on_postgres_killed_in_the_middle_of_writes_lose_and_double_nothing() {
    let Some(database) = postgres::database().await else { return };
    kill_servers(&database.url).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_killed_in_the_middle_of_writes_loses_and_doubles_nothing() {
    let Some(mut server) = postgres::Server::start_private().await else { return };
    let database = server.database().await;
    kill_postgres(&mut server, &database, &database.url, &["--database-connections", "6"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_does_one_behind_pgbouncer_in_transaction_mode() {
    let Some(mut server) = postgres::Server::start_private().await else { return };
    let database = server.database().await;
    let Some(pooler) = Pooler::start(&database.url) else { return };
    let arguments = ["--database-connections", "20", "--database-pooler"];
    kill_postgres(&mut server, &database, &pooler.url, &arguments).await;
}

/// So many requests are too late when the servers start.
const LATE: usize = 240;

/// Requests that were too late long before the servers started: these tell of each while one after the other is killed.
async fn kill_tellers(world: &World, nodes: usize) {
    let client = world.ada().await;
    let target = json!({ "kind": "resolution", "priority": "normal", "within": "PT1H" });
    let policy = json!({ "name": "Standard", "position": 1, "targets": [target] });
    client.post("/service-policies", policy).await.expect(201);
    let new = json!({ "create": { "subject": "The press does not start" } });
    for _ in 0..LATE / 80 {
        let many = json!({ "operations": vec![new.clone(); 80] });
        client.post("/service-requests/batch", many).await.expect(200);
    }
    let serve = || Program::serve(world.url(), &[], &[]);
    let mut programs: Vec<Program> = (0..nodes).map(|_| serve()).collect();
    let mut killed_between = 0;
    for least in [1, LATE / 3, 2 * LATE / 3] {
        let there = told(&programs, least).await.len();
        killed_between += usize::from(there < LATE);
        programs[0].signal("KILL");
        programs.remove(0);
        programs.push(serve());
    }
    assert!(killed_between > 0, "all was told before anything was killed");
    let mut all = told(&programs, LATE).await;
    // Whatever is yet to be told is told before this, which is due later than all of them.
    let last = json!({ "subject": "The last", "openedAt": "2026-11-21T13:00:00Z" });
    let last =
        ada_at(&programs[0].base, PASSWORD).await.post("/service-requests", last).await.expect(201);
    all = told(&programs, all.len() + 1).await;
    assert!(all.contains(&text(&last["id"])));
    all.sort_unstable();
    let times = all.len();
    all.dedup();
    assert_eq!((times, all.len()), (LATE + 1, LATE + 1), "each is told once");
}

/// The requests that were told to be too late, once there are so many.
async fn told(programs: &[Program], least: usize) -> Vec<String> {
    let ada = ada_at(&programs.last().expect("a program").base, PASSWORD).await;
    let feed = "types=rapport.service_request.clock_breached.v1&after=start&limit=1000";
    let events = ada.events(feed, least).await;
    events["items"].as_array().expect("events").iter().map(|e| text(&e["subject"])).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_on_sqlite_killed_while_it_tells_of_breaches_tells_each_once() {
    kill_tellers(&World::on_sqlite().await, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_servers_on_postgres_of_which_one_is_killed_again_and_again_each_breach_is_told_once()
 {
    if let Some(world) = World::on_postgres().await {
        kill_tellers(&world, 2).await;
    }
}

/// Kills PostgreSQL three times in the middle of writes, and then its backends three times.
async fn kill_postgres(
    server: &mut postgres::Server,
    database: &postgres::Database,
    url: &str,
    arguments: &[&str],
) {
    assert!(create_workspace(&database.url).status.success());
    let program = Program::serve(url, arguments, &[]);
    let client = ada(&program.base).await;
    let mut writers = Writers::start(&client, &program.base);
    for acknowledged in [50, 100, 150] {
        writers.until(acknowledged).await;
        server.kill();
        server.restart().await;
    }
    for acknowledged in [200, 240, 280] {
        writers.until(acknowledged).await;
        terminate_all(&database.admin_url).await;
    }
    let ids = writers.ids().await;
    check(&client, &ids).await;
    let ours = "select count(*) from pg_stat_activity where datname = current_database() \
                and pid <> pg_backend_pid() and backend_type = 'client backend'";
    let connections = number(&database.admin_url, ours).await;
    assert!(connections <= 6, "{connections} connections");
    let idle = format!(
        "{ours} and state like 'idle in transaction%' and now() - state_change > interval '8 s'"
    );
    assert_eq!(number(&database.admin_url, &idle).await, 0);
}

/// A pgbouncer that gives each transaction one of at most six connections.
struct Pooler {
    child: std::process::Child,
    _files: tempfile::TempDir,
    url: String,
}

impl Pooler {
    /// `None` on a machine without one, unless there must be one.
    fn start(url: &str) -> Option<Self> {
        use std::os::unix::fs::PermissionsExt;
        let there = std::process::Command::new("pgbouncer").arg("--version").output().is_ok();
        let needed =
            std::env::var("RAPPORT_TEST_REQUIRE_PGBOUNCER").is_ok_and(|value| value == "1");
        assert!(there || !needed, "there is no pgbouncer");
        let (_, rest) = url.split_once("://").expect("a URL");
        let (login, place) = rest.split_once('@').expect("a login");
        let (user, password) = login.split_once(':').expect("a password");
        let (address, name) = place.split_once('/').expect("a database");
        let (host, port) = address.split_once(':').expect("a port");
        let files =
            tempfile::Builder::new().permissions(std::fs::Permissions::from_mode(0o755)).tempdir();
        let files = files.expect("a directory");
        let path = |file: &str| files.path().join(file).display().to_string();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let own = listener.local_addr().expect("its address").port();
        drop(listener);
        std::fs::write(path("users"), format!("\"{user}\" \"{password}\"\n")).expect("users");
        let settings = format!(
            "[databases]\n* = host={host} port={port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {own}\n\
             auth_type = plain\nauth_file = {}\npool_mode = transaction\ndefault_pool_size = 6\nunix_socket_dir =\n\
             server_login_retry = 1\n",
            path("users")
        );
        std::fs::write(path("settings"), settings).expect("settings");
        if !there {
            return None;
        }
        let root =
            std::process::Command::new("id").arg("-u").output().expect("id").stdout == b"0\n";
        let as_nobody: &[&str] = if root { &["-u", "nobody"] } else { &[] };
        let child = std::process::Command::new("pgbouncer")
            .arg("-q")
            .args(as_nobody)
            .arg(path("settings"))
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("pgbouncer");
        let url = format!("postgres://{login}@127.0.0.1:{own}/{name}");
        Some(Self { child, _files: files, url })
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn number(url: &str, sql: &str) -> i64 {
    let mut connection =
        <sqlx::PgConnection as sqlx::Connection>::connect(url).await.expect("PostgreSQL");
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    sqlx::query_scalar(sql).fetch_one(&mut connection).await.expect("a number")
}

async fn terminate_all(url: &str) {
    let others = "select count(pg_terminate_backend(pid)) from pg_stat_activity \
                  where datname = current_database() and pid <> pg_backend_pid()";
    number(url, others).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_that_says_nothing_is_given_up_and_comes_back_without_a_restart() {
    let Some(server) = postgres::Server::start_private().await else { return };
    let database = server.database().await;
    assert!(create_workspace(&database.url).status.success());
    let program = Program::serve(&database.url, &["--database-connections", "5"], &[]);
    let ada = ada(&program.base).await;
    let new = json!({ "kind": "person", "name": "Ann" });
    ada.post("/customers", new.clone()).await.expect(201);
    let stopped = processes(server.pid().expect("a server of ours"));
    signal(&stopped, "STOP");
    let began = Instant::now();
    let refused = ada.post("/customers", new.clone()).await;
    let waited = began.elapsed();
    let (live, ready) = (ada.get("/health/live").await, program.is_ready());
    signal(&stopped, "CONT");
    assert_eq!((refused.status.as_u16(), live.status.as_u16(), ready), (503, 200, false));
    assert!(waited < Duration::from_secs(30), "{waited:?}");
    let back = Instant::now();
    while ada.post("/customers", new.clone()).await.status != 201 {
        assert!(back.elapsed() < Duration::from_secs(10), "writes do not come back");
    }
}

/// A process and its children.
fn processes(parent: u32) -> Vec<String> {
    let children = std::process::Command::new("pgrep").args(["-P", &parent.to_string()]).output();
    let children = String::from_utf8(children.expect("pgrep").stdout).expect("numbers");
    children.lines().map(str::to_owned).chain([parent.to_string()]).collect()
}

fn signal(processes: &[String], name: &str) {
    // A backend may have ended meanwhile, which is no matter.
    let _ = std::process::Command::new("kill").arg(format!("-{name}")).args(processes).status();
}
