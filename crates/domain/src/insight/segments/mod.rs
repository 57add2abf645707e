//! What a segment is like: how large it has been, who comes back into which, what its members bought, and how far they have come.

mod overlap;
mod retention;
mod revenue;
mod size;
mod stages;
mod stays;
#[cfg(test)]
mod tests;

pub use overlap::{OverlappingSegment, SegmentOverlap, overlap};
pub use retention::{SegmentCohort, SegmentRetention, SegmentRetentionAsked, retention};
pub use revenue::{MonthOfRevenue, SegmentRevenue, revenue};
pub use size::{DayOfSegment, SegmentSize, SegmentSizeAsked, size};
pub use stages::{SegmentStages, StageOfMembers, stages};
