//! Work that goes on when nobody waits for it. What is to be done is in the database, so it survives every end of the
//! program; each job is one node's at a time, and another's once that node no longer says that it is at it (ADR 14).

mod follow;
mod worker;

pub use follow::follow;
use rapport_entity::{identity::workspace, log::event::ActorKind};
use sea_orm::ColumnTrait;
use tokio::sync::watch;
pub(crate) use worker::KEPT;
pub use worker::Worker;

use super::files::Files;
use crate::{
    facts,
    kernel::{Ctx, Database, Error, Job, Result},
};

/// The kinds of jobs.
pub(crate) mod kind {
    /// An import.
    pub const IMPORT: &str = "import";
    /// The undoing of an import.
    pub const UNDO: &str = "undo";
    /// An export.
    pub const EXPORT: &str = "export";
    /// A transfer of what one user has to another.
    pub const TRANSFER: &str = "transfer";
}

/// A job at work.
pub(crate) struct Work {
    pub database: Database,
    pub files: Files,
    pub job: Job,
    stop: watch::Receiver<bool>,
}

/// How the work on a job ended, where nothing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It is done.
    Done,
    /// The program stops; there is more to do.
    Stopped,
    /// It is another node's, or is not to be done any more.
    Lost,
}

impl Work {
    /// Whether the program stops.
    pub fn is_stopping(&self) -> bool {
        *self.stop.borrow()
    }

    /// Rapport itself at work in the job's workspace.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the workspace is gone.
    pub async fn itself(&self, kind: ActorKind) -> Result<Ctx> {
        let which = workspace::Column::Id.eq(self.job.workspace);
        let workspace = self.database.workspace(which).await?;
        let workspace = workspace.ok_or(Error::NotFound("workspace"))?;
        facts::system(&self.database, &workspace, kind).await
    }
}

/// What went wrong, for whoever asked for the work.
pub(crate) fn told(err: &Error) -> String {
    let faults = err.faults().iter();
    let faults: Vec<String> =
        faults.map(|f| format!("{}: {}", f.pointer.trim_start_matches('/'), f.detail)).collect();
    let text = if faults.is_empty() { err.to_string() } else { faults.join("; ") };
    text.chars().take(2000).collect()
}
