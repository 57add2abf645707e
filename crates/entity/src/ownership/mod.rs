//! Who has customers and leads, who had them before, and how those that nobody has come to somebody.

pub mod ownership_change;
/// Bulk transfers.
pub mod ownership_transfer;
/// What nobody has, and who may claim it.
pub mod pool;
pub mod recycle_warning;
