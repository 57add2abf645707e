use chrono::{DateTime, Utc};
use rapport_entity::log::event;
use sea_orm::prelude::async_trait;

use super::{membership, scores};
use crate::{
    following::{Changes, Due, Reader, Turn},
    kernel::{Result, Tx},
};

/// The reader of the log that keeps scores and membership. Rules look at scores, so scores come first.
#[derive(Debug)]
pub struct Segments;

#[async_trait::async_trait]
impl Reader for Segments {
    fn name(&self) -> &'static str {
        "segments"
    }

    /// What this reader writes itself, once it has looked after whoever depends on it.
    fn skips(&self) -> &'static [&'static str] {
        &["segment.entered", "segment.left", "customer.scored"]
    }

    async fn begin(&self, tx: &Tx<'_>, turn: Turn) -> Result<Due> {
        let mut changes = Changes::of_meaning();
        let scores = scores::follow(tx, &mut changes, &[], turn.pace).await?;
        let members = membership::follow(tx, changes, &[], turn.at).await?;
        Ok(scores.into_iter().chain(members).min())
    }

    async fn follow(&self, tx: &Tx<'_>, events: &[event::Model], turn: Turn) -> Result<Due> {
        let mut changes = Changes::read(tx.actor(), events);
        let scores = scores::follow(tx, &mut changes, events, turn.pace).await?;
        let members = membership::follow(tx, changes, events, turn.at).await?;
        Ok(scores.into_iter().chain(members).min())
    }

    async fn pass(&self, tx: &Tx<'_>, since: DateTime<Utc>, turn: Turn) -> Result<Due> {
        let mut changes = Changes::default();
        let scores = scores::follow(tx, &mut changes, &[], turn.pace).await?;
        let members = membership::pass(tx, changes, since, turn.at).await?;
        Ok(scores.into_iter().chain(members).min())
    }
}
