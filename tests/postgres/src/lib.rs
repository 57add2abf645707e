//! A throw-away PostgreSQL for the end-to-end tests.
//!
//! [`database`] hands out empty databases. They lie on the server which
//! `RAPPORT_TEST_POSTGRES_URL` names, else on one server which the test process starts for
//! itself from the programs installed on the machine. Tests that crash PostgreSQL start their
//! own with [`Server::start_private`].
//!
//! A test process never gets to destroy its statics and may be killed, so nothing here relies
//! on `Drop` to stop a server: a watchdog outlives the process and cleans up behind it.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::OnceCell;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The server all tests of this process share; `None` inside when there is none to be had.
static SHARED: OnceCell<Option<Server>> = OnceCell::const_new();

/// Only loopback TCP; the socket goes into the data directory, named relative to it because a
/// socket's path may not exceed some hundred bytes. The last keeps the servers which tests kill
/// from littering /dev/shm.
const SETTINGS: &[&str] = &[
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=.",
    "max_connections=200",
    "shared_buffers=128MB",
    "autovacuum=on",
    "jit=off",
    "dynamic_shared_memory_type=mmap",
];
/// Nothing on the shared server has to outlive it.
const FAST: &[&str] = &["fsync=off", "synchronous_commit=off", "full_page_writes=off"];
/// What a crash test looks at is just what an installation would keep.
const DURABLE: &[&str] = &["fsync=on", "synchronous_commit=on", "full_page_writes=on"];

/// Reads the postmaster's pid, then its successors' (an empty line: none is running), until the
/// test process has gone and the pipe with it; then stops that postmaster and removes `$1`. One that was killed has left its pid file, and
/// the System V segment named there, which no successor has removed.
const WATCHDOG: &str = r#"
pid=
while read -r line; do pid=$line; done
if [ -n "$pid" ] && kill -QUIT "$pid"; then
    tries=0
    while [ $tries -lt 60 ] && kill -0 "$pid"; do sleep 0.05; tries=$((tries + 1)); done
    [ $tries -lt 60 ] || kill -KILL "$pid"
fi
segment=$(sed -n '7s/.* //p' "$1/data/postmaster.pid") && ipcrm -m "$segment"
rm -rf "$1" || { sleep 0.5; rm -rf "$1"; }
"#;

/// A fresh, empty database, or `None` (said once on stderr) on a machine without PostgreSQL.
pub async fn database() -> Option<Database> {
    Some(server().await?.database().await)
}

/// The server behind [`database`], started by the first who asks.
pub async fn server() -> Option<&'static Server> {
    SHARED.get_or_init(|| async { or_fail("start PostgreSQL", shared().await) }).await.as_ref()
}

async fn shared() -> Result<Option<Server>> {
    match env::var("RAPPORT_TEST_POSTGRES_URL") {
        Ok(url) => Ok(Some(Server::at(&url)?)),
        Err(_) => installed(FAST).await,
    }
}

async fn installed(settings: &'static [&'static str]) -> Result<Option<Server>> {
    match programs() {
        Some(programs) => Server::start(programs, settings).await.map(Some),
        None => missing().map(|()| None),
    }
}

/// Writes past the test runner's capture, which would hide the line from a run that passes.
fn missing() -> Result<()> {
    const MESSAGE: &str = "PostgreSQL not found: the PostgreSQL half of the end-to-end tests is \
        skipped (set RAPPORT_TEST_POSTGRES_URL or install the server programs)";
    static ONCE: std::sync::Once = std::sync::Once::new();
    if env::var("RAPPORT_TEST_REQUIRE_POSTGRES").is_ok_and(|value| value == "1") {
        return Err(MESSAGE.into());
    }
    ONCE.call_once(|| drop(writeln!(io::stderr(), "{MESSAGE}")));
    Ok(())
}

/// An empty database, dropped with this value (or by [`Database::close`], which does not block).
pub struct Database {
    /// Connects as the application's role: the owner, but bound by row-level security.
    pub url: String,
    /// Connects to the same database as the server's administrator.
    pub admin_url: String,
    cleanup: Option<Cleanup>,
}

impl Database {
    /// Drops the database now, whoever is still connected to it.
    pub async fn close(mut self) {
        if let Some(cleanup) = self.cleanup.take() {
            cleanup.run().await;
        }
    }
}

impl Drop for Database {
    /// On a thread of its own, since a test's runtime cannot wait for itself. Best effort: the
    /// server may be dead, and that may be the point of the test.
    fn drop(&mut self) {
        if let Some(cleanup) = self.cleanup.take() {
            let _ = thread::spawn(move || cleanup.run_blocking()).join();
        }
    }
}

struct Cleanup {
    maintenance_url: String,
    statements: Vec<String>,
}

impl Cleanup {
    async fn run(self) {
        let work = execute(&self.maintenance_url, self.statements);
        let _ = tokio::time::timeout(Duration::from_secs(10), work).await;
    }

    fn run_blocking(self) {
        if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
            runtime.block_on(self.run());
        }
    }
}

/// A PostgreSQL to make databases on. One we have started stops when it is dropped.
pub struct Server {
    address: Address,
    /// `role:password` of the application on a server of ours. On somebody else's, every
    /// database gets a role of its own: a `rapport` there may be the one of an installation.
    login: Option<String>,
    instance: Option<Instance>,
}

impl Server {
    /// A durable server of the caller's own, to be killed at will.
    pub async fn start_private() -> Option<Self> {
        or_fail("start a private PostgreSQL", installed(DURABLE).await)
    }

    /// A server with these settings besides the usual ones.
    pub async fn start_with(settings: &'static [&'static str]) -> Option<Self> {
        or_fail("start PostgreSQL", installed(settings).await)
    }

    /// Somebody else's server.
    pub fn at(url: &str) -> Result<Self> {
        Ok(Self { address: Address::parse(url)?, login: None, instance: None })
    }

    /// A fresh, empty database on this server.
    pub async fn database(&self) -> Database {
        or_fail("create a database", self.create_database().await)
    }

    /// The postmaster, unless it has been killed or is not ours.
    pub fn pid(&self) -> Option<u32> {
        self.instance.as_ref()?.postmaster.as_ref().map(Child::id)
    }

    /// Where the data of a server of ours lies.
    pub fn data_directory(&self) -> Option<PathBuf> {
        self.instance.as_ref().map(Instance::data)
    }

    /// Crashes the server (SIGKILL to the postmaster, whose children follow it by themselves).
    pub fn kill(&mut self) {
        or_fail("kill PostgreSQL", self.ours().and_then(Instance::kill));
    }

    /// Starts the server again, on the same port; crashes it before if it is running.
    pub async fn restart(&mut self) {
        or_fail("restart PostgreSQL", self.try_restart().await);
    }

    async fn try_restart(&mut self) -> Result<()> {
        let instance = self.ours()?;
        instance.kill()?;
        let port = instance.port;
        instance.up(|| Ok(port)).await
    }

    fn ours(&mut self) -> Result<&mut Instance> {
        self.instance.as_mut().ok_or_else(|| "the server is not ours".into())
    }

    async fn start(programs: PathBuf, settings: &'static [&'static str]) -> Result<Self> {
        let (admin, application) = (random()?, random()?);
        let mut instance = Instance::new(programs, settings)?;
        instance.initialise(&format!("{admin:032x}")).await?;
        instance.up(random_port).await?;
        let host = format!("127.0.0.1:{}", instance.port);
        let address = Address::parse(&format!("postgres://postgres:{admin:032x}@{host}/postgres"))?;
        let role = format!("CREATE ROLE rapport LOGIN PASSWORD '{application:032x}'");
        execute(&address.maintenance(), vec![role]).await?;
        let login = Some(format!("rapport:{application:032x}"));
        Ok(Self { address, login, instance: Some(instance) })
    }

    /// The schema is altered for the sake of servers older than 15, where it would be left to
    /// the superuser.
    async fn create_database(&self) -> Result<Database> {
        let name = format!("rapport_test_{}_{:016x}", std::process::id(), random()? >> 64);
        let maintenance_url = self.address.maintenance();
        let (login, mut statements) = self.application(&name)?;
        let role = login.split(':').next().unwrap_or_default();
        statements.push(format!(
            "CREATE DATABASE {name} OWNER {role} TEMPLATE template0 ENCODING 'UTF8'"
        ));
        let database = Database {
            url: self.address.url(&login, &name),
            admin_url: self.address.url(&self.address.login, &name),
            cleanup: Some(self.cleanup(&name)),
        };
        execute(&maintenance_url, statements).await?;
        let schema = format!("ALTER SCHEMA public OWNER TO {role}");
        execute(&database.admin_url, vec![schema]).await?;
        Ok(database)
    }

    /// The application's login to the database `name`, and what it takes to have it.
    fn application(&self, name: &str) -> Result<(String, Vec<String>)> {
        if let Some(login) = &self.login {
            return Ok((login.clone(), Vec::new()));
        }
        let password = random()?;
        let create = format!("CREATE ROLE {name} LOGIN PASSWORD '{password:032x}'");
        let grant = format!("GRANT {name} TO CURRENT_USER");
        Ok((format!("{name}:{password:032x}"), vec![create, grant]))
    }

    fn cleanup(&self, name: &str) -> Cleanup {
        let mut statements = vec![format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")];
        if self.login.is_none() {
            statements.push(format!("DROP ROLE IF EXISTS {name}"));
        }
        Cleanup { maintenance_url: self.address.maintenance(), statements }
    }
}

/// The parts of the administrator's URL, to make other URLs of.
struct Address {
    login: String,
    host: String,
    database: String,
    query: String,
}

impl Address {
    fn parse(url: &str) -> Result<Self> {
        let (_, rest) = url.split_once("://").ok_or("not a URL: RAPPORT_TEST_POSTGRES_URL")?;
        let (rest, query) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (login, host) = authority.rsplit_once('@').unwrap_or(("postgres", authority));
        let database = if database.is_empty() { "postgres" } else { database };
        let [login, host, database, query] = [login, host, database, query].map(String::from);
        Ok(Self { login, host, database, query })
    }

    fn url(&self, login: &str, database: &str) -> String {
        format!("postgres://{login}@{}/{database}{}", self.host, self.query)
    }

    fn maintenance(&self) -> String {
        self.url(&self.login, &self.database)
    }
}

/// A server of ours: its files, its postmaster and the watchdog that outlives us.
struct Instance {
    programs: PathBuf,
    settings: &'static [&'static str],
    /// Whom the server runs as if we are root, which PostgreSQL refuses to be.
    user: Option<(u32, u32)>,
    directory: PathBuf,
    port: u16,
    postmaster: Option<Child>,
    watchdog: Child,
    /// To the watchdog. Close-on-exec like all pipes of std, or a server which a test has
    /// started would keep it open.
    pipe: Option<ChildStdin>,
}

impl Instance {
    fn new(programs: PathBuf, settings: &'static [&'static str]) -> Result<Self> {
        let user = server_user()?;
        let parent = parent_directory(user.is_some())?;
        let directory = tempfile::Builder::new().prefix("rapport-pg-").tempdir_in(parent)?.keep();
        let mut watchdog = watchdog(&directory)?;
        let pipe = watchdog.stdin.take();
        if let Some((uid, gid)) = user {
            chown(&directory, Some(uid), Some(gid))?;
        }
        let (port, postmaster) = (0, None);
        Ok(Self { programs, settings, user, directory, port, postmaster, watchdog, pipe })
    }

    fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// One of the server's programs, run as the server's user. In a process group of its own,
    /// so that a Ctrl-C meant for the tests leaves the stopping to the watchdog.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(&self.directory).env("LC_ALL", "C");
        command.stdin(Stdio::null()).process_group(0);
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Byte order and UTF-8 letters whatever the machine's locale; the plain C locale where the
    /// system has no C.UTF-8. The directory is the server user's alone, and so is the password.
    async fn initialise(&self, password: &str) -> Result<()> {
        fs::write(self.directory.join("password"), password)?;
        if self.initdb("C.UTF-8").await.is_err() {
            self.initdb("C").await?;
        }
        Ok(())
    }

    /// Clear-text passwords (random ones, on the loopback interface) since a SCRAM handshake
    /// costs a client built without optimisation 30 ms of every connection.
    async fn initdb(&self, locale: &str) -> Result<()> {
        let mut command = self.command("initdb");
        command.args(["--pgdata=data", "--username=postgres", "--pwfile=password", "--no-sync"]);
        command.args(["--auth=password", "--encoding=UTF8"]).arg(format!("--locale={locale}"));
        let output = tokio::task::spawn_blocking(move || command.output()).await??;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("initdb: {}", String::from_utf8_lossy(&output.stderr)).into())
    }

    /// Tries until the server runs: the port may be taken, or the back ends of a postmaster
    /// that was killed may still be attached to its memory.
    async fn up(&mut self, port: impl Fn() -> Result<u16>) -> Result<()> {
        let mut tries = 0;
        loop {
            self.port = port()?;
            self.spawn()?;
            match self.ready().await {
                Err(_) if tries < 50 => tokio::time::sleep(Duration::from_millis(100)).await,
                outcome => return outcome,
            }
            tries += 1;
        }
    }

    fn spawn(&mut self) -> Result<()> {
        let log = File::options().create(true).append(true).open(self.log())?;
        let mut command = self.command("postgres");
        command.args(["-D", "data", "-p", &self.port.to_string()]);
        for setting in SETTINGS.iter().chain(self.settings) {
            command.args(["-c", setting]);
        }
        let postmaster = command.stdout(log.try_clone()?).stderr(log).spawn()?;
        let pid = postmaster.id().to_string();
        self.postmaster = Some(postmaster);
        self.tell(&pid)
    }

    /// Tells the watchdog whom to stop. Without this it would need to trust a pid file.
    fn tell(&mut self, pid: &str) -> Result<()> {
        let pipe = self.pipe.as_mut().ok_or("the watchdog is gone")?;
        Ok(writeln!(pipe, "{pid}")?)
    }

    /// Waits until the postmaster accepts connections, as it says in its own pid file: whoever
    /// answers on the port could be somebody else.
    async fn ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            let postmaster = self.postmaster.as_mut().ok_or("no postmaster")?;
            if postmaster.try_wait()?.is_some() {
                break;
            }
            if is_ready(&self.directory.join("data/postmaster.pid"), postmaster.id()) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.kill()?;
        Err(format!("no server: {}", fs::read_to_string(self.log()).unwrap_or_default()).into())
    }

    fn log(&self) -> PathBuf {
        self.directory.join("log")
    }

    /// The watchdog hears of it before the pid is free to be somebody else's.
    fn kill(&mut self) -> Result<()> {
        if let Some(mut postmaster) = self.postmaster.take() {
            postmaster.kill()?;
            self.tell("")?;
            postmaster.wait()?;
        }
        Ok(())
    }
}

impl Drop for Instance {
    /// The watchdog stops the server, as it would have without us. It sees it gone only when we
    /// have taken note of the postmaster's end.
    fn drop(&mut self) {
        self.pipe = None;
        if let Some(mut postmaster) = self.postmaster.take() {
            let _ = postmaster.wait();
        }
        let _ = self.watchdog.wait();
    }
}

fn watchdog(directory: &Path) -> Result<Child> {
    let mut command = Command::new("sh");
    command.args(["-c", WATCHDOG, "rapport-test-watchdog"]).arg(directory).current_dir("/");
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    Ok(command.process_group(0).spawn()?)
}

/// The first line is the postmaster's pid (after a crash: its predecessor's), the eighth its
/// state.
fn is_ready(pid_file: &Path, pid: u32) -> bool {
    let text = fs::read_to_string(pid_file).unwrap_or_default();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.first() == Some(&pid.to_string().as_str()) && lines.get(7) == Some(&"ready")
}

/// Where `initdb` and `postgres` are.
fn programs() -> Option<PathBuf> {
    let directories = pg_config().into_iter().chain(debian()).chain(path());
    directories.into_iter().find(|directory| {
        ["initdb", "postgres"].iter().all(|program| directory.join(program).is_file())
    })
}

fn pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
}

/// Debian and its kin keep the programs out of `PATH`, several versions beside each other.
fn debian() -> Vec<PathBuf> {
    let entries = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .collect();
    versions.sort_by(|one, other| other.cmp(one));
    versions.into_iter().map(|(_, directory)| directory.join("bin")).collect()
}

/// What is on `PATH` may be links to the programs' own directory.
fn path() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let found =
        env::split_paths(&path).filter_map(|entry| entry.join("initdb").canonicalize().ok());
    found.filter_map(|initdb| initdb.parent().map(Path::to_path_buf)).collect()
}

fn server_user() -> Result<Option<(u32, u32)>> {
    if id(&["-u"]) != Some(0) {
        return Ok(None);
    }
    let user = ["postgres", "nobody"].iter().find_map(|name| {
        let uid = id(&["-u", name])?;
        Some((uid, id(&["-g", name])?))
    });
    user.map(Some).ok_or_else(|| "root, but no user to run PostgreSQL as".into())
}

fn id(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

/// Root's own temporary directory may be closed to the user the server runs as.
fn parent_directory(root: bool) -> Result<PathBuf> {
    let candidates = [env::temp_dir(), "/tmp".into(), "/var/tmp".into()];
    let usable = candidates.into_iter().find(|path| !root || traversable(path));
    usable.ok_or_else(|| "no temporary directory is open to the server's user".into())
}

fn traversable(path: &Path) -> bool {
    let open = |path: &Path| path.metadata().is_ok_and(|data| data.permissions().mode() & 1 == 1);
    path.canonicalize().is_ok_and(|path| path.ancestors().all(open))
}

/// Below the ports the system gives to outgoing connections, or one of those could take the
/// port while a server is down.
fn random_port() -> Result<u16> {
    Ok(20_000 + (random()? % 12_000) as u16)
}

fn random() -> Result<u128> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(u128::from_ne_bytes(bytes))
}

/// One connection for a few statements: tests have a runtime each, and a connection (or a pool)
/// must not outlive the one it was opened in.
async fn execute(url: &str, statements: Vec<String>) -> Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    for statement in statements {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
    }
    Ok(connection.close().await?)
}

/// A test that cannot have its database fails; there is nothing to hand the error to.
#[expect(clippy::panic, reason = "test harness")]
fn or_fail<T>(what: &str, outcome: Result<T>) -> T {
    outcome.unwrap_or_else(|error| panic!("cannot {what}: {error}"))
}
