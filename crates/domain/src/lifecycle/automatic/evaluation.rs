//! Who is moved by rules, of some customers: what holds of whom is asked of the database rule by rule, for all of them at
//! once.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use rapport_entity::{
    customers::customer,
    lifecycle::{
        lifecycle_move::Cause,
        lifecycle_stage::{self, Model},
    },
    rule::Rule,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr};
use uuid::Uuid;

use super::{
    choice::{Known, next},
    rests::resting,
};
use crate::{
    kernel::{FilterScope, Read, Result, Tx, Update, catalogue, compile, is_among},
    lifecycle::moves::make_many,
};

/// So many customers are looked at by one statement.
const AT_ONCE: usize = 2_000;

/// Looks at some customers, and moves those whom the rules would have elsewhere.
pub async fn look_at(
    tx: &Tx<'_>,
    stages: &[Model],
    customers: &[Uuid],
    at: DateTime<Utc>,
) -> Result<()> {
    for some in customers.chunks(AT_ONCE) {
        let found = Found::of(tx, stages, some, at).await?;
        let rows = tx.entailed::<customer::Entity, Read>().many(&ids(some)).await?;
        let mut to: HashMap<customer::Id, (Option<lifecycle_stage::Id>, &Model)> = HashMap::new();
        for row in rows.into_iter().filter(|row| row.deleted_at.is_none()) {
            let known = Of { found: &found, id: row.id.uuid() };
            if let Some(stage) = next(stages, row.stage_id, &known) {
                to.insert(row.id, (row.stage_id, stage));
            }
        }
        make(tx, to).await?;
    }
    Ok(())
}

fn ids(of: &[Uuid]) -> Vec<customer::Id> {
    of.iter().copied().map(customer::Id::from).collect()
}

/// Moves those who are still where they were when they were looked at.
async fn make(
    tx: &Tx<'_>,
    to: HashMap<customer::Id, (Option<lifecycle_stage::Id>, &Model)>,
) -> Result<()> {
    if to.is_empty() {
        return Ok(());
    }
    let movers: Vec<customer::Id> = to.keys().copied().collect();
    let locked = tx.entailed::<customer::Entity, Update>().lock_many(&movers).await?;
    let mut moves = Vec::new();
    for row in locked {
        if let Some((from, stage)) = to.get(&row.id)
            && row.stage_id == *from
        {
            moves.push((row, *stage));
        }
    }
    make_many(tx, &moves, Cause::Rule).await
}

/// Of whom which rules hold.
struct Found {
    enter: HashMap<lifecycle_stage::Id, HashSet<Uuid>>,
    leave: HashMap<lifecycle_stage::Id, HashSet<Uuid>>,
    rest: HashMap<lifecycle_stage::Id, HashSet<Uuid>>,
}

impl Found {
    async fn of(
        tx: &Tx<'_>,
        stages: &[Model],
        customers: &[Uuid],
        at: DateTime<Utc>,
    ) -> Result<Self> {
        let (mut enter, mut leave) = (HashMap::new(), HashMap::new());
        for stage in stages {
            for (rule, of) in [(&stage.entry_rule, &mut enter), (&stage.exit_rule, &mut leave)] {
                if let Some(rule) = rule {
                    of.insert(stage.id, matching(tx, stage, rule, customers, at).await?);
                }
            }
        }
        Ok(Self { enter, leave, rest: resting(tx, stages, customers, at).await? })
    }
}

/// Those of whom a rule holds. A rule that cannot be evaluated holds of nobody, and keeps no other from its turn.
async fn matching(
    tx: &Tx<'_>,
    stage: &Model,
    rule: &Rule,
    customers: &[Uuid],
    at: DateTime<Utc>,
) -> Result<HashSet<Uuid>> {
    let of = catalogue::<customer::Entity>();
    let scope =
        FilterScope { actor: tx.actor(), backend: tx.backend(), now: at, touched: Some(customers) };
    let holds = match compile(rule, of, &of.table, scope, "") {
        Ok(holds) => holds,
        Err(err) => {
            tracing::error!(stage = %stage.id, "a rule cannot be evaluated: {err:?}");
            return Ok(HashSet::new());
        }
    };
    let id = Expr::col((customer::Entity, customer::Column::Id));
    let found = customer::Entity::find()
        .select_only()
        .column(customer::Column::Id)
        .filter(customer::Column::WorkspaceId.eq(tx.actor().workspace))
        .filter(customer::Column::DeletedAt.is_null())
        .filter(is_among(id, customers, tx.backend()))
        .filter(holds)
        .into_tuple::<Uuid>()
        .all(tx.transaction())
        .await?;
    Ok(found.into_iter().collect())
}

/// What was found of one customer.
struct Of<'f> {
    found: &'f Found,
    id: Uuid,
}

impl Of<'_> {
    fn is_among(&self, who: &HashMap<lifecycle_stage::Id, HashSet<Uuid>>, stage: &Model) -> bool {
        who.get(&stage.id).is_some_and(|who| who.contains(&self.id))
    }
}

impl Known for Of<'_> {
    fn enters(&self, stage: &Model) -> bool {
        self.is_among(&self.found.enter, stage)
    }

    fn leaves(&self, stage: &Model) -> bool {
        self.is_among(&self.found.leave, stage)
    }

    fn rests(&self, stage: &Model) -> bool {
        self.is_among(&self.found.rest, stage)
    }
}
