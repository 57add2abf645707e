//! Which stage rules would have a customer in.

use std::cmp::Reverse;

use rapport_entity::lifecycle::lifecycle_stage::{self, Kind, Model};

use crate::lifecycle::order::is_back;

/// What is known of a customer.
pub trait Known {
    /// Whether a stage's entry rule holds.
    fn enters(&self, stage: &Model) -> bool;
    /// Whether a stage's exit rule holds.
    fn leaves(&self, stage: &Model) -> bool;
    /// Whether they have left a stage so lately that no rule brings them back.
    fn rests(&self, stage: &Model) -> bool;
}

/// Where a customer is to be moved by the rules of all stages, if anywhere.
///
/// The rules speak for a stage whose entry rule holds and whose exit rule does not; of several for the one with the
/// highest position, and of those with the same for the first by its key. A customer in that stage stays. One in another
/// moves there if that is no move back, or if it is to lapse, or if the exit rule of the present stage holds. Where that one
/// holds and the rules speak for no stage, they move to where customers begin. So whoever was moved stays, until something
/// changes. Nobody is lost, or comes back from having been lost, by a rule.
pub fn next<'s>(
    stages: &'s [Model],
    present: Option<lifecycle_stage::Id>,
    known: &impl Known,
) -> Option<&'s Model> {
    let here = present.and_then(|id| stages.iter().find(|stage| stage.id == id));
    if here.is_some_and(|stage| stage.kind == Kind::Lost) {
        return None;
    }
    let speak_for = |stage: &&Model| known.enters(stage) && !known.leaves(stage);
    let is_open = |stage: &&Model| Some(stage.id) == present || !known.rests(stage);
    let best = stages
        .iter()
        .filter(|stage| !matches!(stage.kind, Kind::Lost | Kind::WonBack))
        .filter(speak_for)
        .filter(is_open)
        .max_by_key(|stage| (i64::from(stage.position), Reverse(stage.key.as_str())));
    let must_leave = here.is_some_and(|stage| known.leaves(stage));
    let to = match (here, best) {
        (Some(here), Some(best)) => {
            let may = must_leave || best.kind == Kind::Lapsed || !is_back(here, best);
            may.then_some(best)
        }
        (None, best) => best,
        (Some(_), None) if must_leave => {
            let begins = |stage: &&Model| stage.is_initial && stage.kind != Kind::Lost;
            stages.iter().filter(begins).find(|stage| !known.leaves(stage))
        }
        (Some(_), None) => None,
    };
    to.filter(|stage| Some(stage.id) != present)
}
