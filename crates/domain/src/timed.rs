//! The loop in which what timers say is done, in every workspace, once it is due.

use std::time::Duration;

use sea_orm::prelude::async_trait;
use tokio::{sync::watch, time::sleep};

use crate::kernel::{Database, Result};

/// How often is looked for what is due.
const LOOK: Duration = Duration::from_secs(1);

/// So much is looked at in one go.
pub const SOME: u64 = 100;

/// Something that is done when its time comes.
#[async_trait::async_trait]
pub trait Timed: Send + Sync {
    /// What it is called in the program's log.
    fn name(&self) -> &'static str;

    /// Looks at some that are due, at most [`SOME`], and says how many that were.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    async fn round(&self, database: &Database) -> Result<u64>;
}

/// Works until told to stop.
pub async fn run(of: &dyn Timed, database: Database, mut stop: watch::Receiver<bool>) {
    let rounds = async {
        loop {
            match of.round(&database).await {
                Ok(SOME..) => {}
                Ok(_) => sleep(LOOK).await,
                Err(err) => {
                    tracing::warn!("{} cannot be looked for: {err:?}", of.name());
                    sleep(LOOK).await;
                }
            }
        }
    };
    tokio::select! {
        _ = stop.wait_for(|stop| *stop) => {}
        () = rounds => {}
    }
}

/// Does all that is due.
///
/// # Errors
/// [`Error::Unavailable`](crate::Error::Unavailable).
pub async fn catch_up(of: &dyn Timed, database: &Database) -> Result<()> {
    while of.round(database).await? > 0 {}
    Ok(())
}
