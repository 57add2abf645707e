use std::{
    fs::{File, TryLockError},
    io::ErrorKind,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use chrono::TimeDelta;
use clap::Args;
use metrics_exporter_prometheus::PrometheusBuilder;
use rapport_api::{Draining, Metrics};
use rapport_domain::{
    Database, Nodes,
    identity::{Auth, auth},
    integration::{
        files::{Files, LARGEST},
        jobs::Worker,
        objects::{LARGEST_OBJECT, Objects},
        upkeep::{self, Keep},
        webhooks::{self, Dispatcher},
    },
    kernel::outbound::Networks,
    readers, timed,
};
use rapport_entity::{Network, identity::NewPassword};
use tokio::{sync::watch, task::JoinSet};

use crate::{
    demo,
    limits::LimitSettings,
    settings::{DatabaseSettings, told, without_password},
};

/// How to serve.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The address and port to serve on; port 0 takes a free one
    #[arg(
        long,
        env = "RAPPORT_BIND",
        default_value = "127.0.0.1:8080",
        value_name = "ADDRESS:PORT"
    )]
    bind: SocketAddr,

    #[command(flatten)]
    database: DatabaseSettings,

    /// A network that webhooks may be sent to although it is not public, or one address and port: 10.1.0.0/16,
    /// 127.0.0.1:9000; may be given many times, in the variable separated by commas
    #[arg(long, env = "RAPPORT_WEBHOOK_NETWORK", value_name = "NETWORK", value_delimiter = ',')]
    webhook_network: Vec<String>,

    /// Fill an empty database with the demo workspace
    #[arg(
        long,
        env = "RAPPORT_DEMO",
        value_name = "BOOL",
        num_args = 0..=1,
        default_value_t = false,
        default_missing_value = "true"
    )]
    demo: bool,

    /// The demo user's password; a random one is made and shown where left out
    #[arg(long, env = "RAPPORT_DEMO_PASSWORD", value_name = "PASSWORD", hide_env_values = true)]
    demo_password: Option<NewPassword>,

    /// Threads that answer requests; one for each processor where left out
    #[arg(long, env = "RAPPORT_WORKERS", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    workers: Option<u16>,

    /// The largest body of a request, in bytes
    #[arg(long, env = "RAPPORT_BODY_LIMIT", default_value_t = 1_048_576, value_name = "BYTES")]
    body_limit: usize,

    /// An origin whose pages may call the API, e.g. https://app.example; may be given many times, in the variable
    /// separated by commas
    #[arg(long, env = "RAPPORT_CORS_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    cors_origin: Vec<String>,

    /// A folder with fonts (TrueType, OpenType) that papers are set in where ours, which have Latin, Greek and Cyrillic
    /// letters, are not enough
    #[arg(long, env = "RAPPORT_FONTS", value_name = "FOLDER")]
    fonts: Option<PathBuf>,

    /// For how many days events are kept, of which the feed and the timelines are made; for ever where left out
    #[arg(long, env = "RAPPORT_KEEP_EVENTS_DAYS", value_name = "DAYS", value_parser = clap::value_parser!(u16).range(30..=36_500))]
    keep_events_days: Option<u16>,
    /// A network whose proxies are believed when they say for whom they ask (X-Forwarded-For), e.g. 10.0.0.0/8; may be
    /// given many times, in the variable separated by commas
    #[arg(long, env = "RAPPORT_TRUSTED_PROXY", value_name = "NETWORK", value_delimiter = ',')]
    trusted_proxy: Vec<Network>,

    #[command(flatten)]
    limits: LimitSettings,

    /// At most once in so many seconds scores that depend on everybody, such as quintiles, are reckoned anew
    #[arg(long, env = "RAPPORT_SCORE_PACE", default_value_t = 60, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(0..=86_400))]
    score_pace: u32,

    /// The directory with the files of imports and exports; all nodes share one. Beside SQLite's file where left out,
    /// else rapport-files
    #[arg(long, env = "RAPPORT_FILES", value_name = "DIRECTORY")]
    files: Option<PathBuf>,

    /// The largest file that is imported over the API, in bytes
    #[arg(long, env = "RAPPORT_IMPORT_LIMIT", default_value_t = LARGEST, value_name = "BYTES")]
    import_limit: u64,

    /// Where the files of records, such as attachments, are: a directory that all nodes share, or s3://BUCKET/PREFIX with
    /// what the environment says of it (AWS_REGION, AWS_ENDPOINT, AWS_ACCESS_KEY_ID …). Beside SQLite's file where left
    /// out, else rapport-objects
    #[arg(long, env = "RAPPORT_STORAGE", value_name = "PLACE")]
    storage: Option<String>,

    /// The largest file of a record, in bytes
    #[arg(long, env = "RAPPORT_ATTACHMENT_LIMIT", default_value_t = LARGEST_OBJECT, value_name = "BYTES")]
    attachment_limit: u64,

    /// The bearer token that shows /metrics; nobody is shown them where left out
    #[arg(long, env = "RAPPORT_METRICS_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    metrics_token: Option<String>,

    /// What names this installation in access tokens (iss)
    #[arg(long, env = "RAPPORT_ISSUER", default_value = "rapport", value_name = "NAME")]
    issuer: String,

    /// What names this API in access tokens (aud)
    #[arg(long, env = "RAPPORT_AUDIENCE", default_value = "rapport-api", value_name = "NAME")]
    audience: String,

    /// How many seconds to go on serving after SIGTERM, already not ready, until nobody sends requests here any more
    #[arg(long, env = "RAPPORT_DRAIN", default_value_t = 1, value_name = "SECONDS")]
    drain: u64,

    /// How many seconds requests under way may then take to end
    #[arg(long, env = "RAPPORT_GRACE", default_value_t = 25, value_name = "SECONDS")]
    grace: u64,
}

/// Serves until told to stop.
pub async fn run(arguments: Arguments) -> Result<()> {
    let listener = listen(arguments.bind)?;
    let address = listener.local_addr()?;
    if let Some(folder) = &arguments.fonts {
        let fonts = rapport_documents::add_fonts(folder);
        let count = fonts.with_context(|| format!("--fonts {}", folder.display()))?;
        tracing::info!(count, "fonts were added");
    }
    let networks = Networks::open(arguments.webhook_network.iter().map(String::as_str));
    let networks = networks.map_err(|why| anyhow::anyhow!("--webhook-network: {why}"))?;
    let _sole = sole_node(&arguments.database.database_url).await?;
    let pace = TimeDelta::seconds(arguments.score_pace.into());
    let database = arguments.database.open().await?.with_networks(networks).with_pace(pace);
    for warning in database.warnings().await.map_err(told)? {
        tracing::warn!("{warning}");
    }
    if arguments.demo {
        fill_demo(&database, &arguments, address).await?;
    }
    let settings =
        auth::Settings { issuer: arguments.issuer.clone(), audience: arguments.audience.clone() };
    let auth = Auth::new(database.clone(), settings).await.map_err(told)?;
    let objects = arguments.objects()?;
    let background =
        Background::start(&database, arguments.keep(), arguments.files(), objects.clone());
    let draining = Draining::default();
    let server = rapport_api::serve(
        listener,
        auth,
        arguments.api(objects),
        Some(metrics()?),
        draining.clone(),
    )?;
    let handle = server.handle();
    tracing::info!(%address, database = without_password(&arguments.database.database_url), "serving");
    tokio::spawn(async move {
        let patience = signal().await;
        tracing::info!("stopping");
        draining.begin();
        if patience {
            tokio::time::sleep(Duration::from_secs(arguments.drain)).await;
        }
        handle.stop(true).await;
    });
    give_back_memory();
    server.await.context("the server failed")?;
    background.end().await?;
    database.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// An SQLite file is one node's: segments, webhooks and what is remembered would go wrong with two. The system gives the
/// lock free however the program ends.
async fn sole_node(url: &str) -> Result<Option<File>> {
    let Some(path) = url.strip_prefix("sqlite:") else { return Ok(None) };
    let path = path.trim_start_matches("//").split('?').next().unwrap_or_default();
    let lock = format!("{path}.lock");
    let file = File::options().create(true).truncate(false).write(true).open(&lock);
    let file = file.with_context(|| format!("open {lock}"))?;
    // One that was killed a moment ago may not be quite gone.
    let until = Instant::now() + ENDING;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) if Instant::now() < until => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(TryLockError::WouldBlock) => bail!(
                "another rapport serves {path} already: SQLite takes one node; for more, use PostgreSQL"
            ),
            Err(TryLockError::Error(err)) => {
                return Err(err).with_context(|| format!("lock {lock}"));
            }
        }
    }
}

/// How long the end of another program may take.
const ENDING: Duration = Duration::from_secs(2);

/// What goes on beside the requests.
struct Background {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Background {
    fn start(database: &Database, keep: Keep, files: Files, objects: Objects) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(Nodes::run(database.clone(), stopped.clone()));
        tasks.spawn(readers::run(database.clone(), stopped.clone()));
        tasks.spawn(timed::run(database.clone(), stopped.clone()));
        tasks.spawn(upkeep::run(database.clone(), objects, keep, stopped.clone()));
        tasks.spawn(Worker::run(database.clone(), files, stopped.clone()));
        tasks.spawn(Dispatcher::run(database.clone(), webhooks::Settings::default(), stopped));
        Self { stop, tasks }
    }

    /// Each ends what it is at.
    async fn end(mut self) -> Result<()> {
        let _ = self.stop.send(true);
        while let Some(ended) = self.tasks.join_next().await {
            ended.context("what goes on beside the requests failed")?;
        }
        Ok(())
    }
}

/// To start takes twice the memory that serving takes, mostly for GraphQL's schema, and the allocator keeps it until this
/// thread asks for more.
#[expect(unsafe_code, reason = "the allocator has only a C interface for it")]
fn give_back_memory() {
    // SAFETY: it may be called from any thread at any time.
    unsafe { libmimalloc_sys::mi_collect(true) };
}

impl Arguments {
    fn keep(&self) -> Keep {
        Keep { events: self.keep_events_days.map(|days| TimeDelta::days(days.into())) }
    }

    fn files(&self) -> Files {
        let directory = self.files.clone().or_else(|| self.beside("files"));
        Files::new(directory.unwrap_or_else(|| "rapport-files".into()), self.import_limit)
    }

    fn objects(&self) -> Result<Objects> {
        let most = self.attachment_limit;
        match &self.storage {
            Some(place) => Objects::at(place, most).map_err(told).context("--storage"),
            None => {
                let directory = self.beside("objects").unwrap_or_else(|| "rapport-objects".into());
                Ok(Objects::directory(directory, most))
            }
        }
    }

    /// A directory beside SQLite's file.
    fn beside(&self, extension: &str) -> Option<PathBuf> {
        let file = self.database.database_url.strip_prefix("sqlite:")?;
        let file = file.trim_start_matches("//").split('?').next()?;
        Some(Path::new(file).with_extension(extension))
    }

    fn api(&self, objects: Objects) -> rapport_api::Settings {
        let usual = rapport_api::Settings::default();
        rapport_api::Settings {
            workers: self.workers.map_or(usual.workers, usize::from),
            body_limit: self.body_limit,
            origins: self.cors_origin.clone(),
            trusted_proxies: self.trusted_proxy.clone(),
            limits: self.limits.settings(),
            metrics_token: self.metrics_token.clone(),
            grace: Duration::from_secs(self.grace),
            files: self.files(),
            objects,
        }
    }
}

fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).map_err(|err| match err.kind() {
        ErrorKind::AddrInUse => anyhow::anyhow!(
            "another program serves on {address} already; stop it, or choose another port with --bind"
        ),
        ErrorKind::PermissionDenied => {
            anyhow::anyhow!("{address} may not be served on; choose a port above 1023 with --bind")
        }
        _ => anyhow::anyhow!("{address} cannot be served on: {err}; choose another address with --bind"),
    })
}

fn metrics() -> Result<Metrics> {
    let handle = PrometheusBuilder::new().install_recorder().context("metrics cannot be kept")?;
    let upkeep = handle.clone();
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(Duration::from_secs(5));
        loop {
            ticks.tick().await;
            upkeep.run_upkeep();
        }
    });
    Ok(Arc::new(move || handle.render()))
}

/// Waits for SIGTERM (true) or, from somebody at the keyboard, SIGINT (false).
#[cfg(unix)]
async fn signal() -> bool {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return tokio::signal::ctrl_c().await.is_err();
    };
    tokio::select! {
        _ = terminate.recv() => true,
        _ = tokio::signal::ctrl_c() => false,
    }
}

#[cfg(not(unix))]
async fn signal() -> bool {
    tokio::signal::ctrl_c().await.is_err()
}

async fn fill_demo(database: &Database, arguments: &Arguments, address: SocketAddr) -> Result<()> {
    let known = database.workspaces().await.map_err(told)?;
    if known.iter().any(|workspace| workspace.slug.as_str() == demo::SLUG) {
        show(address, None);
        return Ok(());
    }
    if !known.is_empty() {
        bail!(
            "--demo needs an empty database, and this one has workspaces; name another with --database-url"
        );
    }
    let (password, shown) = match &arguments.demo_password {
        Some(password) => (password.clone(), None),
        None => {
            let random = random_password()?;
            (random.parse().map_err(|err| anyhow::anyhow!("the password {err}"))?, Some(random))
        }
    };
    let filled = demo::fill(database, password).await;
    filled.map_err(told)?;
    show(address, Some(shown.as_deref().unwrap_or("what RAPPORT_DEMO_PASSWORD says")));
    Ok(())
}

/// For whoever sits before it, so on standard output and not in the log, which keeps no passwords.
fn show(address: SocketAddr, password: Option<&str>) {
    let password = password.unwrap_or("as when the demo was made");
    println!(
        "\n  REST documentation  http://{address}/docs\n  GraphiQL            http://{address}/graphql\n  \
         sign in             workspace {}, {}\n  password            {password}\n",
        demo::SLUG,
        demo::EMAIL
    );
}

/// A hundred random bits, as letters and digits that are not mistaken for one another.
fn random_password() -> Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz234567890";
    let mut bytes = [0_u8; 20];
    aws_lc_rs::rand::fill(&mut bytes)
        .map_err(|_| anyhow::anyhow!("the system has no random numbers"))?;
    let letter = |byte: &u8| char::from(LETTERS[usize::from(byte % 32)]);
    let groups = bytes.chunks(5).map(|group| group.iter().map(letter).collect::<String>());
    Ok(groups.collect::<Vec<_>>().join("-"))
}
