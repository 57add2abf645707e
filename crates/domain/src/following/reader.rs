use chrono::{DateTime, TimeDelta, Utc};
use rapport_entity::log::event;
use sea_orm::prelude::async_trait;

use crate::kernel::{Result, Tx};

/// When time brings a reader something to do; never, where it is none.
pub type Due = Option<DateTime<Utc>>;

/// What a reader is told of its turn.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// The moment that it takes for now. It never goes back, unless the clock is set back.
    pub at: DateTime<Utc>,
    /// How often, at most, what depends on everybody is reckoned anew.
    pub pace: TimeDelta,
}

/// A reader of the log in every workspace, which keeps something that follows from the data and from the time. What it
/// does and how far it has come is saved in one transaction.
#[async_trait::async_trait]
pub trait Reader: Send + Sync {
    /// What it is called in the database.
    fn name(&self) -> &'static str;

    /// So many events are followed in one transaction.
    fn batch(&self) -> u64 {
        1_000
    }

    /// So many where there is a backlog.
    fn largest_batch(&self) -> u64 {
        8_000
    }

    /// The names of events that tell it nothing new, of which there may be many.
    fn skips(&self) -> &'static [&'static str] {
        &[]
    }

    /// Takes everything as it is, not as it came to be: it has never read. Gives back when time brings something.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    async fn begin(&self, tx: &Tx<'_>, turn: Turn) -> Result<Due>;

    /// Does what follows from events. Gives back when time brings something because of them; what was due before
    /// stays.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    async fn follow(&self, tx: &Tx<'_>, events: &[event::Model], turn: Turn) -> Result<Due>;

    /// Does what time has brought since a moment. (That moment is the later one where the clock was set back.) Gives back
    /// when time brings more.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    async fn pass(&self, tx: &Tx<'_>, since: DateTime<Utc>, turn: Turn) -> Result<Due>;
}
