mod losses;
mod moves;
mod programmes;
mod reasons;
mod stages;
mod winbacks;

use async_graphql::MergedObject;

pub use losses::Loss;
pub use moves::{LifecycleMove, lifecycle};
pub use programmes::WinbackProgramme;
pub use reasons::LossReason;
pub use stages::LifecycleStage;

/// What can be asked of the lifecycle. (One object for all of it: the compiler goes only so deep into what is merged.)
#[derive(Default, MergedObject)]
pub struct LifecycleQuery(
    stages::LifecycleStageQuery,
    moves::MoveQuery,
    reasons::LossReasonQuery,
    losses::LossQuery,
    programmes::WinbackProgrammeQuery,
    winbacks::WinbackQuery,
);

/// What can be done about the lifecycle.
#[derive(Default, MergedObject)]
pub struct LifecycleMutation(
    stages::LifecycleStageMutation,
    moves::MoveMutation,
    reasons::LossReasonMutation,
    losses::LossMutation,
    programmes::WinbackProgrammeMutation,
    winbacks::WinbackMutation,
);
