//! The promise of opportunities: whatever is done in whatever order, one is open or closed with everything that belongs to it,
//! and its periods tell the same, without a gap.

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use rapport_entity::sales::{
    opportunity::{self, Status},
    opportunity_period, pipeline_stage,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;

use super::{closing, moves, opportunities};
use crate::{
    defaults,
    kernel::{Ctx, Error, Expected, Read, Result},
    testing::{from, stores},
};

/// A call: which, and a number that says how.
type Call = (u8, usize);

struct World {
    ctx: Ctx,
    id: opportunity::Id,
    stages: Vec<pipeline_stage::Id>,
}

impl World {
    async fn new(ctx: Ctx) -> Result<Self> {
        let id = opportunities::create(&ctx, from(json!({ "name": "Deal" }))).await?.id;
        let all = ctx.can::<pipeline_stage::Entity, Read>()?;
        let stages = all.matching_even_deleted(Condition::all()).await?;
        Ok(Self { ctx, id, stages: stages.into_iter().map(|stage| stage.id).collect() })
    }

    async fn call(&self, (which, how): Call) -> Result<()> {
        match self.attempt(which, how).await {
            Err(Error::Conflict(_) | Error::Refused(_)) => Ok(()),
            done => done.map(drop),
        }
    }

    async fn attempt(&self, which: u8, how: usize) -> Result<opportunity::Model> {
        let (ctx, id, any) = (&self.ctx, self.id, Expected::Any);
        let stage = self.stages[how % self.stages.len()];
        match which % 6 {
            0 | 1 => {
                let to = json!({ "stageId": stage, "reason": "So it is" });
                moves::move_opportunity(ctx, id, any, from(to)).await
            }
            2 => closing::win(ctx, id, any, from(json!({ "note": "At last" }))).await,
            3 => closing::lose(ctx, id, any, from(json!({ "reason": "Price" }))).await,
            4 => {
                let stage = how.is_multiple_of(2).then_some(stage);
                let again = json!({ "stageId": stage, "reason": "They called" });
                closing::reopen(ctx, id, any, from(again)).await
            }
            _ => {
                let amount = json!({ "amount": (how % 9).to_string(), "currency": "EUR" });
                let patch = json!({ "amount": amount });
                opportunities::update(ctx, id, any, from(patch)).await
            }
        }
    }

    async fn check(&self) -> Result<()> {
        let row = self.ctx.can::<opportunity::Entity, Read>()?.one(self.id).await?;
        assert_eq!(row.closed_on.is_some(), row.status != Status::Open, "{row:?}");
        assert!(row.status != Status::Open || row.close_reason_id.is_none(), "{row:?}");
        assert!(row.status != Status::Lost || row.close_reason_id.is_some(), "{row:?}");
        let its = opportunity_period::Entity::find()
            .filter(opportunity_period::Column::OpportunityId.eq(self.id))
            .order_by_asc(opportunity_period::Column::OpportunityVersion);
        let periods = self.ctx.rows::<opportunity_period::Entity>().all(its).await?;
        for pair in periods.windows(2) {
            assert_eq!(pair[0].until_at, Some(pair[1].from_at), "{periods:?}");
        }
        let last = periods.last().expect("a period");
        assert_eq!(last.until_at, None, "{periods:?}");
        assert_eq!(
            (last.status, last.stage_id, last.amount_minor, last.closed_on),
            (row.status, row.stage_id, row.amount_minor, row.closed_on)
        );
        Ok(())
    }
}

#[test]
fn no_sequence_of_calls_leaves_an_opportunity_between_open_and_closed() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let calls = prop::collection::vec(any::<Call>(), 1..30);
    let config = Config { cases: 16, ..Config::default() };
    let store = runtime.block_on(async { stores().await.swap_remove(0) });
    let run = |calls: Vec<Call>| {
        runtime.block_on(async {
            let ctx = store.workspace().await;
            ctx.tx(async |tx| defaults::create(tx).await).await.unwrap();
            let world = World::new(ctx).await.unwrap();
            for call in calls {
                world.call(call).await.unwrap();
                world.check().await.unwrap();
            }
        });
        Ok(())
    };
    TestRunner::new(config).run(&calls, run).unwrap();
    runtime.block_on(store.close());
}
