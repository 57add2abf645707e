use rapport_entity::sales::{order, order_line};

use super::{lines::lines_in, progress::Progress};
use crate::kernel::{Expected, Faults, Read, Result, Tx, Update};

/// An order that is locked, with everything that is known of it.
pub(super) struct Whole {
    pub order: order::Model,
    pub lines: Vec<order_line::Model>,
    pub progress: Progress,
}

impl Whole {
    /// Locks an order that the caller may read.
    pub async fn lock(tx: &Tx<'_>, id: order::Id) -> Result<Self> {
        if tx.can::<order::Entity, Read>()?.live(&[id]).await?.is_empty() {
            let mut faults = Faults::default();
            faults.conflict("/orderId", "is no order");
            faults.check()?;
        }
        let order = tx.entailed::<order::Entity, Update>().lock(id, Expected::Any).await?;
        let lines = lines_in(tx, id).await?;
        let progress = Progress::of(tx, id).await?;
        Ok(Self { order, lines, progress })
    }

    /// Lets the order follow what has become of its deliveries and payments.
    pub async fn follow(
        self,
        tx: &Tx<'_>,
        now: impl FnOnce(Progress) -> Progress,
    ) -> Result<order::Model> {
        let after = now(self.progress).mark(self.order.clone(), &self.lines);
        let orders = tx.entailed::<order::Entity, Update>();
        orders.save(&self.order, after, "updated", &[]).await
    }
}

/// So many deliveries and returns, and so many payments and refunds, are of one order at most: all of them are read with it.
const MOST: usize = 500;

/// An order has room for one more.
pub(super) fn check_room(what: &str, there: usize, faults: &mut Faults) {
    if there >= MOST {
        faults.conflict(
            "/orderId",
            format!("the order has {MOST} {what} already, the most it may have"),
        );
    }
}

/// Nothing is delivered of what is being written or called off.
pub(super) fn check_order(order: &order::Model, faults: &mut Faults) {
    use order::Status::{Cancelled, Completed, Draft, Placed};
    match order.status {
        Placed | Completed => {}
        Draft => faults.conflict("/orderId", "the order is a draft: place it first"),
        Cancelled => faults.conflict("/orderId", "the order is cancelled"),
    }
}
