//! Everything that reads the log in every workspace, from every part of the business, in one place, so that no part has
//! to import another.

use rapport_entity::identity::workspace;
use tokio::sync::watch;

use crate::{
    following::{self, Reader},
    kernel::{Database, Position, Result, Tx, log},
    lifecycle, plays, segmentation, service,
};

/// Every reader. Stages look at segments, and plays at both.
static READERS: [&dyn Reader; 4] = [
    &segmentation::Segments,
    &lifecycle::Lifecycle,
    &plays::Plays,
    &service::entitlements::ServicePlans,
];

/// Lets every reader follow the log of every workspace of a database, until told to stop; each then finishes what it is
/// at.
pub async fn run(database: Database, stop: watch::Receiver<bool>) {
    following::run(&READERS, database, stop).await;
}

/// Lets every reader follow a workspace's log until nothing is left to do. Gives back how many events that were.
///
/// # Errors
/// [`Error::Unavailable`](crate::Error::Unavailable).
pub async fn catch_up(database: &Database, workspace: workspace::Id) -> Result<usize> {
    following::catch_up(&READERS, database, workspace).await
}

/// How far all of them have read; `None` while one has not begun.
pub(crate) async fn position_of_all(tx: &Tx<'_>) -> Result<Option<Position>> {
    let mut all = None;
    for reader in READERS {
        let position = log::position(tx.transaction(), tx.actor().workspace, reader.name()).await?;
        let Some(position) = position else { return Ok(None) };
        all = Some(all.map_or(position, |all: Position| all.min(position)));
    }
    Ok(all)
}
