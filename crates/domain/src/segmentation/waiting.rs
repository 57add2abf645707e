//! Whoever saves a segment or a score mostly learns its result with the answer.

use std::time::Duration;

use rapport_entity::Id;
use tokio::time::{Instant, sleep, timeout_at};

use super::Segments;
use crate::{
    following::{Reader, SOON, Step, step},
    kernel::{Ctx, Described, Read, Result},
};

/// How long an answer waits for evaluation.
const PATIENCE: Duration = Duration::from_secs(2);

/// The record once it is evaluated, or as it is when that takes longer than anybody likes to wait.
pub async fn evaluated<E: Described>(
    ctx: &Ctx,
    mut row: E::Model,
    is_evaluated: impl Fn(&E::Model) -> bool,
) -> Result<E::Model> {
    let id: Id<E> = E::id(&row);
    let until = Instant::now() + PATIENCE;
    while !is_evaluated(&row) && Instant::now() < until {
        let (database, workspace) = (ctx.database().clone(), ctx.actor().workspace);
        // A task of its own, so that nobody who hangs up cuts it off half-way.
        let work =
            tokio::spawn(
                async move { step(&Segments, &database, workspace, Segments.batch()).await },
            );
        let Ok(step) = timeout_at(until, work).await else { break };
        match ctx.can::<E, Read>()?.one(id).await {
            Ok(now) => row = now,
            Err(_) => break,
        }
        match step {
            Ok(Ok(Step::Followed(_))) => {}
            Ok(Ok(Step::End)) => break,
            _ => sleep(SOON).await,
        }
    }
    Ok(row)
}
