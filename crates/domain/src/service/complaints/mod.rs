//! Complaints: why it came to them, what was done and what it cost, what the customer was told and promised, and whether that was kept.

/// Why customers complain.
pub mod causes;
mod closing;
/// What came of complaints.
pub mod complaints;
mod overdue;
/// What customers are promised.
pub mod promises;

pub(super) use closing::check_closing;
pub use overdue::PromisesDue;
