use async_graphql::InputObject;
use rapport_entity::{
    Count, DayCount, Id, Name,
    customers::customer,
    identity::team,
    ownership::pool::{self, ActiveModel, Column, Entity, Kind, MOST_TEAMS, Model, Teams},
    rule::Rule,
    sales::lead,
    segmentation::segment,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, IntoActiveValue,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::recycling::TIMER;
use crate::{
    following::{Named, named_of},
    kernel::{
        Catalogue, Create, Ctx, Delete, Described, Error, Expected, Faults, Patch, Read, Result,
        Tx, Update, catalogue, patched,
    },
    rules::{check_rule, holding},
    segmentation::check_all_named,
};

/// The most pools of a kind.
const MOST: usize = 50;

/// A pool to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPool {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<pool::Id>,
    /// What the pool is called; unique in the workspace, whatever the case of its letters.
    pub name: Name,
    /// What it holds.
    pub kind: Kind,
    /// Where it stands among the others: of those whose condition holds of a record, it is in the one with the lowest.
    pub position: Count,
    /// Whether anything is claimed from it, or returned to it; it is where left out.
    pub active: Option<bool>,
    /// What must hold of a customer or a lead that nobody has, for it to be in this pool; all are where left out.
    pub condition: Option<Rule>,
    /// The teams whose people may claim from it, and all teams below them: 1 to 200; everybody may where left out.
    #[schema(min_items = 1, max_items = 200)]
    pub team_ids: Option<Vec<team::Id>>,
    /// How many customers, or open leads, somebody has at most who claims another; as many as they like where left out.
    pub hold_limit: Option<Count>,
    /// How many somebody claims on a day, at most; as many as they like where left out.
    pub daily_limit: Option<Count>,
    /// For how many days nobody may claim what they had before; they may at once where left out.
    pub cooldown_days: Option<DayCount>,
    /// Whoever is in this segment is neglected: for a pool of customers.
    pub recycle_segment_id: Option<segment::Id>,
    /// After so many days in the segment a customer is returned to the pool; after so many days without any change, an open
    /// lead. Nothing is returned where left out.
    pub recycle_after_days: Option<DayCount>,
    /// So many days before, its owner is warned; they are not where left out.
    pub recycle_warning_days: Option<DayCount>,
}

/// What to change of a pool: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PoolPatch {
    /// What the pool is called; unique in the workspace, whatever the case of its letters.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// Where it stands among the others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Count)]
    pub position: Option<Count>,
    /// Whether anything is claimed from it, or returned to it.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub active: Option<bool>,
    /// What must hold of a customer or a lead that nobody has, for it to be in this pool; null where all are.
    #[serde(default)]
    #[schema(value_type = Option<Rule>)]
    pub condition: Patch<Rule>,
    /// The teams whose people may claim from it: these, and no others; null where everybody may.
    #[serde(default)]
    #[schema(value_type = Option<Vec<team::Id>>, min_items = 1, max_items = 200)]
    pub team_ids: Patch<Vec<team::Id>>,
    /// How many customers, or open leads, somebody has at most who claims another; null for as many as they like.
    #[serde(default)]
    #[schema(value_type = Option<Count>)]
    pub hold_limit: Patch<Count>,
    /// How many somebody claims on a day, at most; null for as many as they like.
    #[serde(default)]
    #[schema(value_type = Option<Count>)]
    pub daily_limit: Patch<Count>,
    /// For how many days nobody may claim what they had before; null where they may at once.
    #[serde(default)]
    #[schema(value_type = Option<DayCount>)]
    pub cooldown_days: Patch<DayCount>,
    /// Whoever is in this segment is neglected.
    #[serde(default)]
    #[schema(value_type = Option<segment::Id>)]
    pub recycle_segment_id: Patch<segment::Id>,
    /// After so many days something is returned to the pool; null where nothing is.
    #[serde(default)]
    #[schema(value_type = Option<DayCount>)]
    pub recycle_after_days: Patch<DayCount>,
    /// So many days before, its owner is warned; null where they are not.
    #[serde(default)]
    #[schema(value_type = Option<DayCount>)]
    pub recycle_warning_days: Patch<DayCount>,
}

/// Makes a pool.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Conflict`], [`Error::Duplicate`]; [`Error::Refused`] where there are fifty of its kind.
pub async fn create(ctx: &Ctx, new: NewPool) -> Result<Model> {
    let mut faults = Faults::default();
    check_given(ctx, new.kind, new.condition.as_ref(), new.team_ids.as_deref(), &mut faults)?;
    faults.check()?;
    ctx.tx(async |tx| {
        let pools = tx.can::<Entity, Create>()?;
        check_segments(tx, new.kind, new.condition.as_ref(), new.recycle_segment_id).await?;
        let row = ActiveModel {
            name: Set(new.name),
            sort_name: Set(String::new()),
            kind: Set(new.kind),
            position: Set(new.position),
            active: Set(new.active.unwrap_or(true)),
            condition: Set(new.condition),
            team_ids: Set(new.team_ids.map(Teams)),
            hold_limit: Set(new.hold_limit),
            daily_limit: Set(new.daily_limit),
            cooldown_days: Set(new.cooldown_days),
            recycle_segment_id: Set(new.recycle_segment_id),
            recycle_after_days: Set(new.recycle_after_days),
            recycle_warning_days: Set(new.recycle_warning_days),
            ..Default::default()
        };
        let made = pools.insert(new.id, row).await?;
        settle(tx, made).await
    })
    .await
}

/// Changes a pool.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`], [`Error::Stale`].
pub async fn update(
    ctx: &Ctx,
    id: pool::Id,
    expected: Expected,
    patch: PoolPatch,
) -> Result<Model> {
    let there = ctx.can::<Entity, Read>()?.one(id).await?;
    let teams = patch.team_ids.as_set().map(Vec::as_slice);
    let mut faults = Faults::default();
    check_given(ctx, there.kind, patch.condition.as_set(), teams, &mut faults)?;
    faults.check()?;
    ctx.tx(async |tx| {
        let pools = tx.can::<Entity, Update>()?;
        let segment = patch.recycle_segment_id.as_set().copied();
        check_segments(tx, there.kind, patch.condition.as_set(), segment).await?;
        let before = pools.lock(id, expected).await?;
        let after = patched::<Entity>(&before, patch.row())?;
        let after = pools.save(&before, after, "updated", &[]).await?;
        settle(tx, after).await
    })
    .await
}

impl PoolPatch {
    fn row(self) -> ActiveModel {
        let team_ids = match self.team_ids {
            Patch::Keep => NotSet,
            Patch::Clear => Set(None),
            Patch::Set(teams) => Set(Some(Teams(teams))),
        };
        ActiveModel {
            name: self.name.map_or(NotSet, Set),
            position: self.position.map_or(NotSet, Set),
            active: self.active.map_or(NotSet, Set),
            condition: self.condition.into_active_value(),
            team_ids,
            hold_limit: self.hold_limit.into_active_value(),
            daily_limit: self.daily_limit.into_active_value(),
            cooldown_days: self.cooldown_days.into_active_value(),
            recycle_segment_id: self.recycle_segment_id.into_active_value(),
            recycle_after_days: self.recycle_after_days.into_active_value(),
            recycle_warning_days: self.recycle_warning_days.into_active_value(),
            ..Default::default()
        }
    }
}

/// Deletes a pool so that it can be restored. What is in it is nobody's still.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`].
pub async fn delete(ctx: &Ctx, id: pool::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let deleted = tx.can::<Entity, Delete>()?.delete(id, expected).await?;
        tx.set_timer(TIMER, id.uuid(), None).await?;
        Ok(deleted)
    })
    .await
}

/// Brings a deleted pool back.
///
/// # Errors
/// As [`create`].
pub async fn restore(ctx: &Ctx, id: pool::Id) -> Result<Model> {
    ctx.tx(async |tx| {
        let deleted = tx.can::<Entity, Read>()?.one_even_deleted(id).await?;
        let (condition, segment) = (deleted.condition.as_ref(), deleted.recycle_segment_id);
        check_segments(tx, deleted.kind, condition, segment).await?;
        let restored = tx.can::<Entity, Delete>()?.restore(id).await?;
        settle(tx, restored).await
    })
    .await
}

/// What is wrong with what is given in itself.
fn check_given(
    ctx: &Ctx,
    kind: Kind,
    condition: Option<&Rule>,
    teams: Option<&[team::Id]>,
    faults: &mut Faults,
) -> Result<()> {
    if let Some(rule) = condition {
        match kind {
            Kind::Customers => check_rule::<customer::Entity>(ctx, rule, "/condition", faults)?,
            Kind::Leads => check_rule::<lead::Entity>(ctx, rule, "/condition", faults)?,
        }
    }
    if let Some(teams) = teams {
        if !(1..=MOST_TEAMS).contains(&teams.len()) {
            faults.invalid("/teamIds", format!("must be from 1 to {MOST_TEAMS}"));
        }
        for (n, id) in teams.iter().enumerate() {
            if teams.iter().take(n).any(|before| before == id) {
                faults.invalid(format!("/teamIds/{n}"), "is named twice");
            }
        }
    }
    Ok(())
}

/// Segments that are named must be there. It is checked before anything else is locked.
async fn check_segments(
    tx: &Tx<'_>,
    kind: Kind,
    condition: Option<&Rule>,
    recycled: Option<segment::Id>,
) -> Result<()> {
    let named = condition.map(|rule| named_of(rule, of(kind), "/condition"));
    let recycled = recycled.map(|id| Named { id, at: "/recycleSegmentId".to_owned() });
    let named: Vec<Named> = named.into_iter().flatten().chain(recycled).collect();
    check_all_named(tx, &named).await
}

fn of(kind: Kind) -> &'static Catalogue {
    match kind {
        Kind::Customers => catalogue::<customer::Entity>(),
        Kind::Leads => catalogue::<lead::Entity>(),
    }
}

/// What must hold of a pool as it is, and what follows: when it is looked for what is to be returned to it.
async fn settle(tx: &Tx<'_>, row: Model) -> Result<Model> {
    check_whole(tx, &row).await?;
    tx.set_timer(TIMER, row.id.uuid(), row.recycles().then(|| tx.now())).await?;
    Ok(row)
}

async fn check_whole(tx: &Tx<'_>, row: &Model) -> Result<()> {
    let mut faults = Faults::default();
    let (after, warning) = (row.recycle_after_days, row.recycle_warning_days);
    match (row.kind, row.recycle_segment_id.is_some(), after.is_some()) {
        (Kind::Customers, false, true) => {
            faults
                .conflict("/recycleSegmentId", "says which customers are neglected; it is missing");
        }
        (Kind::Leads, true, _) => {
            faults.conflict("/recycleSegmentId", "is about customers, and this is a pool of leads");
        }
        _ => {}
    }
    if warning.is_some() && warning.map(i64::from) >= after.map(i64::from) {
        faults.conflict("/recycleWarningDays", "must be fewer than recycleAfterDays");
    }
    if let Some(teams) = &row.team_ids {
        let there = tx.can::<team::Entity, Read>()?.live(&teams.0).await?;
        for (n, id) in teams.0.iter().enumerate() {
            if there.iter().all(|team| team.id != *id) {
                faults.conflict(format!("/teamIds/{n}"), "is no team of this workspace");
            }
        }
    }
    faults.check()?;
    match active(tx, row.kind).await?.len() > MOST {
        true => Err(Error::Refused(format!("there are at most {MOST} active pools of a kind"))),
        false => Ok(()),
    }
}

/// The pools of a kind that are in use, in their order.
async fn active(tx: &Tx<'_>, kind: Kind) -> Result<Vec<Model>> {
    let which = Condition::all().add(Column::Active.eq(true)).add(Column::Kind.eq(kind));
    let mut pools = tx.entailed::<Entity, Read>().filtered(which, MOST as u64 + 1).await?;
    pools.sort_by_key(|pool| (i64::from(pool.position), pool.id.uuid()));
    Ok(pools)
}

/// The pool that a record would be in, or is in, while nobody has it.
pub(super) async fn of_record<E: Described>(
    tx: &Tx<'_>,
    kind: Kind,
    id: Id<E>,
) -> Result<Option<Model>> {
    let pools = active(tx, kind).await?;
    let asked: Vec<&Rule> = pools.iter().filter_map(|pool| pool.condition.as_ref()).collect();
    let mut holds = holding::<E>(tx, id, &asked).await?.into_iter();
    let first = |pool: &Model| pool.condition.is_none() || holds.next() == Some(true);
    Ok(pools.into_iter().find(first))
}

/// The name of a pool that names a segment, if there is one.
pub(crate) async fn naming(tx: &Tx<'_>, id: segment::Id) -> Result<Option<Name>> {
    let all = tx.entailed::<Entity, Read>().filtered(Condition::all(), i64::MAX as u64).await?;
    let names = |row: &Model| {
        let named = row.condition.iter().flat_map(|rule| named_of(rule, of(row.kind), ""));
        row.recycle_segment_id == Some(id) || named.into_iter().any(|named| named.id == id)
    };
    Ok(all.into_iter().find(names).map(|row| row.name))
}
