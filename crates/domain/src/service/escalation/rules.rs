use async_graphql::InputObject;
use rapport_entity::{
    Count, Name, Span,
    identity::user,
    rule::Rule,
    segmentation::segment,
    service::{
        queue,
        service_escalation_rule::{
            self, ActiveModel, Column, Entity, MOST_TOLD, Model, Told, Trigger,
        },
        service_policy::Kind,
        service_request,
    },
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, IntoActiveValue,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    conditions::{self, check_condition, check_segments},
    kernel::{
        Create, Ctx, Delete, Error, Expected, Faults, Patch, Read, Result, Tx, Update, patched,
    },
    service::{queues, skills},
};

/// The most rules of a workspace by which requests are escalated.
const MOST: usize = 100;

/// An escalation rule to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewServiceEscalationRule {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<service_escalation_rule::Id>,
    /// What the rule is called; unique in the workspace, whatever the case of its letters.
    pub name: Name,
    /// Where it stands among the others.
    pub position: Count,
    /// Whether requests are escalated by it; they are where left out.
    pub active: Option<bool>,
    /// When a request is escalated by it.
    pub trigger_kind: Trigger,
    /// The kind of clock that warns or is too late; any where left out. For the triggers of clocks.
    pub clock_kind: Option<Kind>,
    /// How long nobody has had it (ISO 8601). For the trigger `unassigned`, which needs it.
    pub waited: Option<Span>,
    /// What must hold of a request; it is for all where left out.
    pub condition: Option<Rule>,
    /// Whether the request's priority becomes one higher; it does not where left out.
    pub raise_priority: Option<bool>,
    /// The queue that the request goes to; it stays where left out.
    pub queue_id: Option<queue::Id>,
    /// The user who gets the request. Where a queue is named and nobody, whoever has the request no longer has it.
    pub owner_id: Option<user::Id>,
    /// Who is told of it, beside those who have the request and watch it: at most 50.
    #[schema(max_items = 50)]
    pub user_ids: Option<Vec<user::Id>>,
}

/// What to change of an escalation rule: what is left out stays, null clears. When it applies stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceEscalationRulePatch {
    /// What the rule is called; unique in the workspace, whatever the case of its letters.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// Where it stands among the others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Count)]
    pub position: Option<Count>,
    /// Whether requests are escalated by it.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub active: Option<bool>,
    /// The kind of clock that warns or is too late; null for any.
    #[serde(default)]
    #[schema(value_type = Option<Kind>)]
    pub clock_kind: Patch<Kind>,
    /// How long nobody has had it (ISO 8601).
    #[serde(default)]
    #[schema(value_type = Option<Span>)]
    pub waited: Patch<Span>,
    /// What must hold of a request; null where it is for all.
    #[serde(default)]
    #[schema(value_type = Option<Rule>)]
    pub condition: Patch<Rule>,
    /// Whether the request's priority becomes one higher.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub raise_priority: Option<bool>,
    /// The queue that the request goes to; null where it stays.
    #[serde(default)]
    #[schema(value_type = Option<queue::Id>)]
    pub queue_id: Patch<queue::Id>,
    /// The user who gets the request.
    #[serde(default)]
    #[schema(value_type = Option<user::Id>)]
    pub owner_id: Patch<user::Id>,
    /// Who is told of it: these, and no others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<user::Id>, max_items = 50)]
    pub user_ids: Option<Vec<user::Id>>,
}

/// Makes an escalation rule. What comes up from now on is looked at by it.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Conflict`], [`Error::Duplicate`]; [`Error::Refused`] where there are a hundred.
pub async fn create(ctx: &Ctx, new: NewServiceEscalationRule) -> Result<Model> {
    check_sound(ctx, new.condition.as_ref())?;
    ctx.tx(async |tx| {
        let rules = tx.can::<Entity, Create>()?;
        check_segments::<service_request::Entity>(tx, new.condition.as_ref()).await?;
        let id = new.id;
        let row = rules.complete(id, row(new))?;
        check(tx, None, &row).await?;
        let made = rules.insert(id, row).await?;
        check_number(tx).await?;
        Ok(made)
    })
    .await
}

fn row(new: NewServiceEscalationRule) -> ActiveModel {
    ActiveModel {
        name: Set(new.name),
        sort_name: Set(String::new()),
        position: Set(new.position),
        active: Set(new.active.unwrap_or(true)),
        trigger_kind: Set(new.trigger_kind),
        clock_kind: Set(new.clock_kind),
        waited: Set(new.waited),
        condition: Set(new.condition),
        raise_priority: Set(new.raise_priority.unwrap_or(false)),
        queue_id: Set(new.queue_id),
        owner_id: Set(new.owner_id),
        user_ids: Set(Told(new.user_ids.unwrap_or_default())),
        ..Default::default()
    }
}

/// Changes an escalation rule.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`], [`Error::Stale`].
pub async fn update(
    ctx: &Ctx,
    id: service_escalation_rule::Id,
    expected: Expected,
    patch: ServiceEscalationRulePatch,
) -> Result<Model> {
    check_sound(ctx, patch.condition.as_set())?;
    ctx.tx(async |tx| {
        let rules = tx.can::<Entity, Update>()?;
        check_segments::<service_request::Entity>(tx, patch.condition.as_set()).await?;
        let before = rules.lock(id, expected).await?;
        let after = patched::<Entity>(&before, changes(patch))?;
        check(tx, Some(&before), &after).await?;
        let after = rules.save(&before, after, "updated", &[]).await?;
        check_number(tx).await?;
        Ok(after)
    })
    .await
}

fn changes(patch: ServiceEscalationRulePatch) -> ActiveModel {
    ActiveModel {
        name: patch.name.map_or(NotSet, Set),
        position: patch.position.map_or(NotSet, Set),
        active: patch.active.map_or(NotSet, Set),
        clock_kind: patch.clock_kind.into_active_value(),
        waited: patch.waited.into_active_value(),
        condition: patch.condition.into_active_value(),
        raise_priority: patch.raise_priority.map_or(NotSet, Set),
        queue_id: patch.queue_id.into_active_value(),
        owner_id: patch.owner_id.into_active_value(),
        user_ids: patch.user_ids.map_or(NotSet, |users| Set(Told(users))),
        ..Default::default()
    }
}

/// Brings a deleted escalation rule back.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Duplicate`]; [`Error::Refused`] where there are a hundred.
pub async fn restore(ctx: &Ctx, id: service_escalation_rule::Id) -> Result<Model> {
    ctx.tx(async |tx| {
        let after = tx.can::<Entity, Delete>()?.restore(id).await?;
        check_number(tx).await?;
        Ok(after)
    })
    .await
}

fn check_sound(ctx: &Ctx, condition: Option<&Rule>) -> Result<()> {
    let mut faults = Faults::default();
    check_condition::<service_request::Entity>(ctx, condition, &mut faults)?;
    faults.check()
}

/// The name of a rule that names a segment, if there is one.
pub(crate) async fn naming(tx: &Tx<'_>, id: segment::Id) -> Result<Option<Name>> {
    conditions::naming::<Entity, service_request::Entity>(tx, id, |row| {
        (row.condition.as_ref(), &row.name)
    })
    .await
}

/// Names everything that is wrong with a rule.
async fn check(tx: &Tx<'_>, before: Option<&Model>, row: &Model) -> Result<()> {
    let mut faults = Faults::default();
    let of_clocks = matches!(row.trigger_kind, Trigger::ClockWarned | Trigger::ClockBreached);
    if row.clock_kind.is_some() && !of_clocks {
        faults.invalid("/clockKind", "is for the triggers of clocks");
    }
    match (row.trigger_kind, &row.waited) {
        (Trigger::Unassigned, None) => {
            faults.invalid("/waited", "is needed: so long nobody has it")
        }
        (Trigger::Unassigned, Some(_)) | (_, None) => {}
        (_, Some(_)) => faults.invalid("/waited", "is for the trigger unassigned"),
    }
    skills::check_once(&row.user_ids.0, "/userIds", MOST_TOLD, &mut faults);
    let queue = row.queue_id.filter(|_| before.and_then(|row| row.queue_id) != row.queue_id);
    if let Some(id) = queue
        && queues::held(tx, id).await?.is_none()
    {
        faults.conflict("/queueId", "is no queue");
    }
    check_users(tx, before, row, &mut faults).await?;
    faults.check()
}

/// Whoever is named anew must be a user.
async fn check_users(
    tx: &Tx<'_>,
    before: Option<&Model>,
    row: &Model,
    faults: &mut Faults,
) -> Result<()> {
    let named = |row: &Model| -> Vec<user::Id> {
        row.owner_id.into_iter().chain(row.user_ids.0.iter().copied()).collect()
    };
    let mut there = before.map(named).unwrap_or_default();
    let live = tx.can::<user::Entity, Read>()?.live(&named(row)).await?;
    there.extend(live.iter().map(|user| user.id));
    if row.owner_id.is_some_and(|owner| !there.contains(&owner)) {
        faults.conflict("/ownerId", "is no user of this workspace");
    }
    for (n, _) in row.user_ids.0.iter().enumerate().filter(|(_, id)| !there.contains(id)) {
        faults.conflict(format!("/userIds/{n}"), "is no user of this workspace");
    }
    Ok(())
}

async fn check_number(tx: &Tx<'_>) -> Result<()> {
    match active(tx).await?.len() > MOST {
        true => Err(Error::Refused(format!("requests are escalated by at most {MOST} rules"))),
        false => Ok(()),
    }
}

/// The rules by which requests are escalated, in their order.
pub(super) async fn active(tx: &Tx<'_>) -> Result<Vec<Model>> {
    let which = Column::Active.eq(true).into();
    let mut rules = tx.entailed::<Entity, Read>().filtered(which, MOST as u64 + 1).await?;
    rules.sort_by_key(|rule| (i64::from(rule.position), rule.id.uuid()));
    Ok(rules)
}

/// What must hold of a request.
pub(super) fn condition(rule: &Model) -> Option<&Rule> {
    rule.condition.as_ref()
}
