//! Rules on records of any kind: whether they are sound, and whether they hold of one record.

use std::collections::HashSet;

use rapport_entity::{
    Id,
    identity::role::{BuiltIn, Scope, Verb},
    rule::Rule,
};
use sea_orm::{
    Condition, ConnectionTrait, DbErr,
    sea_query::{Alias, CaseStatement, Expr},
};
use uuid::Uuid;

use crate::{
    following::resources_of,
    kernel::{
        Actor, ActorData, Ctx, Described, Error, Faults, FilterScope, Permissions, Read, Result,
        Tx, about, catalogue, compile, is_among,
    },
};

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

/// The first of some things, each with a rule or for all, that holds of a record.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn first_holding<E: Described, T>(
    tx: &Tx<'_>,
    id: Id<E>,
    of: Vec<T>,
    rule: impl Fn(&T) -> Option<&Rule>,
) -> Result<Option<T>> {
    let asked: Vec<&Rule> = of.iter().filter_map(&rule).collect();
    let mut holds = holding::<E>(tx, id, &asked).await?.into_iter();
    let first = |one: &T| rule(one).is_none() || holds.next() == Some(true);
    Ok(of.into_iter().find(first))
}

/// The same of some records: which of them each rule holds of, one statement for each.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn holding_of<E: Described>(
    tx: &Tx<'_>,
    ids: &[Id<E>],
    rule: &Rule,
) -> Result<HashSet<Id<E>>> {
    let of = catalogue::<E>();
    let actor = all_seeing(tx.actor());
    let scope = FilterScope { actor: &actor, backend: tx.backend(), now: tx.now(), touched: None };
    // One that has come to speak of what is no longer there, such as a custom field, holds of nothing.
    let Ok(holds) = compile(rule, of, &of.table, scope, "") else { return Ok(HashSet::new()) };
    let uuids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let these = is_among(Expr::col((E::default(), E::ID)), &uuids, tx.backend());
    let these = Condition::all().add(these).add(holds);
    let found = tx.entailed::<E, Read>().matching_even_deleted(these).await?;
    Ok(found.iter().map(|row| E::id(row)).collect())
}

/// The same actor, who may read everything: whether a criterion is met does not depend on who asks.
pub fn all_seeing(actor: &Actor) -> Actor {
    let data = ActorData::clone(actor);
    Actor::from(ActorData { permissions: Permissions::built_in(BuiltIn::Admin), ..data })
}
