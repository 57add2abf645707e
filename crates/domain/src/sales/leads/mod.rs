//! Leads: who may become a customer, what speaks for it, who answers them, and what they become.

/// Who gets leads.
pub mod assignment;
mod bulk;
/// How soon leads are to be answered.
pub mod clock;
/// What leads become.
pub mod conversion;
mod enquiries;
/// Forms that leads come in by.
pub mod forms;
/// Leads.
pub mod leads;
/// Whom a lead may be.
pub mod matches;
mod overdue;
mod response;
mod saving;
/// What leads are rated by.
pub mod scoring;
mod states;
/// What is done with leads.
pub mod steps;
/// What comes in by forms.
pub mod submissions;
/// Conversions that are taken back.
pub mod undoing;

pub(crate) use bulk::{are_assigned, assign_many, follow_many, hand_over_many};
pub use overdue::ResponseClock;
pub(crate) use overdue::look_again;
use rapport_entity::{Name, segmentation::segment};
pub(crate) use saving::give;
pub use scoring::LeadScores;

use crate::kernel::{Result, Tx};

/// The name of a rule on leads that names a segment, if there is one.
pub(crate) async fn naming(tx: &Tx<'_>, id: segment::Id) -> Result<Option<Name>> {
    match scoring::naming(tx, id).await? {
        None => assignment::naming(tx, id).await,
        found => Ok(found),
    }
}
