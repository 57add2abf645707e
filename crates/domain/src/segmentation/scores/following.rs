//! Scores follow what happened. What a customer has by a formula or by fixed bounds follows at once. What depends on
//! everybody (quintiles, tiers of revenue) is due a while after the first change, and done once for all that changed until
//! then. What depends on the day is due when the next one begins.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Days, NaiveTime, TimeDelta, TimeZone as _, Utc};
use rapport_entity::segmentation::score::{Column, Entity, Model};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use super::{
    check::{named, uses_custom_fields, uses_orders},
    evaluation::{Evaluated, evaluate, is_relative},
    facts::Source,
    saving::{Saved, save},
};
use crate::{
    kernel::{Ctx, Error, Result, Tx},
    segmentation::{
        changes::{Changes, Touched},
        dependencies::levels,
        evaluation::prepare,
    },
};

/// Makes scores follow a stretch of the log, and the passing of time. Whose scores changed is told to `changes`, so that
/// whoever follows scores comes after.
pub async fn follow(tx: &Tx<'_>, changes: &mut Changes, pace: TimeDelta) -> Result<()> {
    let rows = rows(tx, &changes.scores).await?;
    if rows.is_empty() {
        return Ok(());
    }
    prepare(tx).await?;
    let (live, gone): (Vec<Model>, Vec<Model>) =
        rows.into_iter().partition(|row| row.deleted_at.is_none());
    for score in gone {
        let saved =
            save(tx, &score, &Evaluated::nothing(tx.actor().currency.clone()), None).await?;
        note(tx, &score, saved.more, None).await?;
        changes.scored(score.id.uuid(), saved.changed);
    }
    let keys: HashMap<String, Uuid> =
        live.iter().map(|row| (row.key.as_str().to_owned(), row.id.uuid())).collect();
    let names = |row: &Model| -> BTreeSet<Uuid> {
        named(&row.definition).iter().filter_map(|key| keys.get(key).copied()).collect()
    };
    let live: BTreeMap<Uuid, Model> = live.into_iter().map(|row| (row.id.uuid(), row)).collect();
    for level in levels(live.iter().map(|(id, row)| (*id, names(row))).collect()) {
        for score in level.iter().filter_map(|id| live.get(id)) {
            let followed = Followed { score, names: names(score), keys: &keys, pace };
            followed.follow(tx, changes).await?;
        }
    }
    Ok(())
}

/// Whether a score of the workspace is due, so that there is something to follow although nothing happened.
pub async fn is_due(ctx: &Ctx) -> Result<bool> {
    let due = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::WorkspaceId.eq(ctx.actor().workspace))
        .filter(Column::DeletedAt.is_null())
        .filter(Column::DueAt.lte(ctx.database().clock().now()))
        .limit(1)
        .into_tuple::<Uuid>()
        .one(&*ctx.reader().await?)
        .await?;
    Ok(due.is_some())
}

/// The scores there are, and those of `changed` that are deleted.
async fn rows(tx: &Tx<'_>, changed: &BTreeSet<Uuid>) -> Result<Vec<Model>> {
    let wanted = Condition::any()
        .add(Column::DeletedAt.is_null())
        .add(Column::Id.is_in(changed.iter().copied()));
    let here = Column::WorkspaceId.eq(tx.actor().workspace);
    Ok(Entity::find().filter(here).filter(wanted).all(tx.transaction()).await?)
}

/// A score that is there.
struct Followed<'a> {
    score: &'a Model,
    /// The scores that its formula names.
    names: BTreeSet<Uuid>,
    keys: &'a HashMap<String, Uuid>,
    pace: TimeDelta,
}

impl Followed<'_> {
    async fn follow(&self, tx: &Tx<'_>, changes: &mut Changes) -> Result<()> {
        let id = self.score.id.uuid();
        let is_due = self.score.due_at.is_some_and(|due| due <= tx.now());
        if is_due || changes.meaning || changes.scores.contains(&id) {
            return self.rescore(tx, changes).await;
        }
        let touched = self.touched(changes);
        match touched {
            Touched::These(ids) if ids.is_empty() => Ok(()),
            _ if is_relative(&self.score.definition) => self.postpone(tx, changes).await,
            Touched::Everybody => self.rescore(tx, changes).await,
            Touched::These(ids) => {
                let ids: Vec<Uuid> = ids.into_iter().collect();
                self.rescore_touched(tx, changes, &ids).await
            }
        }
    }

    /// Whose change may change what somebody has: of what depends on everybody only that of orders, and of who is there.
    fn touched(&self, changes: &Changes) -> Touched {
        let definition = &self.score.definition;
        let mut touched = match is_relative(definition) {
            true => changes.lives.clone(),
            false => changes.of_resource("customer"),
        };
        if uses_orders(definition) {
            touched.join(changes.of_resource("order"));
        }
        if uses_custom_fields(definition) {
            touched.join(changes.of_resource("custom_field"));
        }
        for name in &self.names {
            touched.join(changes.of_score(*name));
        }
        touched
    }

    /// A while after it was last evaluated: at once where that is long ago.
    async fn postpone(&self, tx: &Tx<'_>, changes: &mut Changes) -> Result<()> {
        let due = self.score.evaluated_at.map_or(tx.now(), |last| last + self.pace);
        if due <= tx.now() {
            return self.rescore(tx, changes).await;
        }
        if self.score.due_at.is_none_or(|known| due < known) {
            let to = Entity::update_many().col_expr(Column::DueAt, Expr::val(due));
            to.filter(this(tx, self.score)).exec(tx.transaction()).await?;
        }
        Ok(())
    }

    /// Evaluates the score for everybody.
    async fn rescore(&self, tx: &Tx<'_>, changes: &mut Changes) -> Result<()> {
        self.attempt(tx, changes, None).await
    }

    /// Evaluates the score for some.
    async fn rescore_touched(
        &self,
        tx: &Tx<'_>,
        changes: &mut Changes,
        customers: &[Uuid],
    ) -> Result<()> {
        self.attempt(tx, changes, Some(customers)).await
    }

    /// In a transaction of its own within the other. A score that cannot be evaluated is left as it is, and says so by
    /// having no time of evaluation: it must not keep others from being looked after.
    async fn attempt(
        &self,
        tx: &Tx<'_>,
        changes: &mut Changes,
        who: Option<&[Uuid]>,
    ) -> Result<()> {
        match tx.attempt(async || self.evaluate(tx, who).await).await {
            Ok(saved) => {
                changes.scored(self.score.id.uuid(), saved.changed);
                Ok(())
            }
            Err(err @ (Error::Internal(_) | Error::Invalid(_))) => {
                tracing::error!(score = %self.score.id, "a score cannot be evaluated: {err:?}");
                note(tx, self.score, 0, None).await
            }
            Err(err) => Err(err),
        }
    }

    async fn evaluate(&self, tx: &Tx<'_>, who: Option<&[Uuid]>) -> Result<Saved> {
        let source = Source { db: tx.transaction(), actor: tx.actor(), now: tx.now(), who };
        let found = evaluate(&source, &self.score.definition, self.keys).await?;
        let saved = save(tx, self.score, &found, who).await?;
        match who {
            None => note(tx, self.score, saved.more, Some(found)).await?,
            Some(_) => count(tx, self.score, saved.more).await?,
        }
        Ok(saved)
    }
}

fn this(tx: &Tx<'_>, score: &Model) -> Condition {
    Condition::all().add(Column::WorkspaceId.eq(tx.actor().workspace)).add(Column::Id.eq(score.id))
}

/// Records that so many more customers have a score.
async fn count(tx: &Tx<'_>, score: &Model, more: i32) -> Result<()> {
    if more == 0 {
        return Ok(());
    }
    let counted = Entity::update_many()
        .col_expr(Column::CustomerCount, Expr::col(Column::CustomerCount).add(more));
    counted.filter(this(tx, score)).exec(tx.transaction()).await?;
    Ok(())
}

/// Records what came of evaluating a score over everybody, or that it could not be. Nobody changed it, so it keeps its
/// version.
async fn note(tx: &Tx<'_>, score: &Model, more: i32, found: Option<Evaluated>) -> Result<()> {
    count(tx, score, more).await?;
    let at = found.is_some().then(|| tx.now());
    let due = at.and_then(|_| next_day(tx, score));
    let to = Entity::update_many()
        .col_expr(Column::Thresholds, Expr::val(found.map(|found| found.thresholds)))
        .col_expr(Column::EvaluatedAt, Expr::val(at))
        .col_expr(Column::DueAt, Expr::val(due));
    to.filter(this(tx, score)).exec(tx.transaction()).await?;
    Ok(())
}

/// When the next day begins, where the score depends on which day it is.
fn next_day(tx: &Tx<'_>, score: &Model) -> Option<DateTime<Utc>> {
    let definition = &score.definition;
    if definition.orders().as_of.is_some() || !uses_orders(definition) {
        return None;
    }
    let zone = tx.actor().time_zone.rules();
    let tomorrow = tx.now().with_timezone(&zone).date_naive().checked_add_days(Days::new(1))?;
    let midnight = tomorrow.and_time(NaiveTime::MIN);
    let begins = zone.from_local_datetime(&midnight).earliest();
    Some(begins.map_or_else(|| midnight.and_utc(), |begins| begins.with_timezone(&Utc)))
}
