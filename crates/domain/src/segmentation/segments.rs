use async_graphql::InputObject;
use rapport_entity::{
    Label, Name, Text,
    customers::customer,
    identity::role::{Scope, Verb},
    rule::Rule,
    segmentation::segment::{self, ActiveModel, Entity, Kind, Model},
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    Condition, IntoActiveValue,
};
use serde::Deserialize;
use utoipa::ToSchema;

pub(crate) use super::references::{check_named, one_at_a_time as hold_rules};
use super::{
    kinds::never,
    references::{self, check_not_named},
    waiting,
};
use crate::{
    following::resources,
    kernel::{
        Create, Ctx, Delete, Error, Expected, Fault, Patch, Result, Update, catalogue, compile,
    },
};

/// A segment to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSegment {
    /// The id the client has given it (offline work); made here where left out. The create can then be repeated.
    pub id: Option<segment::Id>,
    /// What the segment is called.
    pub name: Name,
    /// What it is for.
    pub description: Option<Text>,
    /// How its members come about; by the rule, which follows every change, where left out. It stays so.
    #[serde(default)]
    #[graphql(default)]
    pub kind: Kind,
    /// The rule that its members satisfy. A static segment has none; others need one.
    pub rule: Option<Rule>,
    /// What we promise these customers that others do not.
    pub value_proposition: Option<Text>,
    /// How quickly and how well they are served, in the company's own words.
    pub service_level: Option<Label>,
    /// How closely they are looked after, in the company's own words.
    pub care_level: Option<Label>,
    /// What is planned with them.
    pub plan: Option<Text>,
}

/// What to change of a segment: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SegmentPatch {
    /// What the segment is called.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// What it is for.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub description: Patch<Text>,
    /// The rule that its members satisfy. A snapshot is taken anew with it.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Rule)]
    pub rule: Option<Rule>,
    /// What we promise these customers that others do not.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub value_proposition: Patch<Text>,
    /// How quickly and how well they are served, in the company's own words.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub service_level: Patch<Label>,
    /// How closely they are looked after, in the company's own words.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub care_level: Patch<Label>,
    /// What is planned with them.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub plan: Patch<Text>,
}

/// Where a segment's rule is in what is asked for.
pub const AT: &str = "/rule";

/// Makes a segment.
///
/// Membership is evaluated by the reader of the log right after the segment is saved, since over a million customers
/// that takes seconds, in which nobody should have to fear for what was saved. The answer waits for it a moment: it
/// mostly has the members' number already. Where `evaluatedAt` is null, evaluation is still under way.
///
/// # Errors
/// [`Error::Invalid`] names everything in the rule that is wrong, [`Error::Conflict`] every segment it names that is not
/// there or names this one in turn, [`Error::Forbidden`] where it speaks of what the actor may not read all of;
/// [`Error::Duplicate`].
pub async fn create(ctx: &Ctx, new: NewSegment) -> Result<Model> {
    let rule = rule_of(new.kind, new.rule)?;
    check_saved_rule(ctx, &rule, AT)?;
    let saved = ctx
        .tx(async |tx| {
            check_named(tx, new.id, &rule, AT).await?;
            let row = ActiveModel {
                name: Set(new.name),
                description: Set(new.description),
                kind: Set(new.kind),
                rule: Set(rule),
                has_listings: Set(false),
                value_proposition: Set(new.value_proposition),
                service_level: Set(new.service_level),
                care_level: Set(new.care_level),
                plan: Set(new.plan),
                member_count: Set(0),
                ..Default::default()
            };
            tx.can::<Entity, Create>()?.insert(new.id, row).await
        })
        .await?;
    evaluated(ctx, saved).await
}

/// The rule of a new segment of a kind.
fn rule_of(kind: Kind, rule: Option<Rule>) -> Result<Rule> {
    match (kind, rule) {
        (Kind::Static, None) => Ok(never()),
        (Kind::Static, Some(_)) => Err(Error::invalid(AT, HAS_NONE)),
        (_, Some(rule)) => Ok(rule),
        (_, None) => Err(Error::invalid(AT, "is needed")),
    }
}

const HAS_NONE: &str = "must be left out: the members of a static segment are chosen by hand";

/// Changes a segment. Another rule is evaluated as with [`create`]: until that is done, `evaluatedAt` is null and the
/// members are those of the rule before.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`], [`Error::Stale`].
pub async fn update(
    ctx: &Ctx,
    id: segment::Id,
    expected: Expected,
    patch: SegmentPatch,
) -> Result<Model> {
    if let Some(rule) = &patch.rule {
        check_saved_rule(ctx, rule, AT)?;
    }
    let saved = ctx
        .tx(async |tx| {
            let segments = tx.can::<Entity, Update>()?;
            if let Some(rule) = &patch.rule {
                check_named(tx, Some(id), rule, AT).await?;
            }
            let before = segments.lock(id, expected.clone()).await?;
            segments.update(id, expected, changes(patch, &before)?).await
        })
        .await?;
    evaluated(ctx, saved).await
}

fn changes(patch: SegmentPatch, before: &Model) -> Result<ActiveModel> {
    let rule = patch.rule.filter(|rule| *rule != before.rule);
    if rule.is_some() && before.kind == Kind::Static {
        return Err(Error::Conflict(vec![Fault::new(AT, HAS_NONE)]));
    }
    let anew = || if rule.is_some() { Set(None) } else { NotSet };
    Ok(ActiveModel {
        name: patch.name.map_or(NotSet, Set),
        description: patch.description.into_active_value(),
        value_proposition: patch.value_proposition.into_active_value(),
        service_level: patch.service_level.into_active_value(),
        care_level: patch.care_level.into_active_value(),
        plan: patch.plan.into_active_value(),
        evaluated_at: anew(),
        taken_at: anew(),
        rule: rule.map_or(NotSet, Set),
        ..Default::default()
    })
}

/// Deletes a segment so that it can be restored. Its members leave it.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] while the rule of another segment, of a lifecycle stage
/// or of a play names it, which would otherwise silently come to mean something else.
pub async fn delete(ctx: &Ctx, id: segment::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let access = tx.can::<Entity, Delete>()?;
        check_not_named(tx, id).await?;
        access.delete(id, expected).await
    })
    .await
}

/// Brings a deleted segment back. Its membership is evaluated as with [`create`]; a snapshot is not taken anew.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Duplicate`] where its name was taken since; [`Error::Conflict`] where its rule names
/// a segment that is deleted.
pub async fn restore(ctx: &Ctx, id: segment::Id) -> Result<Model> {
    let restored = ctx
        .tx(async |tx| {
            references::one_at_a_time(tx).await?;
            let row = tx.can::<Entity, Delete>()?.restore(id).await?;
            check_named(tx, Some(id), &row.rule, AT).await?;
            Ok(row)
        })
        .await?;
    evaluated(ctx, restored).await
}

/// The rule must be sound, and speak only of what the actor may read.
pub(super) fn check_rule(ctx: &Ctx, rule: &Rule, at: &str) -> Result<Condition> {
    let of = catalogue::<customer::Entity>();
    compile(rule, of, &of.table, ctx.filter_scope(), at)
}

/// A rule that is saved is evaluated over everything in the workspace. So whoever saves it must be allowed to read all
/// of what it speaks of: those whom it selects would otherwise tell them of the rest.
pub(crate) fn check_saved_rule(ctx: &Ctx, rule: &Rule, at: &str) -> Result<()> {
    check_rule(ctx, rule, at)?;
    match unreadable(ctx, rule) {
        Some(resource) => Err(Error::Forbidden { verb: "build a rule on", resource }),
        None => Ok(()),
    }
}

/// What a rule speaks of that the actor may not read all of.
pub(super) fn unreadable(ctx: &Ctx, rule: &Rule) -> Option<&'static str> {
    let reads_all =
        |resource: &&str| ctx.actor().permissions.scope(resource, Verb::Read) == Scope::All;
    resources(rule).into_iter().find(|resource| !reads_all(resource))
}

/// The segment once its membership is evaluated, if that is soon.
pub(super) async fn evaluated(ctx: &Ctx, row: Model) -> Result<Model> {
    waiting::evaluated::<Entity>(ctx, row, |row| row.evaluated_at.is_some()).await
}
