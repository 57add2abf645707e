use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rapport_entity::{
    lifecycle::lifecycle_stage::{Column, Entity, Model},
    log::event,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, prelude::async_trait};
use uuid::Uuid;

use super::{evaluation::look_at, rests, sweep};
use crate::{
    following::{Changes, Due, Group, Known, Reader, Touched, Turn, Watched},
    kernel::{Between, Result, Tx},
    segmentation::prepare,
};

/// The reader of the log that moves customers from stage to stage by the stages' rules.
#[derive(Debug)]
pub struct Lifecycle;

#[async_trait::async_trait]
impl Reader for Lifecycle {
    fn name(&self) -> &'static str {
        "lifecycle"
    }

    async fn begin(&self, tx: &Tx<'_>, turn: Turn) -> Result<Due> {
        let stages = stages(tx).await?;
        let mut more = false;
        if has_rules(&stages) {
            prepare(tx).await?;
            sweep::begin(tx).await?;
            more = sweep::go_on(tx, &stages, turn.at).await?;
        }
        due(tx, &stages, &watched(tx, &stages), more, turn.at).await
    }

    async fn follow(&self, tx: &Tx<'_>, events: &[event::Model], turn: Turn) -> Result<Due> {
        let stages = stages(tx).await?;
        if !has_rules(&stages) {
            return Ok(None);
        }
        prepare(tx).await?;
        let (changes, watched) = (Changes::read(tx.actor(), events), watched(tx, &stages));
        if changes.meaning || events.iter().any(changes_rules) {
            sweep::begin(tx).await?;
        }
        let touched = watched.touched(tx, &changes, &mut Known::default()).await?;
        concern(tx, &stages, touched, turn.at).await?;
        let more = sweep::go_on(tx, &stages, turn.at).await?;
        due(tx, &stages, &watched, more, turn.at).await
    }

    async fn pass(&self, tx: &Tx<'_>, since: DateTime<Utc>, turn: Turn) -> Result<Due> {
        let stages = stages(tx).await?;
        let watched = watched(tx, &stages);
        prepare(tx).await?;
        let passed = watched.passed(tx, &Between { start: since, end: turn.at }).await?;
        concern(tx, &stages, passed, turn.at).await?;
        let rested = rests::rested(tx, &stages, since, turn.at).await?;
        look_at(tx, &stages, &rested, turn.at).await?;
        let more = sweep::go_on(tx, &stages, turn.at).await?;
        due(tx, &stages, &watched, more, turn.at).await
    }
}

async fn stages(tx: &Tx<'_>) -> Result<Vec<Model>> {
    let live = Entity::find().filter(Column::DeletedAt.is_null());
    tx.rows::<Entity>().all(live).await
}

fn has_rules(stages: &[Model]) -> bool {
    stages.iter().any(|stage| stage.entry_rule.is_some() || stage.exit_rule.is_some())
}

/// What the rules of all stages depend on.
fn watched(tx: &Tx<'_>, stages: &[Model]) -> Watched<usize> {
    let rules = stages.iter().flat_map(|stage| [&stage.entry_rule, &stage.exit_rule]);
    Watched::new(rules.flatten().enumerate(), tx.actor())
}

/// Whether an event tells of something by which anybody may come to be elsewhere.
fn changes_rules(event: &event::Model) -> bool {
    const TELLING: [&str; 5] = ["entryRule", "exitRule", "position", "kind", "cooldownDays"];
    match event.name.as_str() {
        "lifecycle_stage.created" | "lifecycle_stage.deleted" | "lifecycle_stage.restored" => true,
        "lifecycle_stage.updated" => TELLING
            .iter()
            .any(|name| ["before", "after"].iter().any(|side| !event.data[side][name].is_null())),
        _ => false,
    }
}

/// Looks at those whom something may concern.
async fn concern(
    tx: &Tx<'_>,
    stages: &[Model],
    groups: Vec<Group<usize>>,
    at: DateTime<Utc>,
) -> Result<()> {
    let mut all: BTreeSet<Uuid> = BTreeSet::new();
    for group in groups {
        match group.who {
            Touched::These(ids) => all.extend(ids),
            Touched::Everybody => return sweep::begin(tx).await,
        }
    }
    let all: Vec<Uuid> = all.into_iter().collect();
    look_at(tx, stages, &all, at).await
}

/// When time brings something: at once where there are more to be looked at, or else when a rule's window moves or a rest
/// ends.
async fn due(
    tx: &Tx<'_>,
    stages: &[Model],
    watched: &Watched<usize>,
    more: bool,
    at: DateTime<Utc>,
) -> Result<Due> {
    if more {
        return Ok(Some(at));
    }
    let moves = watched.due(tx, at).await?;
    Ok(moves.into_iter().chain(rests::due(tx, stages, at).await?).min())
}
