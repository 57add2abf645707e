//! What must hold of opportunities: rules on them, which are all asked in one statement.

use rapport_entity::{
    Id,
    identity::role::{BuiltIn, Scope, Verb},
    rule::Rule,
    sales::{
        opportunity,
        pipeline_stage::{Criterion, MOST_CRITERIA},
    },
};
use sea_orm::{
    ConnectionTrait, DbErr,
    sea_query::{Alias, CaseStatement, Expr},
};

use crate::{
    following::{Named, named_of, resources_of},
    kernel::{
        Actor, ActorData, Ctx, Described, Error, Faults, FilterScope, Permissions, Result, Tx,
        about, catalogue, compile,
    },
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

/// A rule on records of a kind must be sound, and speak only of what the actor may read all of.
///
/// # Errors
/// [`Error::Forbidden`]. What else is wrong is among the faults.
pub fn check_rule<E: Described>(
    ctx: &Ctx,
    rule: &Rule,
    at: &str,
    faults: &mut Faults,
) -> Result<()> {
    let of = catalogue::<E>();
    match compile(rule, of, &of.table, ctx.filter_scope(), at) {
        Err(err @ (Error::Invalid(_) | Error::Conflict(_))) => faults.under("", err),
        compiled => drop(compiled?),
    }
    let reads_all =
        |resource: &&str| ctx.actor().permissions.scope(resource, Verb::Read) == Scope::All;
    match resources_of(rule, of).into_iter().find(|resource| !reads_all(resource)) {
        Some(resource) => Err(Error::Forbidden { verb: "build a rule on", resource }),
        None => Ok(()),
    }
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

/// Which of some rules hold of a record, as it is in the transaction, whatever the actor may see of it: one statement.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn holding<E: Described>(tx: &Tx<'_>, id: Id<E>, rules: &[&Rule]) -> Result<Vec<bool>> {
    if rules.is_empty() {
        return Ok(Vec::new());
    }
    let of = catalogue::<E>();
    let actor = all_seeing(tx.actor());
    let scope = FilterScope { actor: &actor, backend: tx.backend(), now: tx.now(), touched: None };
    let mut asked = about(of, id.uuid());
    asked.and_where(sea_orm::sea_query::ExprTrait::eq(
        Expr::col((Alias::new(&of.table), Alias::new(of.workspace))),
        tx.actor().workspace,
    ));
    for (n, rule) in rules.iter().enumerate() {
        // One that has come to speak of what is no longer there, such as a custom field, holds of nothing.
        let holds: Expr = match compile(rule, of, &of.table, scope, "") {
            Ok(condition) => CaseStatement::new().case(condition, 1).finally(0).into(),
            Err(_) => Expr::val(0),
        };
        asked.expr_as(holds, Alias::new(format!("c{n}")));
    }
    let row = tx.transaction().query_one_raw(tx.backend().build(&asked)).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound(E::NAME.into()))?;
    let holds = |n: usize| Ok(row.try_get::<i32>("", &format!("c{n}"))? == 1);
    (0..rules.len()).map(holds).collect()
}

/// The same actor, who may read everything: whether a criterion is met does not depend on who asks.
pub fn all_seeing(actor: &Actor) -> Actor {
    let data = ActorData::clone(actor);
    Actor::from(ActorData { permissions: Permissions::built_in(BuiltIn::Admin), ..data })
}
