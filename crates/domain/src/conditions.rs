//! The conditions of what a workspace sets up for itself, such as assignment rules and policies: sound, and about segments that
//! are there and stay.

use rapport_entity::{Name, rule::Rule, segmentation::segment};
use sea_orm::Condition;

use crate::{
    following::{Named, named_of},
    kernel::{Ctx, Described, Faults, Read, Result, Tx, catalogue},
    rules::check_rule,
    segmentation::check_all_named,
};

/// A condition on records of a kind, if there is one, must be sound.
///
/// # Errors
/// [`Error::Forbidden`](crate::Error::Forbidden). What else is wrong is among the faults.
pub(crate) fn check_condition<On: Described>(
    ctx: &Ctx,
    condition: Option<&Rule>,
    faults: &mut Faults,
) -> Result<()> {
    match condition {
        Some(condition) => check_rule::<On>(ctx, condition, "/condition", faults),
        None => Ok(()),
    }
}

/// The segments that a condition names must be there. Whoever checks it, does it before anything else is locked.
pub(crate) async fn check_segments<On: Described>(
    tx: &Tx<'_>,
    condition: Option<&Rule>,
) -> Result<()> {
    let segments = condition.map(|condition| segments::<On>(condition, "/condition"));
    check_all_named(tx, &segments.unwrap_or_default()).await
}

/// The name of one of the records of `E`, each with a rule or none on records of another kind, that names a segment.
pub(crate) async fn naming<E: Described, On: Described>(
    tx: &Tx<'_>,
    id: segment::Id,
    of: impl Fn(&E::Model) -> (Option<&Rule>, &Name),
) -> Result<Option<Name>> {
    let all = tx.entailed::<E, Read>().filtered(Condition::all(), i64::MAX as u64).await?;
    let names = |row: &&E::Model| {
        let (rule, _) = of(row);
        rule.is_some_and(|rule| segments::<On>(rule, "").iter().any(|named| named.id == id))
    };
    Ok(all.iter().find(names).map(|row| of(row).1.clone()))
}

fn segments<On: Described>(rule: &Rule, at: &str) -> Vec<Named> {
    named_of(rule, catalogue::<On>(), at)
}
