use std::{net::TcpListener, sync::Mutex, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use rapport_api::Draining;
use rapport_domain::{
    Database, Nodes,
    identity::{
        auth::{Auth, Settings as AuthSettings},
        workspaces::{self, NewWorkspace},
    },
    integration::{
        files::Files,
        jobs::Worker,
        objects::Objects,
        webhooks::{self, Dispatcher},
    },
    kernel::{Clock, Settings, outbound::Networks},
    readers,
};
use rapport_entity::identity::workspace;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use tokio::{
    sync::{oneshot, watch},
    task::JoinHandle,
};

use rapport_test_postgres as postgres;

use super::Client;

/// The password of everybody in the world.
pub const PASSWORD: &str = "violet lantern over the harbour";

/// The largest file that can be sent to be imported.
pub const UPLOAD: u64 = 4 * 1024 * 1024;

/// The largest file of a record.
pub const OBJECT: u64 = 256 * 1024;

/// A server with a workspace `acme`, whose administrator is Ada, and a workspace `rival`, whose administrator is Rita.
/// Its clock stands still until a test moves it.
pub struct World {
    /// Where the server is: `http://127.0.0.1:port`.
    pub base: String,
    /// The database, for what no client can see.
    pub database: Database,
    /// The clock of the server.
    pub clock: Clock,
    /// The workspace `acme`.
    pub acme: workspace::Model,
    auth: Auth,
    url: String,
    /// Where the files of imports and exports are.
    pub files: Files,
    /// Where files of records are: of at most [`OBJECT`] bytes.
    pub objects: Objects,
    directory: TempDir,
    postgres: Option<postgres::Database>,
    /// Each server runs for as long as its end of this is held.
    servers: Mutex<Vec<oneshot::Sender<Never>>>,
}

/// What no server is ever sent.
enum Never {}

impl World {
    /// A world on SQLite.
    pub async fn on_sqlite() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let url = format!("sqlite://{}", directory.path().join("rapport.db").display());
        Self::on(&url, directory, None).await
    }

    /// A world on PostgreSQL; `None` where there is none to be had.
    pub async fn on_postgres() -> Option<Self> {
        let postgres = postgres::database().await?;
        let url = postgres.url.clone();
        let directory = tempfile::tempdir().expect("a temporary directory");
        Some(Self::on(&url, directory, Some(postgres)).await)
    }

    async fn on(url: &str, directory: TempDir, postgres: Option<postgres::Database>) -> Self {
        let clock = Clock::fixed(noon());
        let settings = Settings { connections: 9, ..Settings::new(url) };
        let database = Database::connect(&settings, clock.clone()).await.expect("a database");
        let database = database.with_networks(receivers()).with_pace(TimeDelta::zero());
        database.migrate().await.expect("a schema");
        let acme = new_workspace(&database, "acme", "ada@acme.example", "Ada Lovelace").await;
        new_workspace(&database, "rival", "rita@rival.example", "Rita Rival").await;
        let auth = Auth::new(database.clone(), AuthSettings::default()).await.expect("keys");
        let files = Files::new(directory.path().join("files"), UPLOAD);
        let objects = Objects::directory(directory.path().join("objects"), OBJECT);
        let (base, server) = serve(auth.clone(), settings_of_a_server(&files, &objects));
        let (url, servers) = (url.to_owned(), Mutex::new(vec![server]));
        Self {
            base,
            database,
            clock,
            acme,
            auth,
            url,
            files,
            objects,
            directory,
            postgres,
            servers,
        }
    }

    /// The URL of the database, for programs of their own.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The directory with the files of records.
    pub fn objects_directory(&self) -> std::path::PathBuf {
        self.directory.path().join("objects")
    }

    /// Another server of the same node, with other settings; where it is.
    pub fn serve_with(&self, change: impl FnOnce(&mut rapport_api::Settings)) -> String {
        let mut settings = settings_of_a_server(&self.files, &self.objects);
        change(&mut settings);
        self.serve(self.auth.clone(), settings)
    }

    /// Where another node of the same installation is; each tells the other what it commits.
    pub async fn another_node(&self) -> String {
        let auth = self.node().await;
        for node in [self.database.clone(), auth.database().clone()] {
            tokio::spawn(async move {
                let (_stop, never) = watch::channel(false);
                Nodes::run(node, never).await;
            });
        }
        self.serve(auth, settings_of_a_server(&self.files, &self.objects))
    }

    /// Where another node is, with other settings, that hears nothing of what this one commits.
    pub async fn deaf_node(&self, change: impl FnOnce(&mut rapport_api::Settings)) -> String {
        let mut settings = settings_of_a_server(&self.files, &self.objects);
        change(&mut settings);
        self.serve(self.node().await, settings)
    }

    fn serve(&self, auth: Auth, settings: rapport_api::Settings) -> String {
        let (base, server) = serve(auth, settings);
        self.servers.lock().expect("no test has failed here").push(server);
        base
    }

    async fn node(&self) -> Auth {
        let settings = Settings { connections: 9, ..Settings::new(&self.url) };
        let database = Database::connect(&settings, self.clock.clone()).await.expect("a database");
        let database = database.with_networks(receivers());
        Auth::new(database, AuthSettings::default()).await.expect("keys")
    }

    /// A client that nobody has signed in with.
    pub fn stranger(&self) -> Client {
        Client::new(&self.base, None)
    }

    /// The administrator of `acme`.
    pub async fn ada(&self) -> Client {
        self.sign_in("acme", "ada@acme.example").await
    }

    /// The administrator of the other workspace.
    pub async fn rita(&self) -> Client {
        self.sign_in("rival", "rita@rival.example").await
    }

    /// A client signed in as somebody.
    pub async fn sign_in(&self, workspace: &str, email: &str) -> Client {
        let body = json!({ "workspace": workspace, "email": email, "password": PASSWORD });
        let tokens = self.stranger().post("/sessions", body).await.expect(201);
        Client::new(&self.base, tokens["accessToken"].as_str())
    }

    /// Somebody new in `acme` with a built-in role, signed in, and who they are.
    pub async fn join(&self, name: &str, role: &str) -> (Client, Value) {
        let ada = self.ada().await;
        let roles = ada.get(&format!("/roles?builtIn={role}")).await.expect(200);
        self.join_as(name, &roles["items"][0]["id"]).await
    }

    /// Somebody new in `acme` with a role, signed in, and who they are.
    pub async fn join_as(&self, name: &str, role: &Value) -> (Client, Value) {
        let ada = self.ada().await;
        let email = format!("{name}@acme.example");
        let invitation = json!({ "email": email, "name": name, "roleId": role });
        let invited = ada.post("/users/invite", invitation).await.expect(201);
        let acceptance = json!({ "token": invited["token"], "password": PASSWORD });
        self.stranger().post("/invitations/accept", acceptance).await.expect(201);
        let client = self.sign_in("acme", &email).await;
        let me = client.get("/me").await.expect(200);
        (client, me["user"].clone())
    }

    /// Keeps everybody from changing the customers of somebody's workspace, until the lock is ended.
    pub async fn lock_customers_of(&self, who: &Client) -> Lock {
        let postgres = self.postgres.as_ref().expect("it is on PostgreSQL");
        let mut connection = PgConnection::connect(&postgres.admin_url).await.expect("PostgreSQL");
        let workspace = who.get("/workspace").await.expect(200)["id"].clone();
        let workspace: uuid::Uuid = serde_json::from_value(workspace).expect("an id");
        sqlx::raw_sql("begin").execute(&mut connection).await.expect("a transaction");
        let lock = sqlx::query("select id from customer where workspace_id = $1 for update");
        lock.bind(workspace).execute(&mut connection).await.expect("a lock");
        Lock(connection)
    }

    /// Lets the log's readers catch up with everything that was committed.
    pub async fn catch_up(&self) {
        let caught = readers::catch_up(&self.database, self.acme.id).await;
        caught.expect("the follower");
    }

    /// Waits until the log's readers may be told all that is committed: on PostgreSQL whatever else is under way in
    /// the cluster has to end before.
    pub async fn settle(&self) {
        let Some(postgres) = &self.postgres else { return };
        let mut connection = PgConnection::connect(&postgres.admin_url).await.expect("PostgreSQL");
        let now = sqlx::query_scalar::<_, String>("select pg_current_xact_id()::text");
        let now = now.fetch_one(&mut connection).await.expect("a transaction's number");
        let past = "select pg_snapshot_xmin(pg_current_snapshot()) > $1::text::xid8";
        let past = async |connection: &mut PgConnection| {
            sqlx::query_scalar::<_, bool>(past).bind(&now).fetch_one(connection).await
        };
        while !past(&mut connection).await.expect("an answer") {
            tokio::task::yield_now().await;
        }
    }

    /// Sends webhooks, until what is given back is dropped.
    pub fn send_webhooks(&self) -> Sending {
        let (stop, stopped) = watch::channel(false);
        let settings = webhooks::Settings { poll: Duration::from_millis(20) };
        let dispatcher = tokio::spawn(Dispatcher::run(self.database.clone(), settings, stopped));
        Sending { stop, dispatcher }
    }

    /// Does the jobs that are due.
    pub async fn work(&self) {
        Worker::catch_up(self.database.clone(), self.files.clone()).await.expect("the worker");
    }

    /// Moves the clock.
    pub fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }
}

/// Sends webhooks until it is dropped.
pub struct Sending {
    stop: watch::Sender<bool>,
    dispatcher: JoinHandle<()>,
}

impl Sending {
    /// Stops, and waits until it has. On SQLite there is one node: the next must not begin before.
    pub async fn end(self) {
        drop(self.stop);
        self.dispatcher.await.expect("the dispatcher");
    }
}

/// Customers that nobody can change.
pub struct Lock(PgConnection);

impl Lock {
    /// They can be changed again.
    pub async fn end(&mut self) {
        sqlx::raw_sql("commit").execute(&mut self.0).await.expect("the end");
    }
}

/// Receivers of webhooks are here; 127.0.0.2 and ::1 stay closed.
fn receivers() -> Networks {
    Networks::open(["127.0.0.1"]).expect("a network")
}

fn noon() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().expect("a time")
}

async fn new_workspace(
    database: &Database,
    slug: &str,
    email: &str,
    name: &str,
) -> workspace::Model {
    let new = NewWorkspace {
        slug: slug.parse().expect("a slug"),
        name: slug.parse().expect("a name"),
        time_zone: "Europe/Berlin".parse().expect("a time zone"),
        currency: "USD".parse().expect("a currency"),
        admin_email: email.parse().expect("an address"),
        admin_name: name.parse().expect("a name"),
        admin_password: PASSWORD.parse().expect("a password"),
    };
    workspaces::create(database, new).await.expect("a workspace").0
}

fn settings_of_a_server(files: &Files, objects: &Objects) -> rapport_api::Settings {
    let (files, objects) = (files.clone(), objects.clone());
    rapport_api::Settings { workers: 1, files, objects, ..Default::default() }
}

/// Where a server is that lives in a thread of its own, and what must be held for that long: six hundred worlds that are
/// over would take more memory than there is.
fn serve(auth: Auth, settings: rapport_api::Settings) -> (String, oneshot::Sender<Never>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (held, dropped) = oneshot::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let server = rapport_api::serve(listener, auth, settings, None, Draining::default());
            let server = server.expect("a server");
            let handle = server.handle();
            let (ended, _) = tokio::join!(server, async {
                let _ = dropped.await;
                handle.stop(false).await;
            });
            ended.expect("a server that ends well");
        })
    });
    (format!("http://{address}"), held)
}
