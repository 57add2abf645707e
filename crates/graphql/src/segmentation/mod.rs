mod members;
mod preview;
mod scores;
mod segments;

use async_graphql::MergedObject;
use members::{MemberMutation, MemberQuery};
use preview::PreviewQuery;
use scores::{ScoreMutation, ScoreQuery};
use segments::{SegmentMutation, SegmentQuery};

pub use scores::CustomerScore;
pub use segments::Segment;

/// What can be asked of segments and scores.
#[derive(Default, MergedObject)]
pub struct SegmentationQuery(SegmentQuery, MemberQuery, PreviewQuery, ScoreQuery);

/// What can be done with segments and scores.
#[derive(Default, MergedObject)]
pub struct SegmentationMutation(SegmentMutation, MemberMutation, ScoreMutation);
