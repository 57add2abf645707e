mod segments;

pub use segments::{SegmentMutation, SegmentQuery};
