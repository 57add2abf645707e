//! What must hold of opportunities: rules on them, which are all asked in one statement.

use rapport_entity::{
    rule::Rule,
    sales::{
        opportunity,
        pipeline_stage::{Criterion, MOST_CRITERIA},
    },
};

use crate::{
    following::{Named, named_of},
    kernel::{Ctx, Faults, Result, Tx, catalogue},
    rules::{check_rule, holding},
    segmentation::check_all_named,
};

/// The entry and the exit criteria of a stage, as far as they are given.
pub type Sides<'a> = (Option<&'a [Criterion]>, Option<&'a [Criterion]>);

/// Each criterion, and where its rule is.
fn each<'a>((entry, exit): Sides<'a>) -> impl Iterator<Item = (&'a Criterion, String)> {
    let place = |side: &'static str| move |(n, criterion)| (criterion, format!("/{side}/{n}/rule"));
    let entry = entry.into_iter().flatten().enumerate().map(place("entryCriteria"));
    entry.chain(exit.into_iter().flatten().enumerate().map(place("exitCriteria")))
}

/// They must be sound, and speak only of what the actor may read all of.
///
/// # Errors
/// [`Error::Forbidden`]. What else is wrong is among the faults.
pub fn check(ctx: &Ctx, sides: Sides<'_>, faults: &mut Faults) -> Result<()> {
    for (side, at) in [(sides.0, "/entryCriteria"), (sides.1, "/exitCriteria")] {
        if side.is_some_and(|criteria| criteria.len() > MOST_CRITERIA) {
            faults.invalid(at, format!("must be at most {MOST_CRITERIA}"));
        }
    }
    for (criterion, at) in each(sides) {
        check_rule::<opportunity::Entity>(ctx, &criterion.rule, &at, faults)?;
    }
    Ok(())
}

/// The segments that they name.
pub fn named(sides: Sides<'_>) -> Vec<Named> {
    let of = catalogue::<opportunity::Entity>();
    each(sides).flat_map(|(criterion, at)| named_of(&criterion.rule, of, &at)).collect()
}

/// The segments that they name must be there. Whoever checks it, does it before anything else is locked.
///
/// # Errors
/// [`Error::Conflict`].
pub async fn check_named(tx: &Tx<'_>, sides: Sides<'_>) -> Result<()> {
    check_all_named(tx, &named(sides)).await
}

/// Which of some criteria an opportunity meets, as it is in the transaction, whatever the actor may see of it.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn met(tx: &Tx<'_>, id: opportunity::Id, criteria: &[&Criterion]) -> Result<Vec<bool>> {
    let rules: Vec<&Rule> = criteria.iter().map(|criterion| &criterion.rule).collect();
    holding::<opportunity::Entity>(tx, id, &rules).await
}
