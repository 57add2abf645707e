use std::collections::BTreeMap;

use async_graphql::{InputObject, SimpleObject};
use rapport_entity::{
    Count, Name, Points,
    rule::Rule,
    sales::{
        lead::{self, Status},
        lead_scoring_rule::{self, ActiveModel, Column, Entity, Model},
    },
    segmentation::segment,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    prelude::async_trait,
    sea_query::{Alias, CaseStatement, Expr, ExprTrait, Query},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    conditions,
    following::named_of,
    kernel::{
        Create, Ctx, Delete, Error, Expected, Faults, FilterScope, Read, Result, Timer, Tx, Update,
        catalogue, compile, is_among,
    },
    rules::{all_seeing, check_rule, holding},
    segmentation::check_all_named,
    timed::Timed,
};

/// The most rules of a workspace that count at the same time.
const MOST: usize = 100;

/// A scoring rule to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewLeadScoringRule {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<lead_scoring_rule::Id>,
    /// What the rule is called; unique in the workspace, whatever the case of its letters.
    pub name: Name,
    /// What must hold of a lead.
    pub rule: Rule,
    /// What it adds to the score, or takes from it.
    pub points: Points,
    /// Whether it counts; it does where left out.
    pub active: Option<bool>,
    /// Where it stands among the others; first where left out.
    pub position: Option<Count>,
}

/// What to change of a scoring rule: what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LeadScoringRulePatch {
    /// What the rule is called; unique in the workspace, whatever the case of its letters.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// What must hold of a lead.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Rule)]
    pub rule: Option<Rule>,
    /// What it adds to the score, or takes from it.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Points)]
    pub points: Option<Points>,
    /// Whether it counts.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub active: Option<bool>,
    /// Where it stands among the others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Count)]
    pub position: Option<Count>,
}

/// A lead's score, and how it comes about.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct LeadScore {
    /// What the points of the rules that hold come to, now.
    pub score: i32,
    /// Every rule that counts, in their order.
    #[schema(max_items = 100)]
    pub rules: Vec<LeadScorePart>,
}

/// What a rule says of a lead.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct LeadScorePart {
    /// The rule.
    pub rule_id: lead_scoring_rule::Id,
    /// What it is called.
    pub name: Name,
    /// What it adds where it holds.
    pub points: Points,
    /// Whether it holds.
    pub holds: bool,
}

/// Makes a scoring rule. The leads that are there are rated anew in the background.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Conflict`], [`Error::Duplicate`]; [`Error::Refused`] where there are a hundred that count.
pub async fn create(ctx: &Ctx, new: NewLeadScoringRule) -> Result<Model> {
    check(ctx, &new.rule)?;
    ctx.tx(async |tx| {
        let rules = tx.can::<Entity, Create>()?;
        check_all_named(tx, &named(&new.rule, "/rule")).await?;
        let row = ActiveModel {
            name: Set(new.name),
            sort_name: Set(String::new()),
            rule: Set(new.rule),
            points: Set(new.points),
            active: Set(new.active.unwrap_or(true)),
            position: Set(new
                .position
                .map_or_else(|| Count::try_from(0).map_err(Error::internal), Ok)?),
            ..Default::default()
        };
        let made = rules.insert(new.id, row).await?;
        changed(tx).await?;
        Ok(made)
    })
    .await
}

/// Changes a scoring rule. The leads that are there are rated anew in the background.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`], [`Error::Stale`].
pub async fn update(
    ctx: &Ctx,
    id: lead_scoring_rule::Id,
    expected: Expected,
    patch: LeadScoringRulePatch,
) -> Result<Model> {
    if let Some(rule) = &patch.rule {
        check(ctx, rule)?;
    }
    ctx.tx(async |tx| {
        let rules = tx.can::<Entity, Update>()?;
        if let Some(rule) = &patch.rule {
            check_all_named(tx, &named(rule, "/rule")).await?;
        }
        let row = ActiveModel {
            name: patch.name.map_or(NotSet, Set),
            rule: patch.rule.map_or(NotSet, Set),
            points: patch.points.map_or(NotSet, Set),
            active: patch.active.map_or(NotSet, Set),
            position: patch.position.map_or(NotSet, Set),
            ..Default::default()
        };
        let after = rules.update(id, expected, row).await?;
        changed(tx).await?;
        Ok(after)
    })
    .await
}

/// Deletes a scoring rule, so that it can be restored. The leads that are there are rated anew in the background.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`].
pub async fn delete(ctx: &Ctx, id: lead_scoring_rule::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let deleted = tx.can::<Entity, Delete>()?.delete(id, expected).await?;
        changed(tx).await?;
        Ok(deleted)
    })
    .await
}

/// Brings a deleted scoring rule back. The leads that are there are rated anew in the background.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Duplicate`]; [`Error::Refused`] as [`create`].
pub async fn restore(ctx: &Ctx, id: lead_scoring_rule::Id) -> Result<Model> {
    ctx.tx(async |tx| {
        let restored = tx.can::<Entity, Delete>()?.restore(id).await?;
        changed(tx).await?;
        Ok(restored)
    })
    .await
}

fn check(ctx: &Ctx, rule: &Rule) -> Result<()> {
    let mut faults = Faults::default();
    check_rule::<lead::Entity>(ctx, rule, "/rule", &mut faults)?;
    faults.check()
}

fn named(rule: &Rule, at: &str) -> Vec<crate::following::Named> {
    named_of(rule, catalogue::<lead::Entity>(), at)
}

/// The name of a rule that names a segment, if there is one.
pub(super) async fn naming(tx: &Tx<'_>, id: segment::Id) -> Result<Option<Name>> {
    conditions::naming::<Entity, lead::Entity>(tx, id, |row| (Some(&row.rule), &row.name)).await
}

/// The rules that count, in their order.
pub(super) async fn active(tx: &Tx<'_>) -> Result<Vec<Model>> {
    let which = Column::Active.eq(true).into();
    let mut rules = tx.entailed::<Entity, Read>().filtered(which, MOST as u64 + 1).await?;
    rules.sort_by_key(|rule| (i64::from(rule.position), rule.id.uuid()));
    Ok(rules)
}

/// All leads are to be rated anew.
async fn changed(tx: &Tx<'_>) -> Result<()> {
    if active(tx).await?.len() > MOST {
        return Err(Error::Refused(format!("at most {MOST} scoring rules count")));
    }
    tx.set_timer(TIMER, tx.actor().workspace.uuid(), Some(tx.now())).await
}

/// A lead with its score as it is by now.
pub(super) async fn rate(tx: &Tx<'_>, row: lead::Model) -> Result<lead::Model> {
    if row.status == Status::Converted {
        return Ok(row);
    }
    let score = explained(tx, row.id).await?.score;
    let after = lead::Model { score, ..row.clone() };
    tx.entailed::<lead::Entity, Update>().save(&row, after, "scored", &[]).await
}

async fn explained(tx: &Tx<'_>, id: lead::Id) -> Result<LeadScore> {
    let rules = active(tx).await?;
    let asked: Vec<&Rule> = rules.iter().map(|rule| &rule.rule).collect();
    let holds = holding::<lead::Entity>(tx, id, &asked).await?;
    let part = |(rule, holds): (Model, bool)| LeadScorePart {
        rule_id: rule.id,
        name: rule.name,
        points: rule.points,
        holds,
    };
    let rules: Vec<LeadScorePart> = rules.into_iter().zip(holds).map(part).collect();
    let held = rules.iter().filter(|part| part.holds);
    let score = held.map(|part| i64::from(part.points) as i32).sum();
    Ok(LeadScore { score, rules })
}

/// How the score of a lead comes about.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub async fn explain(ctx: &Ctx, id: lead::Id) -> Result<LeadScore> {
    ctx.tx(async |tx| {
        tx.unheard();
        tx.can::<Entity, Read>()?;
        let row = tx.can::<lead::Entity, Read>()?.one(id).await?;
        explained(tx, row.id).await
    })
    .await
}

/// The kind of the timers. Their subject is the workspace.
const TIMER: &str = "lead_scores";

/// So many leads are rated in one transaction.
pub(super) const BATCH: u64 = 500;

/// Rates the leads of workspaces whose scoring rules have changed.
#[derive(Debug)]
pub struct LeadScores;

#[async_trait::async_trait]
impl Timed for LeadScores {
    fn kind(&self) -> &'static str {
        TIMER
    }

    async fn act(&self, ctx: &Ctx, timer: &Timer) -> Result<()> {
        rate_all(ctx, timer).await
    }
}

/// Rates all leads, some at a time. A rule that changes meanwhile sets another time, so that all are rated once more.
async fn rate_all(ctx: &Ctx, timer: &Timer) -> Result<()> {
    let mut after = Uuid::nil();
    loop {
        let last = ctx.tx(async |tx| rate_some(tx, after).await).await?;
        match last {
            Some(last) => after = last,
            None => break,
        }
    }
    ctx.tx(async |tx| {
        tx.unheard();
        tx.take_timer(TIMER, timer).await.map(drop)
    })
    .await
}

/// Rates some of those leads after an id whose score is another by now, and says which was the last.
async fn rate_some(tx: &Tx<'_>, after: Uuid) -> Result<Option<Uuid>> {
    tx.unheard();
    let rules = active(tx).await?;
    let differing = differing(tx, &rules, lead::Column::Id.gt(after)).await?;
    let ids: Vec<lead::Id> = differing.iter().map(|(id, _)| (*id).into()).collect();
    let rows = tx.entailed::<lead::Entity, Update>().lock_many(&ids).await?;
    let keys: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    // Those that were changed before they were locked are as their change has left them.
    let these = is_among(Expr::col((lead::Entity, lead::Column::Id)), &keys, tx.backend());
    let wanted: BTreeMap<Uuid, i32> =
        self::differing(tx, &rules, these).await?.into_iter().collect();
    set_scores(tx, rows, &wanted).await?;
    Ok(keys.last().copied().filter(|_| keys.len() as u64 == BATCH))
}

/// Those of some leads whose score is another than the rules say, and what it is to be.
pub(super) async fn differing(
    tx: &Tx<'_>,
    rules: &[Model],
    which: Expr,
) -> Result<Vec<(Uuid, i32)>> {
    let [id, score, wanted, rated] = ["id", "score", "wanted", "rated"].map(Alias::new);
    let actor = all_seeing(tx.actor());
    let scope = FilterScope { actor: &actor, backend: tx.backend(), now: tx.now(), touched: None };
    let of = catalogue::<lead::Entity>();
    let sum = rules.iter().fold(Expr::val(0), |sum, rule| {
        // One that has come to speak of what is no longer there holds of nothing.
        let Ok(holds) = compile(&rule.rule, of, &of.table, scope, "") else { return sum };
        let points = i64::from(rule.points) as i32;
        let points: Expr = CaseStatement::new().case(holds, points).finally(0).into();
        sum.add(points)
    });
    let all = Query::select()
        .columns([lead::Column::Id, lead::Column::Score])
        .expr_as(sum, wanted.clone())
        .from(lead::Entity)
        .and_where(Expr::col((lead::Entity, lead::Column::WorkspaceId)).eq(tx.actor().workspace))
        .and_where(Expr::col((lead::Entity, lead::Column::DeletedAt)).is_null())
        .and_where(Expr::col((lead::Entity, lead::Column::Status)).ne(Status::Converted))
        .and_where(which)
        .take();
    let query = Query::select()
        .columns([id.clone(), wanted.clone()])
        .from_subquery(all, rated)
        .and_where(Expr::col(score).ne(Expr::col(wanted)))
        .order_by(id, sea_orm::Order::Asc)
        .limit(BATCH)
        .take();
    let rows = tx.transaction().query_all_raw(tx.backend().build(&query)).await?;
    let read =
        |row: &sea_orm::QueryResult| Ok((row.try_get("", "id")?, row.try_get("", "wanted")?));
    rows.iter().map(read).collect()
}

/// Sets the scores of leads that are locked, each score in one statement, and tells of each.
pub(super) async fn set_scores(
    tx: &Tx<'_>,
    rows: Vec<lead::Model>,
    wanted: &BTreeMap<Uuid, i32>,
) -> Result<()> {
    let mut by_score: BTreeMap<i32, Vec<Uuid>> = BTreeMap::new();
    for row in rows {
        let Some(score) = wanted.get(&row.id.uuid()).copied() else { continue };
        by_score.entry(score).or_default().push(row.id.uuid());
        let member = |score| Map::from_iter([("score".to_owned(), json!(score))]);
        let (was, version) = (row.score, row.version + 1);
        let after = lead::Model { score, version, updated_at: tx.now(), ..row };
        tx.record::<lead::Entity>("scored", &after, member(was), member(score));
    }
    for (score, ids) in by_score {
        let update = lead::Entity::update_many()
            .col_expr(lead::Column::Score, Expr::val(score))
            .col_expr(lead::Column::Version, Expr::col(lead::Column::Version).add(1))
            .col_expr(lead::Column::UpdatedAt, Expr::val(tx.now()))
            .filter(lead::Column::WorkspaceId.eq(tx.actor().workspace))
            .filter(is_among(Expr::col(lead::Column::Id), &ids, tx.backend()));
        update.exec(tx.transaction()).await?;
    }
    Ok(())
}
