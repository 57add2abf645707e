//! How selling goes: what is won and lost, by whatever it is looked at, how opportunities go through a pipeline, and how long
//! they have been where they are.

mod ageing;
mod comparison;
mod deals;
mod figures;
mod names;
mod pipeline;
mod stays;
mod summary;
#[cfg(test)]
mod tests;
mod worth;

pub use ageing::{AgeingAnalysis, AgeingBucket, AgeingStage, ageing};
pub use comparison::{
    ComparisonAsked, MOST_GROUPS, SalesComparison, SalesGroup, SalesOthers, comparison,
};
pub(super) use comparison::{belongs, named, whole_sum};
pub use deals::SalesOf;
pub(super) use deals::{col, is, rate_day};
pub use figures::SalesFigures;
use names::names;
pub(super) use names::names as called;
pub use pipeline::{PipelineAnalysis, PipelineAsked, PipelineStageFlow, pipeline};
pub use summary::{OpenStage, SalesAnalysis, SalesAsked, summary};
pub use worth::Unconverted;
pub(super) use worth::{Added, Exchange, Worth, unconverted};
