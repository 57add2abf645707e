//! The promise of orders: no sequence of calls delivers, takes back, or pays back more than there is, and where an order
//! stands always follows from what has become of it.

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use rapport_entity::sales::{
    delivery,
    order::{self, Status},
    payment,
};
use serde_json::{Value as Json, json};

use super::{deliveries, lines::lines_in, orders, payments, progress::Progress};
use crate::{
    customers::customers,
    kernel::{Ctx, Error, Expected, Read, Result},
    testing::{from, stores},
};

/// A call: which, and numbers that say of what and how.
type Call = (u8, usize, u8, u8);

/// An order, and what was made of it.
struct World {
    ctx: Ctx,
    order: order::Id,
    deliveries: Vec<delivery::Id>,
    payments: Vec<payment::Id>,
}

impl World {
    async fn new(ctx: Ctx) -> Result<Self> {
        let customer = json!({ "kind": "organization", "name": "Acme" });
        let customer = customers::create(&ctx, from(customer)).await?;
        let line = |quantity: &str| json!({ "description": "Thing", "quantity": quantity, "unitPrice": { "amount": "1", "currency": "USD" } });
        let new = json!({ "customerId": customer.id, "currency": "USD", "lines": [line("3"), line("1.5")] });
        let order = orders::create(&ctx, from(new)).await?.order.id;
        Ok(Self { ctx, order, deliveries: Vec::new(), payments: Vec::new() })
    }

    /// What is refused changes nothing.
    async fn call(&mut self, (which, of, how, many): Call) -> Result<()> {
        match self.attempt(which, of, how, many).await {
            Err(Error::Conflict(_) | Error::Invalid(_) | Error::Refused(_)) => Ok(()),
            done => done,
        }
    }

    async fn attempt(&mut self, which: u8, of: usize, how: u8, many: u8) -> Result<()> {
        let order = self.order;
        match which % 6 {
            0 | 1 => {
                let kind = ["delivery", "return"][usize::from(which % 6)];
                let lines = match how % 4 {
                    0 => Json::Null,
                    line => json!([{ "line": line, "quantity": (many % 4).to_string() }]),
                };
                let status = ["planned", "shipped", "delivered", "cancelled"][of % 4];
                let new =
                    json!({ "orderId": order, "kind": kind, "status": status, "lines": lines });
                let made = deliveries::create(&self.ctx, from(new)).await?;
                self.deliveries.push(made.delivery.id);
            }
            2 => {
                let status = ["planned", "shipped", "delivered", "cancelled"][usize::from(how % 4)];
                let Some(id) = self.deliveries.get(of % self.deliveries.len().max(1)) else {
                    return Ok(());
                };
                let patch = json!({ "status": status, "lines": [{ "line": 1, "quantity": (many % 4).to_string() }] });
                let patch = if many > 99 { patch } else { json!({ "status": status }) };
                deliveries::update(&self.ctx, *id, Expected::Any, from(patch)).await?;
            }
            3 => {
                let kind = ["payment", "refund"][of % 2];
                let status = ["pending", "settled", "failed", "cancelled"][usize::from(how % 4)];
                let amount = json!({ "amount": (many % 6).to_string(), "currency": "USD" });
                let new =
                    json!({ "orderId": order, "kind": kind, "status": status, "amount": amount });
                self.payments.push(payments::create(&self.ctx, from(new)).await?.id);
            }
            4 => {
                let status = ["pending", "settled", "failed", "cancelled"][usize::from(how % 4)];
                let Some(id) = self.payments.get(of % self.payments.len().max(1)) else {
                    return Ok(());
                };
                let patch = json!({ "status": status, "amount": { "amount": (many % 6).to_string(), "currency": "USD" } });
                let patch = if many > 99 { patch } else { json!({ "status": status }) };
                payments::update(&self.ctx, *id, Expected::Any, from(patch)).await?;
            }
            _ => {
                let status = ["draft", "placed", "completed", "cancelled"][usize::from(how % 4)];
                let line = |quantity: u8| json!({ "description": "Thing", "quantity": quantity.to_string(), "unitPrice": { "amount": "1", "currency": "USD" } });
                let patch = json!({ "lines": [line(many % 5), line(many % 3)] });
                let patch = if many > 99 { patch } else { json!({ "status": status }) };
                orders::update(&self.ctx, order, Expected::Any, from(patch)).await?;
            }
        }
        Ok(())
    }

    /// Whether everything that is promised holds.
    async fn check(&self) -> Result<()> {
        self.ctx
            .tx(async |tx| {
                let row = tx.can::<order::Entity, Read>()?.one(self.order).await?;
                let lines = lines_in(tx, self.order).await?;
                let progress = Progress::of(tx, self.order).await?;
                for line in &lines {
                    let of = progress.of_line(line.position);
                    assert!(0 <= of.back && of.back <= of.coming_back, "{of:?}");
                    assert!(of.coming_back <= of.delivered && of.delivered <= of.sent, "{of:?}");
                    assert!(of.needed() <= line.quantity.thousandths(), "{of:?} {line:?}");
                }
                assert!(0 <= progress.refundable() && progress.refundable() <= progress.paid());
                let marked = progress.mark(row.clone(), &lines);
                assert_eq!(marked.delivery_status, row.delivery_status);
                assert_eq!(marked.payment_status, row.payment_status);
                assert_eq!(marked.paid_minor, row.paid_minor);
                if matches!(row.status, Status::Draft | Status::Cancelled) {
                    assert!(!progress.is_out(&lines) && progress.paid() == 0, "{row:?}");
                }
                Ok(())
            })
            .await
    }
}

#[test]
fn no_sequence_of_calls_brings_an_order_where_it_must_not_be() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let calls = prop::collection::vec(any::<Call>(), 1..40);
    let config = Config { cases: 12, ..Config::default() };
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
async fn an_order_has_at_most_five_hundred_payments() {
    for store in stores().await {
        let world = World::new(store.workspace().await).await.unwrap();
        let amount = json!({ "amount": "0.01", "currency": "USD" });
        let new = || from(json!({ "orderId": world.order, "status": "pending", "amount": amount }));
        let first = payments::create(&world.ctx, new()).await.unwrap();
        let more: Vec<payment::Model> =
            (0..498).map(|_| payment::Model { id: payment::Id::new(), ..first.clone() }).collect();
        world.ctx.tx(async |tx| tx.rows::<payment::Entity>().insert(&more).await).await.unwrap();
        payments::create(&world.ctx, new()).await.unwrap();
        let refused = payments::create(&world.ctx, new()).await.unwrap_err();
        assert!(matches!(&refused, Error::Conflict(faults) if faults.len() == 1), "{refused:?}");
        store.close().await;
    }
}
