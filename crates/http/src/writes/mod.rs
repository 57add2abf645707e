//! Writes that come in bulk, as they are on the wire.

mod batch;
mod offline;

use crate::problem::Problem;

pub use batch::{
    Batch, ConsentBatch, ContactBatch, ContactPointBatch, CustomerBatch, CustomerMoveBatch,
    InteractionBatch, LeadBatch, OpportunityBatch, OrderBatch, PriceBookEntryBatch, ProductBatch,
    RecordBatch, ServiceRequestBatch, TaskBatch,
};
pub use offline::{UploadWrites, WriteStatus};

/// What became of a write, as both APIs tell it.
pub struct Outcome<S, R> {
    /// What became of it, in a word or a number.
    pub status: S,
    /// The record as it is since, where it is there.
    pub record: Option<R>,
    /// Why it was not done.
    pub problem: Option<Problem>,
}
