//! The command line. Every setting is a flag and a variable `RAPPORT_…`, which may stand in a file `.env`.

use std::{io::IsTerminal, process::ExitCode};

use clap::{Parser, Subcommand, error::ErrorKind};

use crate::{import, logging, schema, serve, settings::DatabaseSettings, workspace};

/// A CRM backend: customers, sales, marketing and service over REST and GraphQL.
///
/// Every setting is a flag and a variable; variables may stand in a file .env where the program is started.
#[derive(Debug, Parser)]
#[command(name = "rapport", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// What to log: a level (error, warn, info, debug, trace), or levels by module as in `info,rapport_domain=debug`
    #[arg(
        long,
        global = true,
        env = "RAPPORT_LOG",
        default_value = "info,sqlx::postgres::notice=warn",
        value_name = "LEVELS"
    )]
    log: String,

    /// How to log: text or json; text on a terminal and json otherwise where left out
    #[arg(long, global = true, env = "RAPPORT_LOG_FORMAT", value_name = "FORMAT")]
    log_format: Option<logging::Format>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Bring the database up to date, and serve the API until told to stop
    Serve(serve::Arguments),
    /// Bring the database up to date
    Migrate(DatabaseSettings),
    /// Print what the API looks like; needs no database
    #[command(subcommand)]
    Schema(schema::Command),
    /// Look after workspaces
    #[command(subcommand)]
    Workspace(workspace::Command),
    /// Import a CSV file
    Import(import::Arguments),
}

/// Runs the program. Whatever goes wrong is one line on standard error, and the exit code 1.
pub fn main() -> ExitCode {
    if let Err(err) = read_dot_env() {
        return fail(&err);
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(err) => return told_by_clap(&err),
    };
    let done = logging::start(&cli.log, cli.log_format).and_then(|()| run(cli.command));
    done.unwrap_or_else(|err| fail(&err))
}

/// No file is no fault.
fn read_dot_env() -> anyhow::Result<()> {
    match dotenvy::dotenv() {
        Err(err) if !err.not_found() => Err(anyhow::anyhow!("the file .env cannot be read: {err}")),
        _ => Ok(()),
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    if let Command::Schema(command) = command {
        return schema::run(&command).map(|()| ExitCode::SUCCESS);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Serve(arguments) => serve::run(arguments).await?,
            Command::Migrate(settings) => settings.open().await?.close().await,
            Command::Workspace(command) => workspace::run(command).await?,
            Command::Import(arguments) => return import::run(arguments).await,
            Command::Schema(_) => {}
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Help and version are no faults. A fault is told in one line, with what clap advises.
fn told_by_clap(err: &clap::Error) -> ExitCode {
    if matches!(err.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion)
        || err.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    {
        let _ = err.print();
        return ExitCode::from(u8::from(err.use_stderr()));
    }
    let text = err.render().to_string();
    let told = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let told: Vec<&str> = told.filter(|line| !line.is_empty()).collect();
    fail(&anyhow::anyhow!("{} (see rapport --help)", told.join(" ").trim_start_matches("error: ")))
}

fn fail(err: &anyhow::Error) -> ExitCode {
    let prefix = if std::io::stderr().is_terminal() { "\x1b[1;31merror:\x1b[0m" } else { "error:" };
    eprintln!("{prefix} {}", one_line(&format!("{err:#}")));
    ExitCode::FAILURE
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn every_setting_has_a_variable_and_a_help() {
        let mut command = Cli::command();
        command.build();
        let serve = command.find_subcommand("serve").unwrap();
        let settings = serve.get_arguments().filter(|argument| !argument.is_positional());
        for setting in settings.filter(|s| !["help", "version"].contains(&s.get_id().as_str())) {
            let name = setting.get_id();
            assert!(setting.get_help().is_some(), "{name}");
            let variable = setting.get_env().map(|name| name.to_string_lossy().into_owned());
            assert!(variable.is_some_and(|name| name.starts_with("RAPPORT_")), "{name}");
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
