//! One database and size after the other: fill it, start the server, measure.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use rapport_test_postgres as postgres;

use crate::{
    Options, Which,
    bare::Bare,
    cores,
    cpu::{self, Watch},
    database::{self, Kind, Place},
    feed,
    figures::{Cell, Other, Report, millis},
    http::Client,
    imports, jobs,
    load::{Load, Timing, Worker, drive},
    machine::{self, Machine},
    operations::{Case, OPERATIONS, Operation, Random},
    sales, scores, seed,
    seed::World,
    segments, sent,
    server::{Program, Server},
    service, table, webhooks,
};

/// Measures what the options ask for, prints it and writes it where they say.
pub async fn measure(options: &Options) -> Result<()> {
    let program = Program::find(options.server.as_deref()).await?;
    let mut machine = Machine::here();
    let mut reports = Vec::new();
    let server = match options.database {
        Which::Sqlite => None,
        _ => Some(database::postgres(options.postgres_url.as_deref()).await?),
    };
    for kind in kinds(options.database) {
        for (n, customers) in options.sizes().into_iter().enumerate() {
            let place = place(kind, server.as_ref()).await?;
            let bench = Bench::new(options, &program, place, customers).await?;
            if n == 0 {
                machine.add(kind.name(), bench.place.version().await?);
            }
            let report = bench.run().await?;
            println!("{}", table::section(&report));
            reports.push(report);
        }
    }
    let command: Vec<String> = std::env::args().skip(1).collect();
    let command = format!("cargo run --release -p bench -- {}", command.join(" "));
    let document = table::document(&machine, &command, &reports);
    match &options.output {
        Some(path) => write(path, &document),
        None => Ok(()),
    }
}

fn kinds(which: Which) -> Vec<Kind> {
    match which {
        Which::Postgres => vec![Kind::Postgres],
        Which::Sqlite => vec![Kind::Sqlite],
        Which::Both => vec![Kind::Postgres, Kind::Sqlite],
    }
}

async fn place(kind: Kind, server: Option<&postgres::Server>) -> Result<Place> {
    match kind {
        Kind::Postgres => Ok(Place::on(server.context("a server")?).await),
        Kind::Sqlite => Place::in_a_file(),
    }
}

fn write(path: &Path, document: &str) -> Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(path, document).with_context(|| format!("write {}", path.display()))
}

/// A filled database, and what to measure on it.
pub struct Bench<'a> {
    pub options: &'a Options,
    pub program: &'a Program,
    pub place: Place,
    pub world: Arc<World>,
    /// The parent of the database's processes.
    pub postmaster: Option<u32>,
    load_average: f64,
}

impl<'a> Bench<'a> {
    async fn new(
        options: &'a Options,
        program: &'a Program,
        place: Place,
        customers: u64,
    ) -> Result<Self> {
        eprintln!("{}, {customers} customers", place.kind().name());
        program.create_workspace(&place).await?;
        let world = Arc::new(seed::fill(&place, customers).await?);
        let postmaster = place.postmaster().await?;
        let load_average = machine::load_average();
        Ok(Self { options, program, place, world, postmaster, load_average })
    }

    async fn run(self) -> Result<Report> {
        let mut others = vec![self.starts().await?];
        let server = Server::start(self.program, &self.place).await?;
        others.push(idle_memory("resident memory idle, nobody has signed in", &server).await);
        let mut client = self.client(&server).await?;
        seed::define_branch(&mut client).await?;
        seed::check(&self.place, &mut client, &self.world).await?;
        others.push(idle_memory("resident memory idle, after some requests", &server).await);
        let differences = sent::differences(&self.place, &mut client, &self.world).await?;
        let mut cells = Vec::new();
        for operation in OPERATIONS.iter().filter(|of| self.options.wants(of.name)) {
            for &connections in &self.options.connections {
                cells.push(self.cell(&server, operation, connections).await?);
            }
        }
        if let Some((now, most)) = cpu::memory(server.pid()) {
            let value = format!("{now:.0} MB, at most {most:.0} MB");
            others.push(Other::plain("resident memory under load", value));
        }
        if self.options.wants("segment") {
            others.extend(segments::measure(&self, &server).await?);
            others.extend(cores::measure(&self, &server).await?);
        }
        if self.options.wants("score") {
            others.extend(scores::measure(&self, &server).await?);
        }
        server.stop().await?;
        if self.options.wants("import") {
            others.extend(imports::measure(&self).await?);
        }
        others.extend(sales::measure(&self).await?);
        others.extend(service::measure(&self).await?);
        if self.options.wants("feed") {
            others.extend(feed::measure(&self).await?);
        }
        if self.options.wants("webhooks") {
            others.extend(webhooks::measure(&self).await?);
        }
        if self.options.wants("job") {
            others.push(jobs::measure(&self).await?);
        }
        Ok(Report {
            kind: self.place.kind(),
            customers: self.world.customers,
            cells,
            others,
            differences,
            load_average: (self.load_average, machine::load_average()),
        })
    }

    /// A connection to the server, signed in anew: tokens do not last as long as the bench.
    pub async fn client(&self, server: &Server) -> Result<Client> {
        Client::connect(server.address, &server.sign_in(self.program).await?).await
    }

    /// From start to ready on this database, which has its schema already: the middle one of five.
    async fn starts(&self) -> Result<Other> {
        let mut times = Vec::new();
        for _ in 0..5 {
            let server = Server::start(self.program, &self.place).await?;
            let watch = Watch { process: server.pid(), database: None };
            times.push((server.ready_after, watch.used().total()));
            server.stop().await?;
        }
        times.sort();
        let (middle, cpu) = times[times.len() / 2];
        let value = format!("{} ms, {} ms CPU", millis(middle), millis(cpu));
        Ok(Other::with("start to ready", value, "300 ms", middle <= Duration::from_millis(300)))
    }

    async fn cell(
        &self,
        server: &Server,
        operation: &Operation,
        connections: usize,
    ) -> Result<Cell> {
        let timing = Timing::seconds(self.options.seconds());
        let token = server.sign_in(self.program).await?;
        let mut asking = Vec::new();
        for n in 0..connections {
            let client = Client::connect(server.address, &token).await?;
            let random = Random::new(n as u64);
            let (request, world) = (operation.request, self.world.clone());
            asking.push(Asking { client, request, world, random });
        }
        let watch = Watch { process: server.pid(), database: self.postmaster };
        let served = drive(asking, timing, watch).await.context(operation.name)?;
        let bare_connections = self.place.kind().connections(connections, operation.writes);
        let bare = self.bare(operation, bare_connections, timing).await.context("bare SQL")?;
        let (operation, at_most) = (operation.name, operation.at_most);
        let cell = Cell { operation, connections, served, bare, bare_connections, at_most };
        eprintln!("  {operation}, {connections} connections: {:.2} × bare", cell.ratio());
        Ok(cell)
    }

    async fn bare(
        &self,
        operation: &Operation,
        connections: usize,
        timing: Timing,
    ) -> Result<Load> {
        let mut workers = Vec::new();
        for n in 0..connections {
            workers.push(Bare::new(&self.place, operation, &self.world, 1000 + n as u64).await?);
        }
        let watch = Watch { process: std::process::id(), database: self.postmaster };
        drive(workers, timing, watch).await
    }
}

/// After some quiet.
async fn idle_memory(name: &str, server: &Server) -> Other {
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (now, _) = cpu::memory(server.pid()).unwrap_or_default();
    Other::with(name, format!("{now:.0} MB"), "60 MB", now < 60.0)
}

/// A client of the API.
struct Asking {
    client: Client,
    request: fn(&Case) -> crate::http::Request,
    world: Arc<World>,
    random: Random,
}

impl Worker for Asking {
    async fn once(&mut self) -> Result<()> {
        let request = (self.request)(&Case::any(&self.world, &mut self.random));
        self.client.send(&request).await?.check()
    }
}
