use std::time::Duration;

use anyhow::Result;
use clap::Args;
use rapport_domain::{
    Database, Error,
    kernel::{Clock, Settings},
};

/// How to reach the database.
#[derive(Clone, Debug, Args)]
pub struct DatabaseSettings {
    /// The database: sqlite://FILE or postgres://USER:PASSWORD@HOST/DATABASE
    #[arg(
        long,
        env = "RAPPORT_DATABASE_URL",
        default_value = "sqlite://rapport.db",
        value_name = "URL",
        hide_env_values = true
    )]
    pub database_url: String,

    /// The most connections to PostgreSQL that a node has; three of them are for what belongs to no workspace
    #[arg(
        long,
        env = "RAPPORT_DATABASE_CONNECTIONS",
        default_value_t = 20,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(4..=1000)
    )]
    pub database_connections: u32,

    /// How many seconds to wait for a connection, or for SQLite's one writer
    #[arg(
        long,
        env = "RAPPORT_DATABASE_PATIENCE",
        default_value_t = 5,
        value_name = "SECONDS",
        value_parser = clap::value_parser!(u64).range(1..=300)
    )]
    pub database_patience: u64,

    /// The database URL leads to a pooler such as pgbouncer, which gives each transaction another connection
    #[arg(
        long,
        env = "RAPPORT_DATABASE_POOLER",
        value_name = "BOOL",
        num_args = 0..=1,
        default_value_t = false,
        default_missing_value = "true"
    )]
    pub database_pooler: bool,

    /// Where there is a pooler, PostgreSQL itself: to change the schema, and to hear at once what other nodes commit
    #[arg(
        long,
        env = "RAPPORT_DATABASE_DIRECT_URL",
        value_name = "URL",
        hide_env_values = true,
        requires = "database_pooler"
    )]
    pub database_direct_url: Option<String>,

    /// On SQLite, let each commit survive a loss of power too, not only the end of the program
    #[arg(
        long,
        env = "RAPPORT_DATABASE_SYNCHRONOUS_FULL",
        value_name = "BOOL",
        num_args = 0..=1,
        default_value_t = false,
        default_missing_value = "true"
    )]
    pub database_synchronous_full: bool,
}

impl DatabaseSettings {
    /// The database, brought up to date.
    pub async fn open(&self) -> Result<Database> {
        let settings = Settings {
            url: self.database_url.clone(),
            connections: self.database_connections,
            patience: Duration::from_secs(self.database_patience),
            pooler: self.database_pooler,
            direct_url: self.database_direct_url.clone(),
            synchronous_full: self.database_synchronous_full,
        };
        let opened = Database::connect(&settings, Clock::System).await;
        let database = opened.map_err(|err| self.told(err))?;
        database.migrate().await.map_err(|err| self.told(err))?;
        Ok(database)
    }

    fn told(&self, err: Error) -> anyhow::Error {
        match err {
            Error::Unavailable(why) | Error::Internal(why) => anyhow::anyhow!(
                "the database {} cannot be used: {}; is --database-url right, and does it run?",
                without_password(&self.database_url),
                why.root_cause()
            ),
            other => anyhow::anyhow!("{}: {other}", without_password(&self.database_url)),
        }
    }
}

/// A URL that may be shown.
pub fn without_password(url: &str) -> String {
    let shown = || {
        let (scheme, rest) = url.split_once("://")?;
        let (user, host) = rest.rsplit_once('@')?;
        let (user, _) = user.split_once(':')?;
        Some(format!("{scheme}://{user}:***@{host}"))
    };
    let shown = shown().unwrap_or_else(|| url.to_owned());
    match shown.split_once('?') {
        Some((before, query)) if query.contains("password=") => format!("{before}?***"),
        _ => shown,
    }
}

/// An error of the domain, with everything that is wrong in one line.
pub fn told(err: Error) -> anyhow::Error {
    match &err {
        Error::Internal(why) | Error::Unavailable(why) => anyhow::anyhow!("{err}: {why:#}"),
        _ if err.faults().is_empty() => anyhow::anyhow!("{err}"),
        _ => {
            let faults = err.faults().iter();
            let faults =
                faults.map(|f| format!("{}: {}", f.pointer.trim_start_matches('/'), f.detail));
            anyhow::anyhow!("{}", faults.collect::<Vec<_>>().join("; "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        for (url, shown) in [
            ("postgres://ada:se@cret@db:5432/x", "postgres://ada:***@db:5432/x"),
            ("postgres://db/x?user=ada&password=secret", "postgres://db/x?***"),
            ("sqlite://rapport.db", "sqlite://rapport.db"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
