//! Leads that come in or are changed many at a time, as another system has had them: they are assigned and rated in a few
//! statements for all of them. Nobody is notified of each, no response clock starts, and old enquiries make no tasks.

use std::collections::{BTreeMap, HashMap, HashSet};

use rapport_entity::{
    identity::user,
    rule::Rule,
    sales::{
        lead::{Column, Entity, Id, Model},
        lead_assignment_rule,
    },
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, Query},
};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::{
    assignment::{self, candidates, way},
    enquiries, overdue, scoring,
};
use crate::{
    kernel::{FilterScope, Read, Result, Tx, Update, catalogue, compile, is_among},
    rules::all_seeing,
    turns::{Candidate, choose},
    work::tasks,
};

/// Whether there are rules by which leads are assigned.
pub(crate) async fn are_assigned(tx: &Tx<'_>) -> Result<bool> {
    Ok(!assignment::active(tx).await?.is_empty())
}

/// Assigns leads that have just been made and that nobody has, each by the first rule that holds of it, in the order in
/// which they came. Those of `mine` of which none holds go to whoever is at work.
pub(crate) async fn assign_many(tx: &Tx<'_>, leads: Vec<Id>, mine: &HashSet<Id>) -> Result<()> {
    if leads.is_empty() {
        return Ok(());
    }
    // Everybody who assigns waits here, so that turns and capacities are as they are.
    tx.one_at_a_time("lead assignment").await?;
    let mut left = leads;
    for rule in assignment::active(tx).await? {
        if left.is_empty() {
            return Ok(());
        }
        let held = held_by(tx, rule.condition.as_ref(), &left).await?;
        let (these, others) = left.into_iter().partition(|id| held.contains(&id.uuid()));
        deal(tx, &rule, these).await?;
        left = others;
    }
    let Some(me) = tx.actor().user else { return Ok(()) };
    let kept = left.into_iter().filter(|id| mine.contains(id)).map(|id| (id.uuid(), me));
    set_owners(tx, kept.collect(), None).await
}

/// Those of some leads of which a condition holds, as they are in the transaction: one statement.
async fn held_by(tx: &Tx<'_>, condition: Option<&Rule>, leads: &[Id]) -> Result<HashSet<Uuid>> {
    let keys: Vec<Uuid> = leads.iter().map(|id| id.uuid()).collect();
    let Some(condition) = condition else { return Ok(keys.into_iter().collect()) };
    let actor = all_seeing(tx.actor());
    let scope = FilterScope { actor: &actor, backend: tx.backend(), now: tx.now(), touched: None };
    let of = catalogue::<Entity>();
    // One that has come to speak of what is no longer there holds of nothing.
    let Ok(holds) = compile(condition, of, &of.table, scope, "") else {
        return Ok(HashSet::new());
    };
    let query = Query::select()
        .column((Entity, Column::Id))
        .from(Entity)
        .and_where(Expr::col((Entity, Column::WorkspaceId)).eq(tx.actor().workspace))
        .and_where(is_among(Expr::col((Entity, Column::Id)), &keys, tx.backend()))
        .cond_where(holds)
        .take();
    let rows = tx.transaction().query_all_raw(tx.backend().build(&query)).await?;
    rows.iter().map(|row| Ok(row.try_get::<Uuid>("", "id")?)).collect()
}

/// Gives leads to the users of a rule, in turn or by how many they have.
async fn deal(tx: &Tx<'_>, rule: &lead_assignment_rule::Model, leads: Vec<Id>) -> Result<()> {
    if leads.is_empty() {
        return Ok(());
    }
    let mut among = candidates(tx, rule).await?;
    let (mut last, mut owners) = (rule.last_user_id, HashMap::new());
    for lead in leads {
        let Some(chosen) = chosen(&mut among, rule, last) else { break };
        last = Some(chosen);
        owners.insert(lead.uuid(), chosen);
    }
    if last != rule.last_user_id {
        let this = lead_assignment_rule::Column::Id.eq(rule.id).into();
        let column = lead_assignment_rule::Column::LastUserId;
        tx.rows::<lead_assignment_rule::Entity>().set(column, last.map(Uuid::from), this).await?;
    }
    set_owners(tx, owners, Some(rule.id)).await
}

/// Who gets the next lead; they have one more since.
fn chosen(
    among: &mut [Candidate],
    rule: &lead_assignment_rule::Model,
    last: Option<user::Id>,
) -> Option<user::Id> {
    let chosen = choose(among, way(rule.strategy), last)?;
    for one in among.iter_mut().filter(|one| one.id == chosen) {
        one.open += 1;
        one.free = rule.capacity.is_none_or(|most| one.open < i64::from(most));
    }
    Some(chosen)
}

/// Gives each lead to its owner, those of one owner in one statement, and tells of each.
async fn set_owners(
    tx: &Tx<'_>,
    owners: HashMap<Uuid, user::Id>,
    rule: Option<lead_assignment_rule::Id>,
) -> Result<()> {
    let ids: Vec<Id> = owners.keys().map(|id| (*id).into()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let mut by_owner: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for row in tx.entailed::<Entity, Update>().lock_many(&ids).await? {
        let Some(owner) = owners.get(&row.id.uuid()).copied() else { continue };
        by_owner.entry(owner.uuid()).or_default().push(row.id.uuid());
        let told = |owner: Option<user::Id>, rule: Json| {
            let rule = ("assignmentRuleId".to_owned(), rule);
            Map::from_iter([("ownerId".to_owned(), json!(owner)), rule])
        };
        let (before, version) = (told(row.owner_id, Json::Null), row.version + 1);
        let after = Model { owner_id: Some(owner), version, updated_at: tx.now(), ..row };
        tx.record::<Entity>("assigned", &after, before, told(Some(owner), json!(rule)));
    }
    for (owner, ids) in by_owner {
        let update = Entity::update_many()
            .col_expr(Column::OwnerId, Expr::val(owner))
            .col_expr(Column::Version, Expr::col(Column::Version).add(1))
            .col_expr(Column::UpdatedAt, Expr::val(tx.now()))
            .filter(Column::WorkspaceId.eq(tx.actor().workspace))
            .filter(is_among(Expr::col(Column::Id), &ids, tx.backend()));
        update.exec(tx.transaction()).await?;
    }
    Ok(())
}

/// What follows from leads' having been made or changed in this transaction: their scores, and of those that somebody is
/// to answer, until when.
pub(crate) async fn follow_many(tx: &Tx<'_>, leads: &[Id]) -> Result<()> {
    if leads.is_empty() {
        return Ok(());
    }
    let rows = tx.entailed::<Entity, Read>().many(leads).await?;
    for row in rows.iter().filter(|row| row.response_due_at.is_some()) {
        overdue::set_timer(tx, row).await?;
    }
    rate_many(tx, leads).await
}

async fn rate_many(tx: &Tx<'_>, leads: &[Id]) -> Result<()> {
    let rules = scoring::active(tx).await?;
    for some in leads.chunks(scoring::BATCH as usize) {
        let keys: Vec<Uuid> = some.iter().map(|id| id.uuid()).collect();
        let these = is_among(Expr::col((Entity, Column::Id)), &keys, tx.backend());
        let wanted: BTreeMap<Uuid, i32> =
            scoring::differing(tx, &rules, these).await?.into_iter().collect();
        if wanted.is_empty() {
            continue;
        }
        let ids: Vec<Id> = wanted.keys().map(|id| (*id).into()).collect();
        let rows = tx.entailed::<Entity, Update>().lock_many(&ids).await?;
        scoring::set_scores(tx, rows, &wanted).await?;
    }
    Ok(())
}

/// Gives the tasks of enquiries that nobody had to whoever has their leads by now.
pub(crate) async fn hand_over_many(tx: &Tx<'_>, owners: &[(Id, user::Id)]) -> Result<()> {
    let occasions: Vec<(String, user::Id)> =
        owners.iter().map(|(lead, owner)| (enquiries::occasion(*lead), *owner)).collect();
    match occasions.is_empty() {
        true => Ok(()),
        false => tasks::hand_over(tx, &occasions).await,
    }
}
