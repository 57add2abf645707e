use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use async_graphql::InputObject;
use rapport_entity::{
    Name, Text,
    customers::customer,
    identity::role::{Scope, Verb},
    rule::Rule,
    segmentation::{
        segment::{self, ActiveModel, Entity, Model},
        segment_member,
    },
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    Condition, IntoActiveValue,
    sea_query::{Expr, ExprTrait, Query},
};
use serde::Deserialize;
use tokio::time::{Instant, sleep, timeout_at};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Segments;
use crate::{
    following::{Named, Reader, SOON, Step, named, resources, step},
    kernel::{
        Access, Create, Ctx, Delete, Error, Expected, Faults, Listing, Page, Patch, Read, Result,
        Tx, Update, catalogue, compile,
    },
    lifecycle::stages,
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
    /// The rule that its members satisfy.
    pub rule: Rule,
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
    /// The rule that its members satisfy.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Rule)]
    pub rule: Option<Rule>,
}

/// Whom a rule would select.
#[derive(Clone, Debug)]
pub struct Preview {
    /// How many customers.
    pub count: i64,
    /// Up to ten of them, newest first.
    pub sample: Vec<customer::Model>,
}

/// Where a segment's rule is in what is asked for.
const AT: &str = "/rule";

/// How long an answer waits for membership to be evaluated.
const PATIENCE: Duration = Duration::from_secs(2);

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
    check_saved_rule(ctx, &new.rule, AT)?;
    let saved = ctx
        .tx(async |tx| {
            check_named(tx, new.id, &new.rule, AT).await?;
            let row = ActiveModel {
                name: Set(new.name),
                description: Set(new.description),
                rule: Set(new.rule),
                member_count: Set(0),
                ..Default::default()
            };
            tx.can::<Entity, Create>()?.insert(new.id, row).await
        })
        .await?;
    evaluated(ctx, saved).await
}

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
            let rule = patch.rule.filter(|rule| *rule != before.rule);
            let row = ActiveModel {
                name: patch.name.map_or(NotSet, Set),
                description: patch.description.into_active_value(),
                evaluated_at: if rule.is_some() { Set(None) } else { NotSet },
                rule: rule.map_or(NotSet, Set),
                ..Default::default()
            };
            segments.update(id, expected, row).await
        })
        .await?;
    evaluated(ctx, saved).await
}

/// Deletes a segment so that it can be restored. Its members leave it.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] while the rule of another segment, or of a lifecycle stage,
/// names it, which would otherwise silently come to mean something else.
pub async fn delete(ctx: &Ctx, id: segment::Id, expected: Expected) -> Result<Model> {
    let deleted = ctx
        .tx(async |tx| {
            let access = tx.can::<Entity, Delete>()?;
            tx.one_at_a_time(RULES).await?;
            let rules = rules(tx.can()?).await?;
            if let Some((_, by)) = rules.values().find(|(names, _)| names.contains(&id.uuid())) {
                let by = by.as_str();
                let why = format!("the rule of the segment {by:?} names this segment");
                return Err(Error::Refused(why));
            }
            if let Some(by) = stages::naming(tx, id).await? {
                let by = by.as_str();
                let why = format!("a rule of the lifecycle stage {by:?} names this segment");
                return Err(Error::Refused(why));
            }
            access.delete(id, expected).await
        })
        .await?;
    Ok(deleted)
}

/// Brings a deleted segment back. Its membership is evaluated as with [`create`].
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Duplicate`] where its name was taken since; [`Error::Conflict`] where its rule names
/// a segment that is deleted.
pub async fn restore(ctx: &Ctx, id: segment::Id) -> Result<Model> {
    let restored = ctx
        .tx(async |tx| {
            tx.one_at_a_time(RULES).await?;
            let row = tx.can::<Entity, Delete>()?.restore(id).await?;
            check_named(tx, Some(id), &row.rule, AT).await?;
            Ok(row)
        })
        .await?;
    evaluated(ctx, restored).await
}

/// Whom a rule would select, of those that the actor may see. Nothing is saved.
///
/// # Errors
/// [`Error::Invalid`] names everything in the rule that is wrong, [`Error::Conflict`] every segment it names that is not
/// there.
pub async fn preview(ctx: &Ctx, rule: &Rule) -> Result<Preview> {
    let customers = ctx.can::<customer::Entity, Read>()?;
    let condition = check_rule(ctx, rule, AT)?;
    let named = named(rule, AT);
    if !named.is_empty() {
        check(&rules(ctx.can()?).await?, None, &named)?;
    }
    let listing = Listing { limit: 10, count: true, ..Listing::default() };
    let page = customers.page_of(&listing, condition).await?;
    Ok(Preview { count: page.total.unwrap_or(0), sample: page.items })
}

/// The members of a segment that the actor may see: a list of customers like any other.
///
/// # Errors
/// [`Error::NotFound`] where there is no such segment; [`Error::Invalid`] names everything in the listing that is
/// wrong.
pub async fn members(
    ctx: &Ctx,
    id: segment::Id,
    listing: &Listing,
) -> Result<Page<customer::Model>> {
    use segment_member::Column::{CustomerId, SegmentId, WorkspaceId};
    let customers = ctx.can::<customer::Entity, Read>()?;
    ctx.can::<Entity, Read>()?.one(id).await?;
    let members = Query::select()
        .column(CustomerId)
        .from(segment_member::Entity)
        .and_where(Expr::col(WorkspaceId).eq(ctx.actor().workspace))
        .and_where(Expr::col(SegmentId).eq(id))
        .to_owned();
    let customer = Expr::col((customer::Entity, customer::Column::Id));
    customers.page_of(listing, Condition::all().add(customer.in_subquery(members))).await
}

/// The rule must be sound, and speak only of what the actor may read.
fn check_rule(ctx: &Ctx, rule: &Rule, at: &str) -> Result<Condition> {
    let of = catalogue::<customer::Entity>();
    compile(rule, of, &of.table, ctx.filter_scope(), at)
}

/// A rule that is saved is evaluated over everything in the workspace. So whoever saves it must be allowed to read all
/// of what it speaks of: those whom it selects would otherwise tell them of the rest.
pub(crate) fn check_saved_rule(ctx: &Ctx, rule: &Rule, at: &str) -> Result<()> {
    check_rule(ctx, rule, at)?;
    for resource in resources(rule) {
        if ctx.actor().permissions.scope(resource, Verb::Read) != Scope::All {
            return Err(Error::Forbidden { verb: "build a rule on", resource });
        }
    }
    Ok(())
}

/// What is done by one at a time, so that no two rules come to name each other unseen.
const RULES: &str = "segment rules";

/// Segments by id: those that the rule names, and the name.
type Rules = BTreeMap<Uuid, (BTreeSet<Uuid>, Name)>;

/// The rules of all segments there are.
async fn rules(segments: Access<'_, Entity, Read>) -> Result<Rules> {
    let all = segments.filtered(Condition::all(), i64::MAX as u64).await?;
    let names =
        |row: &Model| named(&row.rule, AT).into_iter().map(|named| named.id.uuid()).collect();
    Ok(all.into_iter().map(|row| (row.id.uuid(), (names(&row), row.name))).collect())
}

/// Checks the segments that the rule of `id` names. Whoever does, does it before anything else is locked.
pub(crate) async fn check_named(
    tx: &Tx<'_>,
    id: Option<segment::Id>,
    rule: &Rule,
    at: &str,
) -> Result<()> {
    let named = named(rule, at);
    if named.is_empty() {
        return Ok(());
    }
    tx.one_at_a_time(RULES).await?;
    check(&rules(tx.can()?).await?, id, &named)
}

/// Every segment that a rule names must be there, and must not name the rule's own in turn.
fn check(rules: &Rules, id: Option<segment::Id>, named: &[Named]) -> Result<()> {
    let wrong = |of: Uuid| {
        if id.is_some_and(|id| leads_to(rules, of, id.uuid())) {
            return Some("names a segment whose own rule leads back to this one");
        }
        (!rules.contains_key(&of)).then_some("is no segment")
    };
    let mut faults = Faults::default();
    for named in named {
        if let Some(why) = wrong(named.id.uuid()) {
            faults.conflict(named.at.clone(), why);
        }
    }
    faults.check()
}

/// Whether a segment is another one, or names one that is.
fn leads_to(rules: &Rules, from: Uuid, to: Uuid) -> bool {
    let mut seen = BTreeSet::new();
    let mut next = vec![from];
    while let Some(id) = next.pop() {
        if id == to {
            return true;
        }
        if let (true, Some((names, _))) = (seen.insert(id), rules.get(&id)) {
            next.extend(names);
        }
    }
    false
}

/// The segment once its membership is evaluated, or as it is when that takes longer than anybody likes to wait.
async fn evaluated(ctx: &Ctx, mut row: Model) -> Result<Model> {
    let until = Instant::now() + PATIENCE;
    while row.evaluated_at.is_none() && Instant::now() < until {
        let (database, workspace) = (ctx.database().clone(), ctx.actor().workspace);
        // A task of its own, so that nobody who hangs up cuts it off half-way.
        let work =
            tokio::spawn(
                async move { step(&Segments, &database, workspace, Segments.batch()).await },
            );
        let Ok(step) = timeout_at(until, work).await else { break };
        match ctx.can::<Entity, Read>()?.one(row.id).await {
            Ok(now) => row = now,
            Err(_) => break,
        }
        match step {
            Ok(Ok(Step::Followed(_))) => {}
            Ok(Ok(Step::End)) => break,
            _ => sleep(SOON).await,
        }
    }
    Ok(row)
}
