//! Checks that the bare SQL is what the program sends: PostgreSQL writes every statement to its log for a moment.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use anyhow::Result;

use crate::{
    database::{Kind, Place},
    http::Client,
    operations::{Case, OPERATIONS, Random},
    seed::World,
};

/// The operations whose bare SQL is not what the program sends, and the statements that it does not.
/// `None` where the log cannot be read.
pub async fn differences(
    place: &Place,
    client: &mut Client,
    world: &World,
) -> Result<Option<Vec<String>>> {
    let Place::Postgres { log: Some(log), .. } = place else { return Ok(None) };
    let mut admin = place.administer().await?;
    admin.run("alter system set log_statement = 'all'").await?;
    admin.run("select pg_reload_conf()").await?;
    settle().await;
    let mut random = Random::new(1);
    let mut differences = Vec::new();
    for operation in &OPERATIONS {
        let from = fs::metadata(log)?.len();
        client.send(&(operation.request)(&Case::any(world, &mut random))).await?.check()?;
        settle().await;
        let sent = statements(log, from)?;
        let bare = (operation.bare)(Kind::Postgres);
        let missing = bare.iter().filter(|statement| !sent.contains(&*statement.sql));
        differences.extend(missing.map(|statement| {
            format!("{}: the program does not send `{}`", operation.name, statement.sql)
        }));
    }
    admin.run("alter system reset log_statement").await?;
    admin.run("select pg_reload_conf()").await?;
    settle().await;
    Ok(Some(differences))
}

/// For the log to be written, and for settings to be read.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(300)).await;
}

/// The prepared statements that were executed since the log was so long.
fn statements(log: &Path, from: u64) -> Result<BTreeSet<String>> {
    let text = fs::read(log)?;
    let text = String::from_utf8_lossy(text.get(from as usize..).unwrap_or_default()).into_owned();
    let executed = text.lines().filter_map(|line| line.split_once("execute ")?.1.split_once(": "));
    Ok(executed.map(|(_, sql)| sql.to_owned()).collect())
}
