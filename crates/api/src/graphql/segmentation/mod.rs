mod scores;
mod segments;

pub use scores::{CustomerScore, ScoreMutation, ScoreQuery};
pub use segments::{SegmentMutation, SegmentQuery};
