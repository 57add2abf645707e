//! Writes that come in bulk, as they are on the wire.

mod batch;
mod offline;

pub use batch::{
    Batch, ContactBatch, CustomerBatch, OrderBatch, ProductBatch, RecordBatch, status_of_done,
};
pub use offline::{UploadWrites, WriteStatus, status_of, status_when_done};
