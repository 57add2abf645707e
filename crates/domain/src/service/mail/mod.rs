//! E-mail that comes in. A gateway hands over each mail as it is; what it belongs to is told by its headers alone, never by its
//! subject. Sending is the gateway's too: what we write has an id and says what it answers, so that answers find their way back.

/// The addresses whose mail is taken.
pub mod mailboxes;
mod outgoing;
mod parsed;
/// How mail is taken.
pub mod receiving;

pub use mailboxes::{CreatedMailbox, MailboxPatch, NewMailbox};
pub(crate) use outgoing::identify;
pub(crate) use receiving::prune;
