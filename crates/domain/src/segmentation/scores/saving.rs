//! What customers have of a score made to be what it was found to be: only what differs is written, and who has come
//! into another tier is told to the log.

use std::collections::HashMap;

use rapport_entity::{
    customers::customer,
    log::event::{self, ActorKind},
    segmentation::{
        customer_score::{self, Column},
        score,
    },
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::evaluation::{Evaluated, Outcome};
use crate::{
    following::Touched,
    kernel::{Result, Tx, bulk, is_among},
};

/// So many rows are read and written by one statement.
const PART: usize = 5_000;

/// What saving has changed.
#[derive(Default)]
pub struct Saved {
    /// Who has another value than before, or none any more, or has one now.
    pub changed: Touched,
    /// How many more have the score than before.
    pub more: i32,
}

/// Makes what these customers (all where `None`) have of a score what was found.
pub async fn save(
    tx: &Tx<'_>,
    score: &score::Model,
    found: &Evaluated,
    who: Option<&[Uuid]>,
) -> Result<Saved> {
    let mut saved = Saved::default();
    let mut rest = found.outcomes.as_slice();
    let mut after = None;
    loop {
        let there = some_there(tx, score, after, who).await?;
        // What is there and what was found are both in the order of ids: so far they can be held side by side.
        let until = there.last().filter(|_| there.len() == PART).map(|row| row.customer_id.uuid());
        let within = |outcome: &Outcome| until.is_none_or(|until| outcome.customer <= until);
        let (these, others) = rest.split_at(rest.partition_point(within));
        let change = Change::between(there, these.iter().map(|of| found.row(of, score, tx.now())));
        change.write(tx, score, &mut saved).await?;
        rest = others;
        after = until;
        if after.is_none() {
            return Ok(saved);
        }
    }
}

async fn some_there(
    tx: &Tx<'_>,
    score: &score::Model,
    after: Option<Uuid>,
    who: Option<&[Uuid]>,
) -> Result<Vec<customer_score::Model>> {
    let mut query = customer_score::Entity::find()
        .filter(Column::ScoreId.eq(score.id))
        .order_by_asc(Column::CustomerId)
        .limit(PART as u64);
    if let Some(after) = after {
        query = query.filter(Column::CustomerId.gt(after));
    }
    if let Some(ids) = who {
        query = query.filter(is_among(Expr::col(Column::CustomerId), ids, tx.backend()));
    }
    tx.rows::<customer_score::Entity>().all(query).await
}

/// What is to be written.
#[derive(Default)]
struct Change {
    /// Rows that are new or another than before, and what there was before.
    put: Vec<(Option<customer_score::Model>, customer_score::Model)>,
    /// Rows that go.
    gone: Vec<customer_score::Model>,
}

impl Change {
    fn between(
        there: Vec<customer_score::Model>,
        found: impl Iterator<Item = customer_score::Model>,
    ) -> Self {
        let mut there: HashMap<Uuid, customer_score::Model> =
            there.into_iter().map(|row| (row.customer_id.uuid(), row)).collect();
        let mut change = Self::default();
        for row in found {
            match there.remove(&row.customer_id.uuid()) {
                Some(before)
                    if before
                        == (customer_score::Model {
                            scored_at: before.scored_at,
                            ..row.clone()
                        }) => {}
                before => change.put.push((before, row)),
            }
        }
        change.gone = there.into_values().collect();
        change
    }

    async fn write(self, tx: &Tx<'_>, score: &score::Model, saved: &mut Saved) -> Result<()> {
        let rows = tx.rows::<customer_score::Entity>();
        for part in self.put.chunks(PART) {
            let part: Vec<_> = part.iter().map(|(_, row)| row.clone()).collect();
            rows.upsert(&part, &[Column::WorkspaceId, Column::ScoreId, Column::CustomerId]).await?;
        }
        let gone: Vec<Uuid> = self.gone.iter().map(|row| row.customer_id.uuid()).collect();
        if !gone.is_empty() {
            let these = is_among(Expr::col(Column::CustomerId), &gone, tx.backend());
            rows.delete(Condition::all().add(Column::ScoreId.eq(score.id)).add(these)).await?;
        }
        let new = self.put.iter().filter(|(before, _)| before.is_none()).count();
        saved.more += new as i32 - gone.len() as i32;
        saved.changed.add(self.put.iter().map(|(_, row)| row.customer_id.uuid()));
        saved.changed.add(gone);
        self.tell(tx, score).await
    }

    /// Tells of those who have come into another tier, or out of all.
    async fn tell(&self, tx: &Tx<'_>, score: &score::Model) -> Result<()> {
        let put = self.put.iter().map(|(before, after)| (before.as_ref(), Some(after)));
        let gone = self.gone.iter().map(|before| (Some(before), None));
        let moved: Vec<Moved<'_>> = put.chain(gone).filter_map(Moved::of).collect();
        for part in moved.chunks(PART) {
            let ids: Vec<Uuid> = part.iter().map(|moved| moved.customer).collect();
            let versions = versions(tx, &ids).await?;
            let events: Vec<_> = part
                .iter()
                .map(|moved| moved.event(tx, score, versions.get(&moved.customer)))
                .collect();
            bulk::insert_events(tx.transaction(), &events).await?;
        }
        Ok(())
    }
}

/// Somebody who has come into another tier.
struct Moved<'c> {
    customer: Uuid,
    before: Option<&'c customer_score::Model>,
    after: Option<&'c customer_score::Model>,
}

impl<'c> Moved<'c> {
    fn of(
        (before, after): (Option<&'c customer_score::Model>, Option<&'c customer_score::Model>),
    ) -> Option<Self> {
        let tier = |row: Option<&'c customer_score::Model>| row.and_then(|row| row.tier.as_ref());
        let customer = after.or(before)?.customer_id.uuid();
        (tier(before) != tier(after)).then_some(Self { customer, before, after })
    }

    fn event(&self, tx: &Tx<'_>, score: &score::Model, version: Option<&i32>) -> event::Model {
        event::Model {
            seq: 0,
            workspace_id: tx.actor().workspace,
            id: Uuid::now_v7(),
            name: "customer.scored".to_owned(),
            subject_id: self.customer,
            subject_version: version.copied().unwrap_or(1),
            customer_id: Some(self.customer.into()),
            actor_kind: ActorKind::System,
            actor_id: None,
            at: tx.now(),
            data: json!({ "before": told(score, self.before), "after": told(score, self.after) }),
        }
    }
}

fn told(score: &score::Model, row: Option<&customer_score::Model>) -> Json {
    match row {
        Some(row) => json!({
            "scoreId": score.id,
            "scoreKey": score.key,
            "tier": row.tier,
            "value": row.value,
        }),
        None => json!({}),
    }
}

/// The versions of customers, which events about them carry.
async fn versions(tx: &Tx<'_>, ids: &[Uuid]) -> Result<HashMap<Uuid, i32>> {
    let found = customer::Entity::find()
        .select_only()
        .columns([customer::Column::Id, customer::Column::Version])
        .filter(customer::Column::WorkspaceId.eq(tx.actor().workspace))
        .filter(is_among(Expr::col(customer::Column::Id), ids, tx.backend()))
        .into_tuple::<(Uuid, i32)>()
        .all(tx.transaction())
        .await?;
    Ok(found.into_iter().collect())
}
