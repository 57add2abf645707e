use async_graphql::InputObject;
use rapport_entity::{
    Count, Name, Percent,
    rule::Rule,
    segmentation::segment,
    service::{
        service_policy::{
            self, ActiveModel, Column, Entity, MOST_PAUSES, MOST_TARGETS, Model, Pause, Pauses,
            Target, Targets,
        },
        service_request,
    },
    work::{business_calendar, warn_at::WarnAt},
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, IntoActiveValue,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::due;
use crate::{
    conditions::{self, check_condition, check_segments},
    kernel::{Create, Ctx, Delete, Error, Expected, Faults, Patch, Read, Result, Tx, Update},
    work::hours,
};

/// The most policies of a workspace that count at the same time.
pub(super) const MOST: usize = 100;

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
    check(ctx, new.condition.as_ref(), Some(&new.targets), &pauses, &warn)?;
    ctx.tx(async |tx| {
        let policies = tx.can::<Entity, Create>()?;
        check_segments::<service_request::Entity>(tx, new.condition.as_ref()).await?;
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
        hours::one_at_a_time(tx).await?;
        hours::check(tx, new.calendar_id).await?;
        let made = policies.insert(new.id, row).await?;
        check_number(tx).await?;
        due::look_again(tx).await?;
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
    check(ctx, patch.condition.as_set(), patch.targets.as_deref(), pauses, warn)?;
    ctx.tx(async |tx| {
        let policies = tx.can::<Entity, Update>()?;
        check_segments::<service_request::Entity>(tx, patch.condition.as_set()).await?;
        hours::one_at_a_time(tx).await?;
        let after = policies.update(id, expected, changes(patch)).await?;
        if after.active {
            hours::check(tx, after.calendar_id).await?;
        }
        check_number(tx).await?;
        due::look_again(tx).await?;
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

/// Deletes a service policy so that it can be restored. What was promised by it is promised no more.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`].
pub async fn delete(ctx: &Ctx, id: service_policy::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let deleted = tx.can::<Entity, Delete>()?.delete(id, expected).await?;
        due::look_again(tx).await?;
        Ok(deleted)
    })
    .await
}

/// Brings a deleted service policy back.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Duplicate`]; [`Error::Conflict`] where its calendar is deleted; [`Error::Refused`] where
/// there are a hundred.
pub async fn restore(ctx: &Ctx, id: service_policy::Id) -> Result<Model> {
    ctx.tx(async |tx| {
        let policies = tx.can::<Entity, Delete>()?;
        hours::one_at_a_time(tx).await?;
        let after = policies.restore(id).await?;
        if after.active {
            hours::check(tx, after.calendar_id).await?;
        }
        check_number(tx).await?;
        due::look_again(tx).await?;
        Ok(after)
    })
    .await
}

/// That what is promised is sound.
pub(super) fn check(
    ctx: &Ctx,
    condition: Option<&Rule>,
    targets: Option<&[Target]>,
    pauses: &[Pause],
    warn: &[Percent],
) -> Result<()> {
    let mut faults = Faults::default();
    check_condition::<service_request::Entity>(ctx, condition, &mut faults)?;
    if let Some(targets) = targets {
        check_targets(targets, &mut faults);
    }
    check_pauses(pauses, &mut faults);
    hours::check_warnings(warn, &mut faults);
    faults.check()
}

/// The name of a policy that names a segment, if there is one.
pub(crate) async fn naming(tx: &Tx<'_>, id: segment::Id) -> Result<Option<Name>> {
    conditions::naming::<Entity, service_request::Entity>(tx, id, |row| {
        (row.condition.as_ref(), &row.name)
    })
    .await
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

async fn check_number(tx: &Tx<'_>) -> Result<()> {
    let policies = tx.entailed::<Entity, Read>();
    let active = policies.filtered(Column::Active.eq(true).into(), MOST as u64 + 1).await?;
    match active.len() > MOST {
        true => Err(Error::Refused(format!("at most {MOST} service policies count"))),
        false => Ok(()),
    }
}

/// A policy that something else names must be there.
pub(in crate::service) async fn judge_named(
    tx: &Tx<'_>,
    id: Option<service_policy::Id>,
    faults: &mut Faults,
) -> Result<()> {
    let Some(id) = id else { return Ok(()) };
    if tx.can::<Entity, Read>()?.live(&[id]).await?.is_empty() {
        faults.conflict("/policyId", "is no service policy");
    }
    Ok(())
}

/// The policies that count, in their order.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn active(tx: &Tx<'_>) -> Result<Vec<Model>> {
    let which = Column::Active.eq(true).into();
    let mut policies = tx.entailed::<Entity, Read>().filtered(which, MOST as u64).await?;
    policies.sort_by_key(|policy| (i64::from(policy.position), policy.id.uuid()));
    Ok(policies)
}
