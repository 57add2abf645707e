use async_graphql::InputObject;
use rapport_entity::{
    Count, DayCount, Name, Slug, Text,
    customers::customer,
    lifecycle::lifecycle_stage::{self, ActiveModel, Column, Entity, Kind, Model},
    rule::Rule,
    segmentation::segment,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, EntityTrait, IntoActiveValue, QueryFilter, QuerySelect,
    sea_query::LockType,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    following::{fields_of, named},
    kernel::{Create, Ctx, Delete, Error, Expected, Faults, Patch, Read, Result, Tx, Update},
    plays,
    segmentation::segments::{check_named, check_saved_rule},
};

/// A lifecycle stage to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewLifecycleStage {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<lifecycle_stage::Id>,
    /// What the stage is called; unique in the workspace.
    pub name: Name,
    /// What programs call it; unique in the workspace.
    pub key: Slug,
    /// What it means that a customer is in it; `other` where left out.
    pub kind: Option<Kind>,
    /// Where it stands among the stages.
    pub position: Count,
    /// What it is for.
    pub description: Option<Text>,
    /// The rule by which customers come into it.
    pub entry_rule: Option<Rule>,
    /// The rule by which customers leave it.
    pub exit_rule: Option<Rule>,
    /// Whoever stays in it for more days than these is overdue.
    pub maximum_days: Option<DayCount>,
    /// Whether new customers begin here, and no longer where they began before; they do not where left out.
    pub is_initial: Option<bool>,
    /// For so many days after a customer has left it, no rule brings them back; 0 where left out.
    pub cooldown_days: Option<DayCount>,
}

/// What to change of a lifecycle stage: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LifecycleStagePatch {
    /// What the stage is called; unique in the workspace.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// What programs call it; unique in the workspace.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Slug)]
    pub key: Option<Slug>,
    /// What it means that a customer is in it. It stays what it is while anybody is.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Kind)]
    pub kind: Option<Kind>,
    /// Where it stands among the stages.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Count)]
    pub position: Option<Count>,
    /// What it is for.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub description: Patch<Text>,
    /// The rule by which customers come into it.
    #[serde(default)]
    #[schema(value_type = Option<Rule>)]
    pub entry_rule: Patch<Rule>,
    /// The rule by which customers leave it.
    #[serde(default)]
    #[schema(value_type = Option<Rule>)]
    pub exit_rule: Patch<Rule>,
    /// Whoever stays in it for more days than these is overdue.
    #[serde(default)]
    #[schema(value_type = Option<DayCount>)]
    pub maximum_days: Patch<DayCount>,
    /// Whether new customers begin here, and no longer where they began before.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub is_initial: Option<bool>,
    /// For so many days after a customer has left it, no rule brings them back.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = DayCount)]
    pub cooldown_days: Option<DayCount>,
}

/// Makes a lifecycle stage.
///
/// # Errors
/// [`Error::Invalid`] names everything in the rules that is wrong, [`Error::Conflict`] every segment they name that is not
/// there, [`Error::Forbidden`] where they speak of what the actor may not read all of; [`Error::Duplicate`].
pub async fn create(ctx: &Ctx, new: NewLifecycleStage) -> Result<Model> {
    let rules = Rules(new.entry_rule.as_ref(), new.exit_rule.as_ref());
    rules.check(ctx)?;
    ctx.tx(async |tx| {
        let stages = tx.can::<Entity, Create>()?;
        rules.check_named(tx).await?;
        if new.is_initial == Some(true) {
            begin_only_in(tx, new.id).await?;
        }
        let row = ActiveModel {
            name: Set(new.name.clone()),
            sort_name: Set(String::new()),
            key: Set(new.key.clone()),
            kind: Set(new.kind.unwrap_or_default()),
            position: Set(new.position),
            description: Set(new.description.clone()),
            entry_rule: Set(new.entry_rule.clone()),
            exit_rule: Set(new.exit_rule.clone()),
            maximum_days: Set(new.maximum_days),
            is_initial: Set(new.is_initial.unwrap_or(false)),
            cooldown_days: Set(cooldown(new.cooldown_days)?),
            ..Default::default()
        };
        let row = stages.complete(new.id, row)?;
        check_entry(&row)?;
        stages.insert(new.id, row).await
    })
    .await
}

fn cooldown(days: Option<DayCount>) -> Result<DayCount> {
    days.map_or_else(|| 0.try_into().map_err(Error::at("/cooldownDays")), Ok)
}

/// Changes a lifecycle stage.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] where it is to be of another kind while
/// customers are in it.
pub async fn update(
    ctx: &Ctx,
    id: lifecycle_stage::Id,
    expected: Expected,
    patch: LifecycleStagePatch,
) -> Result<Model> {
    let rules = Rules(patch.entry_rule.as_set(), patch.exit_rule.as_set());
    rules.check(ctx)?;
    ctx.tx(async |tx| {
        let stages = tx.can::<Entity, Update>()?;
        rules.check_named(tx).await?;
        if patch.is_initial == Some(true) {
            begin_only_in(tx, Some(id)).await?;
        }
        let before = stages.lock(id, expected).await?;
        if patch.kind.is_some_and(|kind| kind != before.kind) {
            check_empty(tx, id, "is of its kind").await?;
        }
        let after = stages.update(id, Expected::Any, changes(&patch)).await?;
        check_entry(&after)?;
        Ok(after)
    })
    .await
}

fn changes(patch: &LifecycleStagePatch) -> ActiveModel {
    ActiveModel {
        name: patch.name.clone().map_or(NotSet, Set),
        key: patch.key.clone().map_or(NotSet, Set),
        kind: patch.kind.map_or(NotSet, Set),
        position: patch.position.map_or(NotSet, Set),
        description: patch.description.clone().into_active_value(),
        entry_rule: patch.entry_rule.clone().into_active_value(),
        exit_rule: patch.exit_rule.clone().into_active_value(),
        maximum_days: patch.maximum_days.clone().into_active_value(),
        is_initial: patch.is_initial.map_or(NotSet, Set),
        cooldown_days: patch.cooldown_days.map_or(NotSet, Set),
        ..Default::default()
    }
}

/// Deletes a lifecycle stage that nobody is in, so that it can be restored.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] while customers are in it, or a play names it.
pub async fn delete(ctx: &Ctx, id: lifecycle_stage::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let deleted = tx.can::<Entity, Delete>()?.delete(id, expected).await?;
        check_empty(tx, id, "stays").await?;
        if let Some(by) = plays::naming_stage(tx, id).await? {
            let why = format!("the play {:?} names this stage", by.as_str());
            return Err(Error::Refused(why));
        }
        Ok(deleted)
    })
    .await
}

/// Brings a deleted lifecycle stage back.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Duplicate`] where its name or key was taken since, or another stage is where customers
/// begin; [`Error::Conflict`] where its rules name a segment that is deleted.
pub async fn restore(ctx: &Ctx, id: lifecycle_stage::Id) -> Result<Model> {
    ctx.tx(async |tx| {
        let before = tx.can::<Entity, Read>()?.one_even_deleted(id).await?;
        let stages = tx.can::<Entity, Delete>()?;
        Rules(before.entry_rule.as_ref(), before.exit_rule.as_ref()).check_named(tx).await?;
        stages.restore(id).await
    })
    .await
}

/// The entry and the exit rule of a stage.
struct Rules<'a>(Option<&'a Rule>, Option<&'a Rule>);

impl Rules<'_> {
    fn each(&self) -> impl Iterator<Item = (&Rule, &'static str)> {
        let entry = self.0.map(|rule| (rule, "/entryRule"));
        entry.into_iter().chain(self.1.map(|rule| (rule, "/exitRule")))
    }

    /// They must be sound, and speak only of what the actor may read all of.
    fn check(&self, ctx: &Ctx) -> Result<()> {
        let mut faults = Faults::default();
        for (rule, at) in self.each() {
            match check_saved_rule(ctx, rule, at) {
                Err(err @ (Error::Invalid(_) | Error::Conflict(_))) => faults.under("", err),
                checked => checked?,
            }
            check_scores(rule, at, &mut faults);
        }
        faults.check()
    }

    /// The segments that they name must be there. Whoever checks it, does it before anything else is locked.
    async fn check_named(&self, tx: &Tx<'_>) -> Result<()> {
        let mut faults = Faults::default();
        for (rule, at) in self.each() {
            match check_named(tx, None, rule, at).await {
                Err(err @ Error::Conflict(_)) => faults.under("", err),
                checked => checked?,
            }
        }
        faults.check()
    }
}

/// The log tells of scores only who comes into another tier; segments know all of them.
fn check_scores(rule: &Rule, at: &str, faults: &mut Faults) {
    let told = ["customerId", "scoreId", "scoreKey", "tier"];
    for field in fields_of(rule, "customer_score") {
        if !told.contains(&field.as_str()) {
            let why = format!(
                "stages look at the tiers of scores; for {field}, name a segment that looks at it"
            );
            faults.conflict(at, why);
        }
    }
}

/// Nobody is lost, or comes back from it, by a rule: there is more to say about that.
fn check_entry(stage: &Model) -> Result<()> {
    let why = match stage.kind {
        Kind::Lost => "customers come into this stage by being lost, not by a rule",
        Kind::WonBack => "customers come into this stage by a win-back, not by a rule",
        _ => return Ok(()),
    };
    match &stage.entry_rule {
        Some(_) => Err(Error::invalid("/entryRule", why)),
        None => Ok(()),
    }
}

/// What is done by one at a time: saying where new customers begin.
const INITIAL: &str = "initial lifecycle stage";

/// New customers begin nowhere but in this stage, if it is there.
async fn begin_only_in(tx: &Tx<'_>, id: Option<lifecycle_stage::Id>) -> Result<()> {
    tx.one_at_a_time(INITIAL).await?;
    let stages = tx.entailed::<Entity, Update>();
    let initial = Condition::all().add(Column::IsInitial.eq(true));
    for other in tx.entailed::<Entity, Read>().filtered(initial, 1).await? {
        if Some(other.id) != id {
            let no_longer = ActiveModel { is_initial: Set(false), ..Default::default() };
            stages.update(other.id, Expected::Any, no_longer).await?;
        }
    }
    Ok(())
}

/// Nobody may be in a stage that was locked. Deleted customers count: they may be restored.
async fn check_empty(tx: &Tx<'_>, id: lifecycle_stage::Id, what: &str) -> Result<()> {
    let here = Condition::all().add(customer::Column::StageId.eq(id));
    match tx.entailed::<customer::Entity, Read>().any_even_deleted(here).await? {
        true => Err(Error::Refused(format!("the stage {what} while customers are in it"))),
        false => Ok(()),
    }
}

/// The name of a stage with a rule that names a segment, if there is one.
pub(crate) async fn naming(tx: &Tx<'_>, id: segment::Id) -> Result<Option<Name>> {
    let all = tx.entailed::<Entity, Read>().filtered(Condition::all(), i64::MAX as u64).await?;
    let names = |stage: &Model| {
        let rules = Rules(stage.entry_rule.as_ref(), stage.exit_rule.as_ref());
        rules.each().any(|(rule, at)| named(rule, at).iter().any(|named| named.id == id))
    };
    Ok(all.into_iter().find(names).map(|stage| stage.name))
}

/// A stage, if it is there. Until the transaction ends it is neither changed nor deleted.
pub(crate) async fn hold(tx: &Tx<'_>, id: lifecycle_stage::Id) -> Result<Option<Model>> {
    held(tx, Column::Id.eq(id).into()).await
}

/// The stage of which a condition holds, if it is there. Until the transaction ends it is neither changed nor deleted.
pub(super) async fn held(tx: &Tx<'_>, which: Condition) -> Result<Option<Model>> {
    let query =
        Entity::find().filter(which).filter(Column::DeletedAt.is_null()).lock(LockType::Share);
    Ok(tx.rows::<Entity>().all(query).await?.pop())
}

/// The stage of a kind of which there is one at most.
///
/// # Errors
/// [`Error::Refused`] where there is none.
pub(super) async fn held_of_kind(tx: &Tx<'_>, kind: Kind, called: &str) -> Result<Model> {
    let none = || Error::Refused(format!("there is no lifecycle stage of the kind {called}"));
    held(tx, Column::Kind.eq(kind).into()).await?.ok_or_else(none)
}
