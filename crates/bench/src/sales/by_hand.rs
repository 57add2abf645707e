//! A board as one would write it by hand: how many open opportunities of each stage there are, what they are worth currency by
//! currency, and the first of each stage with all that a card shows.

use std::sync::Arc;

use anyhow::{Context, Result};
use uuid::Uuid;

use crate::{
    api::Bench,
    database::{Connection, Value},
    load::Worker,
    seed::Deals,
};

/// A connection that asks for a board.
pub struct ByHand {
    connection: Connection,
    sums: Arc<str>,
    cards: Arc<str>,
    workspace: Uuid,
    pipeline: Uuid,
    stages: Vec<Uuid>,
}

const PIPELINE: &str =
    "select id, name, key, position from pipeline where workspace_id = $1 and id = $2";
const STAGES: &str = "select id, name, key, position, probability, forecast_category, entry_criteria, exit_criteria \
    from pipeline_stage where workspace_id = $1 and pipeline_id = $2 and deleted_at is null order by position";
const SUMS: &str = "select stage_id, currency, probability, count(*), cast(sum(amount_minor) as bigint) from opportunity \
    where workspace_id = $1 and stage_id = any($2) and status = 'open' and deleted_at is null \
    group by stage_id, currency, probability";

impl ByHand {
    pub async fn board(bench: &Bench<'_>, deals: &Deals) -> Result<Self> {
        let connection = bench.place.connect(Some(bench.world.workspace)).await?;
        let columns = columns(bench).await?;
        let cards = format!(
            "select c.* from unnest($2) s (id) cross join lateral (select {columns} from opportunity o \
             where o.workspace_id = $1 and o.stage_id = s.id and o.status = 'open' and o.deleted_at is null \
             order by o.expected_close_on, o.id limit 20) c"
        );
        Ok(Self {
            connection,
            sums: SUMS.into(),
            cards: cards.into(),
            workspace: bench.world.workspace,
            pipeline: deals.pipeline,
            stages: deals.stages.clone(),
        })
    }
}

/// The columns that cards are made of: not what fields are found by.
async fn columns(bench: &Bench<'_>) -> Result<String> {
    let mut admin = bench.place.administer().await?;
    let columns = "select string_agg('o.' || quote_ident(column_name), ', ' order by ordinal_position) \
        from information_schema.columns where table_name = 'opportunity' and column_name !~ '^[a-z][0-9]+$'";
    admin.text(columns).await.context("the columns of opportunities")
}

impl Worker for ByHand {
    async fn once(&mut self) -> Result<()> {
        let (workspace, pipeline) = (Value::Id(self.workspace), Value::Id(self.pipeline));
        for sql in [PIPELINE, STAGES] {
            let values = vec![workspace.clone(), pipeline.clone()];
            self.connection.query(&sql.into(), values, false).await?;
        }
        for sql in [&self.sums, &self.cards] {
            let values = vec![workspace.clone(), Value::Ids(self.stages.clone())];
            self.connection.query(sql, values, false).await?;
        }
        Ok(())
    }
}
