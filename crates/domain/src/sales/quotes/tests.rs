//! The promise of quotes: no sequence of calls accepts two revisions of one, or orders what nobody accepted.

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use rapport_entity::sales::{
    order,
    quote::{self, Model, Status},
};
use sea_orm::{ColumnTrait, Condition};
use serde_json::json;

use super::{ordering, quotes, states};
use crate::{
    customers::customers,
    kernel::{Ctx, Error, Expected, Read, Result},
    testing::{from, stores},
};

/// A call: which, and of which revision.
type Call = (u8, usize);

struct World {
    ctx: Ctx,
    quotes: Vec<quote::Id>,
}

impl World {
    async fn new(ctx: Ctx) -> Result<Self> {
        let customer = json!({ "kind": "organization", "name": "Acme" });
        let customer = customers::create(&ctx, from(customer)).await?;
        let line =
            json!({ "description": "Thing", "unitPrice": { "amount": "1", "currency": "EUR" } });
        let new = json!({ "name": "Offer", "customerId": customer.id, "lines": [line] });
        let first = quotes::create(&ctx, from(new)).await?.quote.id;
        Ok(Self { ctx, quotes: vec![first] })
    }

    /// What is refused changes nothing.
    async fn call(&mut self, (which, of): Call) -> Result<()> {
        let id = self.quotes[of % self.quotes.len()];
        let before = self.all().await?;
        match self.attempt(which, id).await {
            Err(Error::Conflict(_) | Error::Refused(_) | Error::NotFound(_)) => {
                assert_eq!(self.all().await?, before);
                Ok(())
            }
            done => done,
        }
    }

    async fn attempt(&mut self, which: u8, id: quote::Id) -> Result<()> {
        let (ctx, any) = (&self.ctx, Expected::Any);
        match which % 8 {
            0 | 1 => drop(states::send(ctx, id, any).await?),
            2 => drop(states::accept(ctx, id, any, from(json!({ "acceptedBy": "Bob" }))).await?),
            3 => drop(states::decline(ctx, id, any, from(json!({}))).await?),
            4 => drop(states::withdraw(ctx, id, any).await?),
            5 => self.quotes.push(states::revise(ctx, id).await?.quote.id),
            6 => drop(ordering::order(ctx, id, from(json!({}))).await?),
            _ => drop(quotes::delete(ctx, id, any).await?),
        }
        Ok(())
    }

    async fn all(&self) -> Result<Vec<Model>> {
        let mut all = self.ctx.can::<quote::Entity, Read>()?.many(&self.quotes).await?;
        all.sort_by_key(|row| row.revision);
        Ok(all)
    }

    async fn check(&self) -> Result<()> {
        let all = self.all().await?;
        let live = |status| {
            let its = all.iter().filter(|row| row.status == status && row.deleted_at.is_none());
            its.count()
        };
        for status in [Status::Draft, Status::Sent, Status::Accepted] {
            assert!(live(status) <= 1, "{status:?}: {all:?}");
        }
        assert!(live(Status::Accepted) == 0 || live(Status::Sent) == 0, "{all:?}");
        let ordered = Condition::all().add(order::Column::QuoteId.is_not_null());
        let orders = self.ctx.can::<order::Entity, Read>()?.matching_even_deleted(ordered).await?;
        let accepted = |order: &order::Model| {
            all.iter().any(|row| Some(row.id) == order.quote_id && row.status == Status::Accepted)
        };
        assert!(orders.len() <= 1 && orders.iter().all(accepted), "{orders:?} of {all:?}");
        Ok(())
    }
}

#[test]
fn no_sequence_of_calls_accepts_two_revisions_or_orders_what_nobody_accepted() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let calls = prop::collection::vec(any::<Call>(), 1..30);
    let config = Config { cases: 24, ..Config::default() };
    let store = runtime.block_on(async { stores().await.swap_remove(0) });
    let run = |calls: Vec<Call>| {
        runtime.block_on(async {
            let mut world = World::new(store.workspace().await).await.unwrap();
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

#[tokio::test]
async fn a_revision_is_not_sent_once_the_one_before_is_accepted() {
    for store in stores().await {
        let mut world = World::new(store.workspace().await).await.unwrap();
        for call in [(0, 0), (5, 0), (2, 0), (0, 1)] {
            world.call(call).await.unwrap();
        }
        let stand: Vec<Status> = world.all().await.unwrap().iter().map(|row| row.status).collect();
        assert_eq!(stand, [Status::Accepted, Status::Draft]);
        store.close().await;
    }
}
