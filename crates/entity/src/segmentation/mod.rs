//! Groups of customers that follow a rule.

pub mod customer_score;
/// Scores.
pub mod score;
/// How scores are made.
pub mod score_definition;
/// Segments.
pub mod segment;
pub mod segment_listing;
pub mod segment_member;
pub mod segment_stay;
