//! Groups of customers that follow a rule.

/// Segments.
pub mod segment;
pub mod segment_member;
