//! The segments that rules name: they must be there, and no rule may come back to itself.

use std::collections::{BTreeMap, BTreeSet};

use rapport_entity::{
    Name,
    rule::Rule,
    segmentation::segment::{self, Entity, Model},
};
use sea_orm::Condition;
use uuid::Uuid;

use super::naming::leads_to;
use crate::{
    approvals,
    following::{Named, named},
    kernel::{Access, Ctx, Error, Faults, Read, Result, Tx},
    lifecycle::stages,
    ownership::pools,
    plays,
    sales::{leads, pipelines},
    service::{clocks::policies, escalation, routing, surveys::surveys},
};

/// What is done by one at a time, so that no two rules come to name each other unseen.
const RULES: &str = "segment rules";

/// Lets nobody else come to name a segment until the transaction ends. Done before anything else is locked.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn one_at_a_time(tx: &Tx<'_>) -> Result<()> {
    tx.one_at_a_time(RULES).await
}

/// Segments by id: those that the rule names, and the name.
type Rules = BTreeMap<Uuid, (BTreeSet<Uuid>, Name)>;

/// The rules of all segments there are.
async fn rules(segments: Access<'_, Entity, Read>) -> Result<Rules> {
    let all = segments.filtered(Condition::all(), i64::MAX as u64).await?;
    let names =
        |row: &Model| named(&row.rule, "").into_iter().map(|named| named.id.uuid()).collect();
    Ok(all.into_iter().map(|row| (row.id.uuid(), (names(&row), row.name))).collect())
}

/// Checks the segments that the rule of `id` names. Whoever does, does it before anything else is locked.
///
/// # Errors
/// [`Error::Conflict`] names each that is not there, or whose own rule leads back to `id`.
pub(crate) async fn check_named(
    tx: &Tx<'_>,
    id: Option<segment::Id>,
    rule: &Rule,
    at: &str,
) -> Result<()> {
    let named = named(rule, at);
    if named.is_empty() {
        return Ok(());
    }
    tx.one_at_a_time(RULES).await?;
    check(&rules(tx.can()?).await?, id, &named)
}

/// Checks segments that something other than a segment names. Whoever does, does it before anything else is locked.
///
/// # Errors
/// [`Error::Conflict`] names each that is not there.
pub(crate) async fn check_all_named(tx: &Tx<'_>, named: &[Named]) -> Result<()> {
    if named.is_empty() {
        return Ok(());
    }
    tx.one_at_a_time(RULES).await?;
    check(&rules(tx.can()?).await?, None, named)
}

/// Checks the segments that a rule names which is not saved.
///
/// # Errors
/// [`Error::Conflict`] names each that is not there.
pub async fn check_named_only(ctx: &Ctx, rule: &Rule, at: &str) -> Result<()> {
    let named = named(rule, at);
    if named.is_empty() {
        return Ok(());
    }
    check(&rules(ctx.can()?).await?, None, &named)
}

/// Every segment that a rule names must be there, and must not name the rule's own in turn.
fn check(rules: &Rules, id: Option<segment::Id>, named: &[Named]) -> Result<()> {
    let names = |id: &Uuid| -> Vec<Uuid> {
        rules.get(id).map(|(names, _)| names.iter().copied().collect()).unwrap_or_default()
    };
    let wrong = |of: Uuid| {
        if id.is_some_and(|id| leads_to(of, &id.uuid(), names)) {
            return Some("names a segment whose own rule leads back to this one");
        }
        (!rules.contains_key(&of)).then_some("is no segment")
    };
    let mut faults = Faults::default();
    for named in named {
        if let Some(why) = wrong(named.id.uuid()) {
            faults.conflict(named.at.clone(), why);
        }
    }
    faults.check()
}

/// Lets nobody come to name a segment until the transaction ends, which nobody may do already.
///
/// # Errors
/// [`Error::Refused`] says by which rule it is.
pub async fn check_not_named(tx: &Tx<'_>, id: segment::Id) -> Result<()> {
    tx.one_at_a_time(RULES).await?;
    let rules = rules(tx.can()?).await?;
    if let Some((_, by)) = rules.values().find(|(names, _)| names.contains(&id.uuid())) {
        let by = by.as_str();
        return Err(Error::Refused(format!("the rule of the segment {by:?} names this segment")));
    }
    if let Some(by) = stages::naming(tx, id).await? {
        let by = by.as_str();
        let why = format!("a rule of the lifecycle stage {by:?} names this segment");
        return Err(Error::Refused(why));
    }
    if let Some(by) = pipelines::stages::naming(tx, id).await? {
        let why = format!("a criterion of the pipeline stage {:?} names this segment", by.as_str());
        return Err(Error::Refused(why));
    }
    if let Some(by) = approvals::naming(tx, id).await? {
        let why = format!("the approval rule {:?} names this segment", by.as_str());
        return Err(Error::Refused(why));
    }
    if let Some(by) = leads::naming(tx, id).await? {
        let why = format!("the rule on leads {:?} names this segment", by.as_str());
        return Err(Error::Refused(why));
    }
    if let Some(by) = pools::naming(tx, id).await? {
        let why = format!("the pool {:?} names this segment", by.as_str());
        return Err(Error::Refused(why));
    }
    if let Some(by) = policies::naming(tx, id).await? {
        let why = format!("the service policy {:?} names this segment", by.as_str());
        return Err(Error::Refused(why));
    }
    if let Some(by) = surveys::naming(tx, id).await? {
        let why = format!("the survey {:?} names this segment", by.as_str());
        return Err(Error::Refused(why));
    }
    if let Some(by) = routing::naming(tx, id).await? {
        let why = format!("the routing rule {:?} names this segment", by.as_str());
        return Err(Error::Refused(why));
    }
    if let Some(by) = escalation::rules::naming(tx, id).await? {
        let why = format!("the escalation rule {:?} names this segment", by.as_str());
        return Err(Error::Refused(why));
    }
    if let Some(by) = plays::naming_segment(tx, id).await? {
        let why = format!("the play {:?} names this segment", by.as_str());
        return Err(Error::Refused(why));
    }
    Ok(())
}
