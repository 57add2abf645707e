use rapport_entity::Scoped;
use sea_orm::DbBackend;

use super::{Access, Ctx, Read, Rows, Tx};
use crate::kernel::{catalogue::Described, error::Result};

/// What records are read with: a request by itself, or a transaction, which sees what it has written.
pub trait Reads: Sync {
    /// Leave to read rows of `E`, if the actor has it.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) where the actor's role does not give it.
    fn reading<E: Described>(&self) -> Result<Access<'_, E, Read>>;

    /// The rows of a table that has no life of its own, to read.
    fn rows_of<E: Scoped>(&self) -> Rows<'_, E>;

    /// Which of the two databases it is.
    fn backend_of(&self) -> DbBackend;
}

impl Reads for Ctx {
    fn reading<E: Described>(&self) -> Result<Access<'_, E, Read>> {
        self.can()
    }

    fn rows_of<E: Scoped>(&self) -> Rows<'_, E> {
        self.rows()
    }

    fn backend_of(&self) -> DbBackend {
        self.database().backend()
    }
}

impl Reads for Tx<'_> {
    fn reading<E: Described>(&self) -> Result<Access<'_, E, Read>> {
        self.can()
    }

    fn rows_of<E: Scoped>(&self) -> Rows<'_, E> {
        self.rows()
    }

    fn backend_of(&self) -> DbBackend {
        self.backend()
    }
}
