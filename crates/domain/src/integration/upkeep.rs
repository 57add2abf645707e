//! What is kept for a while and then forgotten: answers to requests that may be repeated, what users were told, runs of plays, files, and events,
//! where the operator wants them to be. It is removed a little at a time, so that nobody waits for it.

use std::time::Duration;

use chrono::TimeDelta;
use rapport_entity::log::event::ActorKind;
use tokio::{sync::watch, time::sleep};

use super::{idempotency, objects::Objects};
use crate::{
    kernel::{Actor, Ctx, Database, Result, log},
    plays, readers,
    sales::leads::submissions,
    service::{attachments, mail},
    work::notifications,
};

/// How often.
const HOUR: Duration = Duration::from_secs(3600);

/// What is kept for how long.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keep {
    /// Events, which the feed and the timelines are made of; for ever where it is not said.
    pub events: Option<TimeDelta>,
}

/// Forgets what ran out, now and each hour, until told to stop.
pub async fn run(
    database: Database,
    objects: Objects,
    keep: Keep,
    mut stop: watch::Receiver<bool>,
) {
    let rounds = async {
        loop {
            if let Err(err) = round(&database, &objects, keep).await {
                tracing::warn!("what ran out could not be removed: {err:?}");
            }
            sleep(HOUR).await;
        }
    };
    tokio::select! {
        _ = stop.wait_for(|stop| *stop) => {}
        () = rounds => {}
    }
}

/// Forgets what ran out in each workspace.
///
/// # Errors
/// [`Error::Unavailable`](crate::Error::Unavailable).
pub async fn round(database: &Database, objects: &Objects, keep: Keep) -> Result<()> {
    for workspace in database.workspaces().await? {
        let ctx = Ctx::new(database.clone(), Actor::system(&workspace, ActorKind::System));
        while idempotency::prune(&ctx).await? {}
        while notifications::prune(&ctx).await? {}
        while plays::prune(&ctx).await? {}
        while submissions::prune(&ctx).await? {}
        while mail::prune(&ctx).await? {}
        while attachments::prune(&ctx, objects).await? {}
        if let Some(kept) = keep.events {
            prune_events(&ctx, kept).await?;
        }
    }
    Ok(())
}

async fn prune_events(ctx: &Ctx, kept: TimeDelta) -> Result<()> {
    let workspace = ctx.actor().workspace;
    let before = ctx.database().clock().now() - kept;
    let floor = ctx.tx(async |tx| {
        let db = tx.transaction();
        match readers::position_of_all(tx).await? {
            Some(read) => log::raise_floor(db, workspace, before, read).await,
            None => Ok(None),
        }
    });
    let Some(floor) = floor.await? else { return Ok(()) };
    while ctx.tx(async |tx| log::remove_some(tx.transaction(), workspace, floor).await).await? {}
    Ok(())
}
