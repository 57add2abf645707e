//! What connects us with other systems: imports, exports, and requests that may be repeated.

/// Records written to a file.
pub mod export;
/// Answers to requests that may be repeated.
pub mod idempotency_key;
/// Files that are imported.
pub mod import;
pub mod import_batch;
/// How files are read, saved for reuse.
pub mod mapping;
mod options;
mod records;
mod unknown;
/// What was sent to webhook endpoints.
pub mod webhook_delivery;
/// Where webhooks are sent.
pub mod webhook_endpoint;
pub mod webhook_lease;

pub use options::{
    ColumnOfField, ColumnUsed, Columns, DateFormat, Delimiter, Encoding, ImportOptions,
    MeaningOfValue, ValueOfField,
};
pub use records::{ExportKind, Format, RecordKind};
pub use unknown::{Unknown, UnknownValue};
