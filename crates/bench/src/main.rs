//! Measures the API: fills a database, drives the real server over HTTP and compares with the same SQL run bare.
//!
//! `cargo run --release -p bench -- api` measures everything on both databases; `--quick` is a look in two minutes.

mod api;
mod bare;
mod clocks;
mod cores;
mod cpu;
mod database;
mod feed;
mod figures;
mod http;
mod imports;
mod jobs;
mod load;
mod machine;
mod operations;
mod sales;
mod scores;
mod seed;
mod segments;
mod sent;
mod server;
mod service;
mod table;
mod webhooks;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Measures Rapport.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Requests to the API, segments, imports and starting, against bare SQL on the same database.
    Api(Options),
    /// The clocks of service requests, reckoned from their histories on one core, without a server.
    Clocks(Clocks),
}

/// How many requests' clocks are reckoned.
#[derive(Args)]
struct Clocks {
    /// How many requests.
    #[arg(long, default_value = "200k", value_parser = count)]
    requests: u64,
    /// Where their histories begin to differ.
    #[arg(long, default_value_t = 42)]
    seed: u64,
}

/// What to measure, and with what.
#[derive(Args)]
struct Options {
    /// The databases.
    #[arg(long, value_enum, default_value = "both")]
    database: Which,
    /// How many customers, each with five orders: `10k,1m`.
    #[arg(long, value_delimiter = ',', default_value = "10k,100k,1m", value_parser = count)]
    sizes: Vec<u64>,
    /// How many connections at once.
    #[arg(long, value_delimiter = ',', default_value = "1,16,64")]
    connections: Vec<usize>,
    /// How long each cell is measured, in seconds, after a third of that to warm up.
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// One size, 10k, and one second a cell.
    #[arg(long)]
    quick: bool,
    /// How many segments there are while it is measured how soon membership follows a change; a tenth with `--quick`.
    #[arg(long, default_value_t = 1_000)]
    segments: usize,
    /// How many opportunities boards and forecasts are asked of, one in ten of them open; 50,000 with `--quick`.
    #[arg(long, default_value = "1m", value_parser = count)]
    opportunities: u64,
    /// How many opportunities are imported; 20,000 with `--quick`.
    #[arg(long, default_value = "100k", value_parser = count)]
    imported: u64,
    /// Only the operations whose name contains one of these; besides those of the tables there are `segment`, `score`,
    /// `import`, `feed`, `webhooks`, `job`, and of selling `sales board`, `sales forecast`, `sales move`, `sales paper` and
    /// `sales import`, and of service `service create`, `service queue`, `service breach` and `service import` (PostgreSQL
    /// only).
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// The `rapport` program; built anew (release) where left out.
    #[arg(long)]
    server: Option<PathBuf>,
    /// A PostgreSQL on which roles and databases may be made; one of our own is started where left out.
    #[arg(long)]
    postgres_url: Option<String>,
    /// Where to write the tables, as Markdown.
    #[arg(long)]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    Postgres,
    Sqlite,
    Both,
}

impl Options {
    fn sizes(&self) -> Vec<u64> {
        if self.quick { vec![10_000] } else { self.sizes.clone() }
    }

    fn seconds(&self) -> f64 {
        if self.quick { self.seconds.min(1.0) } else { self.seconds }
    }

    fn wants(&self, operation: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| operation.contains(part.as_str()))
    }
}

/// `10k` is 10,000, `1m` is 1,000,000.
fn count(text: &str) -> Result<u64, String> {
    let text = text.trim().to_ascii_lowercase();
    let (digits, times) = match text.strip_suffix(['k', 'm']) {
        Some(digits) if text.ends_with('k') => (digits, 1_000),
        Some(digits) => (digits, 1_000_000),
        None => (text.as_str(), 1),
    };
    let number: u64 = digits.parse().map_err(|_| format!("{text:?} is no number"))?;
    match number * times {
        5_000.. => Ok(number * times),
        _ => Err("at least 5k are needed".to_owned()),
    }
}

/// One thread, so that the client takes as little of the machine as it can from those it measures.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    match Cli::parse().what {
        What::Api(options) => api::measure(&options).await,
        What::Clocks(options) => clocks::measure(&options),
    }
}
