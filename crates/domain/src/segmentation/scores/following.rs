//! Scores follow what happened. What a customer has by a formula or by fixed bounds follows at once. What depends on
//! everybody (quintiles, tiers of revenue) is due a while after the first change, and done once for all that changed until
//! then. What depends on the day is due when the next one begins.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::TimeDelta;
use rapport_entity::{
    log::event,
    segmentation::score::{Column, Entity, Model},
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use super::{
    check::{fields, named, uses_orders},
    evaluation::{Evaluated, evaluate, is_relative},
    facts::Source,
    saving::{Saved, save},
};
use crate::{
    following::{Changes, Due, Touched},
    kernel::{Error, Result, Tx, next_day},
    segmentation::{evaluation::prepare, levels::levels},
};

/// Makes scores follow a stretch of the log, and the passing of time. Whose scores changed is told to `changes`, so that
/// whoever follows scores comes after.
pub async fn follow(
    tx: &Tx<'_>,
    changes: &mut Changes,
    events: &[event::Model],
    pace: TimeDelta,
) -> Result<Due> {
    let others = with_other_definitions(events);
    let rows = rows(tx, &others).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    prepare(tx).await?;
    let (live, gone): (Vec<Model>, Vec<Model>) =
        rows.into_iter().partition(|row| row.deleted_at.is_none());
    for score in gone {
        let saved =
            save(tx, &score, &Evaluated::nothing(tx.actor().currency.clone()), None).await?;
        note(tx, &score, saved.more, None).await?;
        changes.rescored(score.id.uuid(), &saved.changed);
    }
    let keys: HashMap<String, Uuid> =
        live.iter().map(|row| (row.key.as_str().to_owned(), row.id.uuid())).collect();
    let names = |row: &Model| -> BTreeSet<Uuid> {
        named(&row.definition).iter().filter_map(|key| keys.get(key).copied()).collect()
    };
    let live: BTreeMap<Uuid, Model> = live.into_iter().map(|row| (row.id.uuid(), row)).collect();
    for level in levels(live.iter().map(|(id, row)| (*id, names(row))).collect()) {
        for score in level.iter().filter_map(|id| live.get(id)) {
            let anew = others.contains(&score.id.uuid());
            let followed = Followed { score, names: names(score), keys: &keys, pace };
            followed.follow(tx, changes, anew).await?;
        }
    }
    next(tx).await
}

/// The scores that came, went, or are made otherwise.
fn with_other_definitions(events: &[event::Model]) -> BTreeSet<Uuid> {
    let is_other = |event: &&event::Model| match event.name.as_str() {
        "score.created" | "score.deleted" | "score.restored" => true,
        "score.updated" => event.data["after"].get("definition").is_some(),
        _ => false,
    };
    events.iter().filter(is_other).map(|event| event.subject_id).collect()
}

/// When the next score of the workspace is due.
async fn next(tx: &Tx<'_>) -> Result<Due> {
    let due = Entity::find()
        .select_only()
        .expr(Column::DueAt.min())
        .filter(Column::WorkspaceId.eq(tx.actor().workspace))
        .filter(Column::DeletedAt.is_null())
        .into_tuple::<Due>()
        .one(tx.transaction())
        .await?;
    Ok(due.flatten())
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
    async fn follow(&self, tx: &Tx<'_>, changes: &mut Changes, anew: bool) -> Result<()> {
        let is_due = self.score.due_at.is_some_and(|due| due <= tx.now());
        if is_due || changes.meaning || anew {
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

    /// Whose change may change what somebody has.
    fn touched(&self, changes: &Changes) -> Touched {
        let definition = &self.score.definition;
        let mut touched = changes.lives("customer");
        for name in fields(definition) {
            touched.join(&changes.of_field("customer", &name));
        }
        if uses_orders(definition) {
            touched.join(&changes.of_resource("order"));
        }
        for name in &self.names {
            touched.join(&changes.of_score(*name));
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
                changes.rescored(self.score.id.uuid(), &saved.changed);
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
    let due = at.and_then(|_| next_day_of(tx, score));
    let to = Entity::update_many()
        .col_expr(Column::Thresholds, Expr::val(found.map(|found| found.thresholds)))
        .col_expr(Column::EvaluatedAt, Expr::val(at))
        .col_expr(Column::DueAt, Expr::val(due));
    to.filter(this(tx, score)).exec(tx.transaction()).await?;
    Ok(())
}

/// When the next day begins, where the score depends on which day it is.
fn next_day_of(tx: &Tx<'_>, score: &Model) -> Due {
    let definition = &score.definition;
    let is_of_today = definition.orders().as_of.is_none() && uses_orders(definition);
    is_of_today.then(|| next_day(tx.now(), tx.actor()))
}
