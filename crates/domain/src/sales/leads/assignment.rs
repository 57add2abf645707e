use std::collections::BTreeMap;

use async_graphql::InputObject;
use rapport_entity::{
    Count, Name, OpenTime, Percent, Span,
    identity::user,
    rule::Rule,
    sales::{
        lead::{self, Status},
        lead_assignment_rule::{
            self, ActiveModel, Assignees, Column, Entity, MOST_ASSIGNEES, Model, Strategy,
        },
    },
    segmentation::segment,
    work::{business_calendar, warn_at::WarnAt},
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, IntoActiveValue,
    sea_query::Expr,
};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    overdue, response,
    saving::follow,
    scoring,
    states::{Step, after},
};
use crate::{
    conditions::{self, check_condition, check_segments},
    kernel::{
        Create, Ctx, Delete, Error, Expected, Faults, Patch, Read, Result, Tx, Update, is_among,
        patched,
    },
    rules::first_holding,
    turns::{Candidate, Way, choose},
    work::hours,
};

/// The most rules of a workspace by which leads are assigned.
const MOST: usize = 100;

/// An assignment rule to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewLeadAssignmentRule {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<lead_assignment_rule::Id>,
    /// What the rule is called; unique in the workspace, whatever the case of its letters.
    pub name: Name,
    /// Where it stands among the others: of the rules that hold, the one with the lowest counts.
    pub position: Count,
    /// Whether leads are assigned by it; they are where left out.
    pub active: Option<bool>,
    /// What must hold of a lead, such as where it is; it is for all where left out.
    pub condition: Option<Rule>,
    /// The users who get leads by it, in their order: 1 to 200, each once.
    #[schema(min_items = 1, max_items = 200)]
    pub user_ids: Vec<user::Id>,
    /// Which of them gets the next one; one after the other where left out.
    pub strategy: Option<Strategy>,
    /// How many open leads one of them has at most; as many as come where left out.
    pub capacity: Option<Count>,
    /// How soon whoever gets a lead is to answer, by the clock on the wall; there is no hurry where left out.
    pub response_within: Option<Span>,
    /// How soon whoever gets a lead is to answer, in hours of the calendar, in place of `responseWithin`.
    pub response_target: Option<OpenTime>,
    /// The calendar whose hours count for `responseTarget`; around the clock where left out.
    pub calendar_id: Option<business_calendar::Id>,
    /// Whoever has a lead is told when so much of `responseTarget` is used up: at most 8, from least to most.
    #[schema(max_items = 8)]
    pub warn_at_percent: Option<Vec<Percent>>,
}

/// What to change of an assignment rule: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LeadAssignmentRulePatch {
    /// What the rule is called; unique in the workspace, whatever the case of its letters.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// Where it stands among the others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Count)]
    pub position: Option<Count>,
    /// Whether leads are assigned by it.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub active: Option<bool>,
    /// What must hold of a lead, such as where it is; null where it is for all.
    #[serde(default)]
    #[schema(value_type = Option<Rule>)]
    pub condition: Patch<Rule>,
    /// The users who get leads by it, in their order: these, and no others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<user::Id>, min_items = 1, max_items = 200)]
    pub user_ids: Option<Vec<user::Id>>,
    /// Which of them gets the next one.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Strategy)]
    pub strategy: Option<Strategy>,
    /// How many open leads one of them has at most; null for as many as come.
    #[serde(default)]
    #[schema(value_type = Option<Count>)]
    pub capacity: Patch<Count>,
    /// How soon whoever gets a lead is to answer, by the clock on the wall; null where there is no hurry.
    #[serde(default)]
    #[schema(value_type = Option<Span>)]
    pub response_within: Patch<Span>,
    /// How soon whoever gets a lead is to answer, in hours of the calendar. Leads that wait by it are reckoned anew; where it is
    /// cleared, they keep the deadlines that they have.
    #[serde(default)]
    #[schema(value_type = Option<OpenTime>)]
    pub response_target: Patch<OpenTime>,
    /// The calendar whose hours count; null where it is around the clock.
    #[serde(default)]
    #[schema(value_type = Option<business_calendar::Id>)]
    pub calendar_id: Patch<business_calendar::Id>,
    /// Whoever has a lead is told when so much of `responseTarget` is used up: these, and no others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<Percent>, max_items = 8)]
    pub warn_at_percent: Option<Vec<Percent>>,
}

/// Makes an assignment rule.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Conflict`], [`Error::Duplicate`]; [`Error::Refused`] where there are a hundred.
pub async fn create(ctx: &Ctx, new: NewLeadAssignmentRule) -> Result<Model> {
    ctx.tx(async |tx| {
        let rules = tx.can::<Entity, Create>()?;
        let id = new.id;
        let row = rules.complete(id, new.row())?;
        judge(ctx, tx, None, &row).await?;
        let made = rules.insert(id, row).await?;
        check_number(tx).await?;
        Ok(made)
    })
    .await
}

impl NewLeadAssignmentRule {
    fn row(self) -> ActiveModel {
        let new = self;
        ActiveModel {
            name: Set(new.name),
            sort_name: Set(String::new()),
            position: Set(new.position),
            active: Set(new.active.unwrap_or(true)),
            condition: Set(new.condition),
            user_ids: Set(Assignees(new.user_ids)),
            strategy: Set(new.strategy.unwrap_or_default()),
            capacity: Set(new.capacity),
            response_within: Set(new.response_within),
            response_target: Set(new.response_target),
            calendar_id: Set(new.calendar_id),
            warn_at_percent: Set(WarnAt(new.warn_at_percent.unwrap_or_default())),
            ..Default::default()
        }
    }
}

/// Changes an assignment rule. Leads that are assigned stay with whoever has them.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`], [`Error::Stale`].
pub async fn update(
    ctx: &Ctx,
    id: lead_assignment_rule::Id,
    expected: Expected,
    patch: LeadAssignmentRulePatch,
) -> Result<Model> {
    let promises =
        |row: &Model| (row.response_target.clone(), row.calendar_id, row.warn_at_percent.clone());
    ctx.tx(async |tx| {
        let rules = tx.can::<Entity, Update>()?;
        let there = tx.entailed::<Entity, Read>().one(id).await?;
        // Segments and calendars are held before the rule is.
        judge(ctx, tx, Some(&there), &patched::<Entity>(&there, patch.clone().row())?).await?;
        let before = rules.lock(id, expected).await?;
        let after = patched::<Entity>(&before, patch.row())?;
        check_promise(&after)?;
        let after = rules.save(&before, after, "updated", &[]).await?;
        check_number(tx).await?;
        if promises(&before) != promises(&after) {
            overdue::look_again(tx).await?;
        }
        Ok(after)
    })
    .await
}

/// Brings a deleted assignment rule back.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Duplicate`]; [`Error::Conflict`] where its calendar is deleted; [`Error::Refused`] where there
/// are a hundred.
pub async fn restore(ctx: &Ctx, id: lead_assignment_rule::Id) -> Result<Model> {
    ctx.tx(async |tx| {
        hours::one_at_a_time(tx).await?;
        let after = tx.can::<Entity, Delete>()?.restore(id).await?;
        hours::check(tx, after.calendar_id).await?;
        check_number(tx).await?;
        Ok(after)
    })
    .await
}

impl LeadAssignmentRulePatch {
    fn row(self) -> ActiveModel {
        let patch = self;
        ActiveModel {
            name: patch.name.map_or(NotSet, Set),
            position: patch.position.map_or(NotSet, Set),
            active: patch.active.map_or(NotSet, Set),
            condition: patch.condition.into_active_value(),
            user_ids: patch.user_ids.map_or(NotSet, |users| Set(Assignees(users))),
            strategy: patch.strategy.map_or(NotSet, Set),
            capacity: patch.capacity.into_active_value(),
            response_within: patch.response_within.into_active_value(),
            response_target: patch.response_target.into_active_value(),
            calendar_id: patch.calendar_id.into_active_value(),
            warn_at_percent: patch.warn_at_percent.map_or(NotSet, |warn| Set(WarnAt(warn))),
            ..Default::default()
        }
    }
}

/// Names everything that is wrong with a rule. What it names already need not be there.
async fn judge(ctx: &Ctx, tx: &Tx<'_>, before: Option<&Model>, row: &Model) -> Result<()> {
    let mut faults = Faults::default();
    let condition = row.condition.as_ref();
    if before.and_then(|before| before.condition.as_ref()) != condition {
        check_condition::<lead::Entity>(ctx, condition, &mut faults)?;
        check_segments::<lead::Entity>(tx, condition).await?;
    }
    judge_users(tx, before, &row.user_ids.0, &mut faults).await?;
    if before.and_then(|before| before.calendar_id) != row.calendar_id {
        hours::judge(tx, row.calendar_id, &mut faults).await?;
    }
    hours::check_warnings(&row.warn_at_percent.0, &mut faults);
    judge_promise(row, &mut faults);
    faults.check()
}

/// Users that are named must be there, each once.
async fn judge_users(
    tx: &Tx<'_>,
    before: Option<&Model>,
    users: &[user::Id],
    faults: &mut Faults,
) -> Result<()> {
    if before.is_some_and(|before| before.user_ids.0 == users) {
        return Ok(());
    }
    if !(1..=MOST_ASSIGNEES).contains(&users.len()) {
        faults.invalid("/userIds", format!("must be from 1 to {MOST_ASSIGNEES}"));
        return Ok(());
    }
    let there = tx.can::<user::Entity, Read>()?.live(users).await?;
    for (n, id) in users.iter().enumerate() {
        if users.iter().take(n).any(|before| before == id) {
            faults.invalid(format!("/userIds/{n}"), "is named twice");
        } else if there.iter().all(|user| user.id != *id) {
            faults.conflict(format!("/userIds/{n}"), "is no user of this workspace");
        }
    }
    Ok(())
}

fn check_promise(row: &Model) -> Result<()> {
    let mut faults = Faults::default();
    judge_promise(row, &mut faults);
    faults.check()
}

/// What is promised is one thing: by the clock on the wall, or in business hours.
fn judge_promise(row: &Model, faults: &mut Faults) {
    if row.response_target.is_some() && row.response_within.is_some() {
        faults.invalid("/responseTarget", "is in place of responseWithin: one of both at most");
    }
    if row.response_target.is_some() {
        return;
    }
    if row.calendar_id.is_some() {
        faults.invalid("/calendarId", "needs a responseTarget");
    }
    if !row.warn_at_percent.0.is_empty() {
        faults.invalid("/warnAtPercent", "needs a responseTarget");
    }
}

/// The name of a rule that names a segment, if there is one.
pub(super) async fn naming(tx: &Tx<'_>, id: segment::Id) -> Result<Option<Name>> {
    conditions::naming::<Entity, lead::Entity>(tx, id, |row| (row.condition.as_ref(), &row.name))
        .await
}

async fn check_number(tx: &Tx<'_>) -> Result<()> {
    match active(tx).await?.len() > MOST {
        true => Err(Error::Refused(format!("leads are assigned by at most {MOST} rules"))),
        false => Ok(()),
    }
}

/// The rules by which leads are assigned, in their order.
pub(super) async fn active(tx: &Tx<'_>) -> Result<Vec<Model>> {
    let which = Column::Active.eq(true).into();
    let mut rules = tx.entailed::<Entity, Read>().filtered(which, MOST as u64 + 1).await?;
    rules.sort_by_key(|rule| (i64::from(rule.position), rule.id.uuid()));
    Ok(rules)
}

/// Assigns an open lead by the first rule that holds of it, whoever has it. Where nobody of the rule is free, nobody has
/// it.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] where it is not open, or no rule holds of it.
pub async fn assign(ctx: &Ctx, id: lead::Id, expected: Expected) -> Result<lead::Model> {
    ctx.tx(async |tx| {
        let before = tx.can::<lead::Entity, Update>()?.lock(id, expected).await?;
        after(before.status, Step::Qualify)?;
        let assigned = assign_in(tx, &before).await?;
        assigned.ok_or_else(|| Error::Refused("no assignment rule holds of the lead".to_owned()))
    })
    .await
}

/// A lead that is locked, or new, as the first rule that holds of it assigns it; `None` where none does.
pub(super) async fn assign_in(tx: &Tx<'_>, before: &lead::Model) -> Result<Option<lead::Model>> {
    let Some(rule) = rule_of(tx, before).await? else { return Ok(None) };
    // Everybody who assigns waits here, so that turns and capacities are as they are.
    tx.one_at_a_time("lead assignment").await?;
    // It may be another since.
    let rule = tx.entailed::<Entity, Read>().many(&[rule.id]).await?.pop().unwrap_or(rule);
    let owner = choose(&candidates(tx, &rule).await?, way(rule.strategy), rule.last_user_id);
    if owner.is_some() {
        let this = Column::Id.eq(rule.id).into();
        tx.rows::<Entity>().set(Column::LastUserId, owner.map(Uuid::from), this).await?;
    }
    let row = lead::Model { owner_id: owner, ..before.clone() };
    let row = response::promised(tx, &rule, row).await?;
    let also = [("assignmentRuleId", Json::Null, json!(rule.id))];
    let leads = tx.entailed::<lead::Entity, Update>();
    let assigned = leads.save(before, row, "assigned", &also).await?;
    follow(tx, Some(before), &assigned).await?;
    scoring::rate(tx, assigned).await.map(Some)
}

/// The first rule that holds of a lead.
async fn rule_of(tx: &Tx<'_>, of: &lead::Model) -> Result<Option<Model>> {
    let rules = active(tx).await?;
    first_holding::<lead::Entity, _>(tx, of.id, rules, |rule| rule.condition.as_ref()).await
}

/// The users of a rule, in their order.
pub(super) async fn candidates(tx: &Tx<'_>, rule: &Model) -> Result<Vec<Candidate>> {
    let ids = &rule.user_ids.0;
    let there = tx.entailed::<user::Entity, Read>().live(ids).await?;
    let works = |id| there.iter().any(|user| user.id == id && user.status == user::Status::Active);
    let keys: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let open = Condition::all()
        .add(is_among(Expr::col(lead::Column::OwnerId), &keys, tx.backend()))
        .add(lead::Column::Status.is_in([Status::New, Status::Working, Status::Qualified]));
    let by_owner = [lead::Column::OwnerId];
    let counts = tx.entailed::<lead::Entity, Read>().tally::<(Uuid, i64)>(&by_owner, open).await?;
    let counts: BTreeMap<Uuid, i64> = counts.into_iter().collect();
    let candidate = |id: &user::Id| {
        let open = counts.get(&id.uuid()).copied().unwrap_or(0);
        let takes_more = rule.capacity.is_none_or(|most| open < i64::from(most));
        Candidate { id: *id, open, free: takes_more && works(*id) }
    };
    Ok(ids.iter().map(candidate).collect())
}

/// Which of them gets the next lead.
pub(super) fn way(strategy: Strategy) -> Way {
    match strategy {
        Strategy::RoundRobin => Way::InTurn,
        Strategy::LeastOpen => Way::FewestOpen,
    }
}
