use async_graphql::InputObject;
use rapport_entity::{
    Count, Name, Percent,
    rule::Rule,
    service::{
        business_calendar,
        service_policy::{
            self, ActiveModel, Column, Entity, MOST_PAUSES, MOST_TARGETS, MOST_WARNINGS, Model,
            Pause, Pauses, Target, Targets, WarnAt,
        },
    },
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, IntoActiveValue,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::kernel::{
    Create, Ctx, Delete, Error, Expected, Faults, Patch, Read, Result, Tx, Update,
};

/// The most policies of a workspace that count at the same time.
pub(super) const MOST: usize = 100;

/// The longest a condition is, as JSON.
const LONGEST_CONDITION: usize = 20_000;

/// What is done by one at a time: saying which calendars policies name.
pub(super) const POLICIES: &str = "service policies";

/// A service policy to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewServicePolicy {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<service_policy::Id>,
    /// What the policy is called; unique in the workspace, whatever the case of its letters.
    pub name: Name,
    /// Where it stands among the others: of those that hold of a request, the one with the lowest counts.
    pub position: Count,
    /// Whether it counts; it does where left out.
    pub active: Option<bool>,
    /// What must hold of a service request; it is for all where left out.
    pub condition: Option<Rule>,
    /// The calendar whose hours count; all hours do where left out.
    pub calendar_id: Option<business_calendar::Id>,
    /// What is promised: of each kind of clock and priority once at most.
    #[schema(min_items = 1, max_items = 12)]
    pub targets: Vec<Target>,
    /// When clocks stand still: each kind once at most; never where left out.
    #[schema(max_items = 3)]
    pub pauses: Option<Vec<Pause>>,
    /// At which parts of a target, in percent, is warned: 1 to 99, rising; never where left out.
    #[schema(max_items = 8)]
    pub warn_at_percent: Option<Vec<Percent>>,
}

/// What to change of a service policy: what is left out stays, null clears. Clocks that run are reckoned anew by it.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServicePolicyPatch {
    /// What the policy is called; unique in the workspace, whatever the case of its letters.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// Where it stands among the others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Count)]
    pub position: Option<Count>,
    /// Whether it counts.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub active: Option<bool>,
    /// What must hold of a service request; null where it is for all.
    #[serde(default)]
    #[schema(value_type = Option<Rule>)]
    pub condition: Patch<Rule>,
    /// The calendar whose hours count; null where all hours do.
    #[serde(default)]
    #[schema(value_type = Option<business_calendar::Id>)]
    pub calendar_id: Patch<business_calendar::Id>,
    /// What is promised: this, and nothing else.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<Target>, min_items = 1, max_items = 12)]
    pub targets: Option<Vec<Target>>,
    /// When clocks stand still: then, and at no other time.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<Pause>, max_items = 3)]
    pub pauses: Option<Vec<Pause>>,
    /// At which parts of a target, in percent, is warned: at these, and no others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<Percent>, max_items = 8)]
    pub warn_at_percent: Option<Vec<Percent>>,
}

/// Makes a service policy.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Conflict`], [`Error::Duplicate`]; [`Error::Refused`] where there are a hundred.
pub async fn create(ctx: &Ctx, new: NewServicePolicy) -> Result<Model> {
    let (pauses, warn) = (new.pauses.unwrap_or_default(), new.warn_at_percent.unwrap_or_default());
    check(new.condition.as_ref(), Some(&new.targets), &pauses, &warn)?;
    ctx.tx(async |tx| {
        let policies = tx.can::<Entity, Create>()?;
        let row = ActiveModel {
            name: Set(new.name),
            sort_name: Set(String::new()),
            position: Set(new.position),
            active: Set(new.active.unwrap_or(true)),
            condition: Set(new.condition),
            calendar_id: Set(new.calendar_id),
            targets: Set(Targets(new.targets)),
            pauses: Set(Pauses(pauses)),
            warn_at_percent: Set(WarnAt(warn)),
            ..Default::default()
        };
        // Calendars that go away wait, or are away already.
        tx.one_at_a_time(POLICIES).await?;
        check_calendar(tx, new.calendar_id).await?;
        let made = policies.insert(new.id, row).await?;
        check_number(tx).await?;
        Ok(made)
    })
    .await
}

/// Changes a service policy.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`], [`Error::Stale`].
pub async fn update(
    ctx: &Ctx,
    id: service_policy::Id,
    expected: Expected,
    patch: ServicePolicyPatch,
) -> Result<Model> {
    let pauses = patch.pauses.as_deref().unwrap_or_default();
    let warn = patch.warn_at_percent.as_deref().unwrap_or_default();
    check(patch.condition.as_set(), patch.targets.as_deref(), pauses, warn)?;
    ctx.tx(async |tx| {
        let policies = tx.can::<Entity, Update>()?;
        tx.one_at_a_time(POLICIES).await?;
        let after = policies.update(id, expected, changes(patch)).await?;
        if after.active {
            check_calendar(tx, after.calendar_id).await?;
        }
        check_number(tx).await?;
        Ok(after)
    })
    .await
}

fn changes(patch: ServicePolicyPatch) -> ActiveModel {
    ActiveModel {
        name: patch.name.map_or(NotSet, Set),
        position: patch.position.map_or(NotSet, Set),
        active: patch.active.map_or(NotSet, Set),
        condition: patch.condition.into_active_value(),
        calendar_id: patch.calendar_id.into_active_value(),
        targets: patch.targets.map_or(NotSet, |targets| Set(Targets(targets))),
        pauses: patch.pauses.map_or(NotSet, |pauses| Set(Pauses(pauses))),
        warn_at_percent: patch.warn_at_percent.map_or(NotSet, |warn| Set(WarnAt(warn))),
        ..Default::default()
    }
}

/// Brings a deleted service policy back.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Duplicate`]; [`Error::Conflict`] where its calendar is deleted; [`Error::Refused`] where
/// there are a hundred.
pub async fn restore(ctx: &Ctx, id: service_policy::Id) -> Result<Model> {
    ctx.tx(async |tx| {
        let policies = tx.can::<Entity, Delete>()?;
        tx.one_at_a_time(POLICIES).await?;
        let after = policies.restore(id).await?;
        if after.active {
            check_calendar(tx, after.calendar_id).await?;
        }
        check_number(tx).await?;
        Ok(after)
    })
    .await
}

fn check(
    condition: Option<&Rule>,
    targets: Option<&[Target]>,
    pauses: &[Pause],
    warn: &[Percent],
) -> Result<()> {
    let mut faults = Faults::default();
    if let Some(condition) = condition {
        check_condition(condition, &mut faults);
    }
    if let Some(targets) = targets {
        check_targets(targets, &mut faults);
    }
    check_pauses(pauses, &mut faults);
    check_warnings(warn, &mut faults);
    faults.check()
}

/// The shape of a condition is checked where it is read. What it says of service requests is checked against their
/// catalogue once there is one here, as `sales::pipelines::criteria::check_rule` does of others'; the segments that it
/// names must then be there too.
fn check_condition(condition: &Rule, faults: &mut Faults) {
    let length = serde_json::to_string(condition).map_or(0, |json| json.len());
    if length > LONGEST_CONDITION {
        faults.invalid("/condition", format!("must be at most {LONGEST_CONDITION} bytes of JSON"));
    }
}

fn check_targets(targets: &[Target], faults: &mut Faults) {
    if !(1..=MOST_TARGETS).contains(&targets.len()) {
        faults.invalid("/targets", format!("must be from 1 to {MOST_TARGETS}"));
        return;
    }
    for (n, target) in targets.iter().enumerate() {
        let same = |one: &Target| (one.kind, one.priority) == (target.kind, target.priority);
        if targets.iter().take(n).any(same) {
            let why = "is of a kind and a priority that there is one of already";
            faults.invalid(format!("/targets/{n}"), why);
        }
    }
}

fn check_pauses(pauses: &[Pause], faults: &mut Faults) {
    if pauses.len() > MOST_PAUSES {
        faults.invalid("/pauses", format!("must be at most {MOST_PAUSES}"));
        return;
    }
    for (n, pause) in pauses.iter().enumerate() {
        if pauses.iter().take(n).any(|one| one.kind == pause.kind) {
            faults.invalid(format!("/pauses/{n}/kind"), "is named twice");
        }
        let at = format!("/pauses/{n}/categories");
        if !(1..=4).contains(&pause.categories.len()) {
            faults.invalid(at, "must be from 1 to 4");
            continue;
        }
        for (m, category) in pause.categories.iter().enumerate() {
            if pause.categories.iter().take(m).any(|one| one == category) {
                faults.invalid(format!("{at}/{m}"), "is named twice");
            }
        }
    }
}

fn check_warnings(warn: &[Percent], faults: &mut Faults) {
    if warn.len() > MOST_WARNINGS {
        faults.invalid("/warnAtPercent", format!("must be at most {MOST_WARNINGS}"));
        return;
    }
    for (n, percent) in warn.iter().enumerate() {
        let at = || format!("/warnAtPercent/{n}");
        if i64::from(*percent) > 99 {
            faults.invalid(at(), "must be at most 99");
        }
        if n.checked_sub(1).and_then(|before| warn.get(before)).is_some_and(|one| one >= percent) {
            faults.invalid(at(), "must be more than the one before");
        }
    }
}

async fn check_calendar(tx: &Tx<'_>, id: Option<business_calendar::Id>) -> Result<()> {
    let Some(id) = id else { return Ok(()) };
    match tx.entailed::<business_calendar::Entity, Read>().live(&[id]).await?.is_empty() {
        true => Err(Error::conflict("/calendarId", "is no business calendar")),
        false => Ok(()),
    }
}

async fn check_number(tx: &Tx<'_>) -> Result<()> {
    let policies = tx.entailed::<Entity, Read>();
    let active = policies.filtered(Column::Active.eq(true).into(), MOST as u64 + 1).await?;
    match active.len() > MOST {
        true => Err(Error::Refused(format!("at most {MOST} service policies count"))),
        false => Ok(()),
    }
}
