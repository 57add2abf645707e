use async_graphql::InputObject;
use rapport_entity::{
    Name, Text,
    lifecycle::lifecycle_stage,
    plays::{
        action::{Action, Actions},
        play::{self, ActiveModel, Column, Entity, Model},
        trigger::{QuietHours, Trigger},
    },
    rule::Rule,
    segmentation::segment,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, IntoActiveValue,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    check::{Occasion, check_actions},
    runs,
};
use crate::{
    following::named,
    kernel::{
        Create, Ctx, Delete, Error, Expected, Faults, Patch, Read, Result, Tx, Update, patched,
    },
    lifecycle::stages::hold,
    segmentation::segments::hold_rules,
};

/// A play to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPlay {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<play::Id>,
    /// What the play is called; unique in the workspace.
    pub name: Name,
    /// What it is for.
    pub description: Option<Text>,
    /// Whether it is played; it is where left out.
    pub enabled: Option<bool>,
    /// What it waits for.
    pub trigger: Trigger,
    /// It is played only for customers of whom this rule holds when it is due.
    pub condition: Option<Rule>,
    /// What it does, in order.
    #[schema(min_items = 1, max_items = 10)]
    pub actions: Vec<Action>,
    /// When customers are left in peace.
    pub quiet_hours: Option<QuietHours>,
}

/// What to change of a play: what is left out stays, null clears. What it waits for and what it does are replaced as a
/// whole. Whoever changes it is who saved it last, and must be allowed all that it does.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlayPatch {
    /// What the play is called; unique in the workspace.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// What it is for.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub description: Patch<Text>,
    /// Whether it is played. What waits of one that is disabled is called off.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub enabled: Option<bool>,
    /// What it waits for. What waits for something else is called off.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Trigger)]
    pub trigger: Option<Trigger>,
    /// It is played only for customers of whom this rule holds when it is due.
    #[serde(default)]
    #[schema(value_type = Option<Rule>)]
    pub condition: Patch<Rule>,
    /// What it does, in order.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<Action>, min_items = 1, max_items = 10)]
    pub actions: Option<Vec<Action>>,
    /// When customers are left in peace.
    #[serde(default)]
    #[schema(value_type = Option<QuietHours>)]
    pub quiet_hours: Patch<QuietHours>,
}

/// So many plays there may be in a workspace: each is asked of every event.
const MOST: u64 = 500;

/// Makes a play. It concerns nobody for what came up before.
///
/// # Errors
/// [`Error::Invalid`] names everything in it that is wrong, [`Error::Conflict`] everything it names that is not there;
/// [`Error::Forbidden`] where it looks at or does what the actor may not; [`Error::Duplicate`]; [`Error::Refused`] where
/// there are 500 plays already.
pub async fn create(ctx: &Ctx, new: NewPlay) -> Result<Model> {
    ctx.tx(async |tx| {
        let plays = tx.can::<Entity, Create>()?;
        hold_rules(tx).await?;
        let enabled = new.enabled.unwrap_or(true);
        let row = ActiveModel {
            name: Set(new.name),
            sort_name: Set(String::new()),
            description: Set(new.description),
            enabled: Set(enabled),
            active_since: Set(enabled.then_some(tx.now())),
            trigger: Set(new.trigger),
            condition: Set(new.condition),
            actions: Set(Actions(new.actions)),
            quiet_hours: Set(new.quiet_hours),
            owner_id: Set(tx.actor().user),
            ..Default::default()
        };
        let row = plays.complete(new.id, row)?;
        check(ctx, tx, &row).await?;
        check_room(tx).await?;
        plays.insert(new.id, row).await
    })
    .await
}

async fn check_room(tx: &Tx<'_>) -> Result<()> {
    let plays = tx.entailed::<Entity, Read>().filtered(Condition::all(), MOST).await?;
    match plays.len() as u64 >= MOST {
        true => Err(Error::Refused(format!("there are {MOST} plays already"))),
        false => Ok(()),
    }
}

/// Everything about a play must be sound, there, and allowed.
async fn check(ctx: &Ctx, tx: &Tx<'_>, play: &Model) -> Result<()> {
    let mut faults = Faults::default();
    let occasion = Occasion {
        trigger: &play.trigger,
        condition: play.condition.as_ref(),
        quiet_hours: play.quiet_hours.as_ref(),
    };
    occasion.check(ctx, tx.can()?, tx.can()?, &mut faults).await?;
    if let Some(stage) = play.trigger.stage() {
        // So that nobody deletes it meanwhile.
        hold(tx, stage).await?;
    }
    check_actions(tx, &play.actions, &mut faults).await?;
    faults.check()
}

/// Changes a play. Where it is enabled, or waits for something else, it concerns nobody for what came up before.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`], [`Error::Stale`].
pub async fn update(
    ctx: &Ctx,
    id: play::Id,
    expected: Expected,
    patch: PlayPatch,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let plays = tx.can::<Entity, Update>()?;
        hold_rules(tx).await?;
        let before = plays.lock(id, expected).await?;
        let mut after = patched::<Entity>(&before, changes(patch))?;
        check(ctx, tx, &after).await?;
        if (after.enabled, &after.trigger) != (before.enabled, &before.trigger) {
            runs::cancel(tx, id).await?;
            after.active_since = after.enabled.then_some(tx.now());
            after.planned_until = None;
        }
        if after != before {
            after.owner_id = tx.actor().user;
        }
        plays.save(&before, after, "updated", &[]).await
    })
    .await
}

fn changes(patch: PlayPatch) -> ActiveModel {
    ActiveModel {
        name: patch.name.map_or(NotSet, Set),
        description: patch.description.into_active_value(),
        enabled: patch.enabled.map_or(NotSet, Set),
        trigger: patch.trigger.map_or(NotSet, Set),
        condition: patch.condition.into_active_value(),
        actions: patch.actions.map_or(NotSet, |actions| Set(Actions(actions))),
        quiet_hours: patch.quiet_hours.into_active_value(),
        ..Default::default()
    }
}

/// Deletes a play so that it can be restored. What waits of it is called off.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`].
pub async fn delete(ctx: &Ctx, id: play::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let deleted = tx.can::<Entity, Delete>()?.delete(id, expected).await?;
        runs::cancel(tx, id).await?;
        Ok(deleted)
    })
    .await
}

/// Brings a deleted play back, disabled: whoever enables it has seen what it does.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Duplicate`] where its name was taken since; [`Error::Conflict`] where something it names
/// is not there any more; [`Error::Forbidden`] where it looks at or does what the actor may not.
pub async fn restore(ctx: &Ctx, id: play::Id) -> Result<Model> {
    ctx.tx(async |tx| {
        let plays = tx.can::<Entity, Delete>()?;
        hold_rules(tx).await?;
        let before = tx.can::<Entity, Read>()?.one_even_deleted(id).await?;
        let restored = plays.restore(id).await?;
        if before.deleted_at.is_none() {
            return Ok(restored);
        }
        check(ctx, tx, &restored).await?;
        let disabled = ActiveModel {
            enabled: Set(false),
            active_since: Set(None),
            planned_until: Set(None),
            ..Default::default()
        };
        tx.entailed::<Entity, Update>().update(id, Expected::Any, disabled).await
    })
    .await
}

/// The name of a play that names a segment, if there is one.
pub(crate) async fn naming_segment(tx: &Tx<'_>, id: segment::Id) -> Result<Option<Name>> {
    let in_rule = |rule: &Rule| named(rule, "").iter().any(|named| named.id == id);
    let names = |play: &Model| {
        play.trigger.segment() == Some(id) || play.condition.as_ref().is_some_and(in_rule)
    };
    one(tx, names).await
}

/// The name of a play that names a lifecycle stage, if there is one.
pub(crate) async fn naming_stage(tx: &Tx<'_>, id: lifecycle_stage::Id) -> Result<Option<Name>> {
    let moves = |action: &Action| matches!(action, Action::MoveToStage(to) if to.stage_id == id);
    let names = |play: &Model| play.trigger.stage() == Some(id) || play.actions.0.iter().any(moves);
    one(tx, names).await
}

async fn one(tx: &Tx<'_>, names: impl Fn(&Model) -> bool) -> Result<Option<Name>> {
    let live = Condition::all().add(Column::DeletedAt.is_null());
    let all = tx.entailed::<Entity, Read>().filtered(live, MOST).await?;
    Ok(all.into_iter().find(names).map(|play| play.name))
}
