use std::io::IsTerminal;

use anyhow::{Context, Result};
use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

/// How log lines are written.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Logs go to standard error, so that what a command prints can be piped.
pub fn start(levels: &str, format: Option<Format>) -> Result<()> {
    let filter = EnvFilter::try_new(levels)
        .with_context(|| format!("--log {levels:?} is no level and no list of levels"))?;
    let terminal = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format.unwrap_or(if terminal { Format::Text } else { Format::Json }) {
        Format::Text => lines.with_ansi(terminal).with_target(false).init(),
        Format::Json => lines.json().flatten_event(true).with_current_span(true).init(),
    }
    Ok(())
}
