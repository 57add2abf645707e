//! What an order may become, and what it may not because of what has been delivered and paid.

use std::collections::HashMap;

use rapport_entity::sales::{
    delivery,
    order::{DeliveryStatus, Model, PaymentStatus, Status},
    order_line, payment,
};
use sea_orm::ActiveEnum;

use super::progress::{Progress, Shipment};
use crate::{
    becoming::cannot_become,
    kernel::{Faults, Result, Tx, Update},
};

/// Whether there is anything to be kept of what was delivered or paid.
pub(crate) fn is_under_way(row: &Model) -> bool {
    row.delivery_status != DeliveryStatus::None || row.payment_status != PaymentStatus::None
}

/// The progress of those orders that have any.
pub(crate) async fn progress_of(
    tx: &Tx<'_>,
    orders: impl IntoIterator<Item = &Model>,
) -> Result<HashMap<rapport_entity::sales::order::Id, Progress>> {
    let under_way = orders.into_iter().filter(|row| is_under_way(row));
    let ids: Vec<_> = under_way.map(|row| row.id).collect();
    Progress::of_many(tx, &ids).await
}

/// What something may become is said where it may not become this.
pub(super) fn check_becomes<S: ActiveEnum<Value = String> + PartialEq + Copy>(
    what: &str,
    (is, that): (S, S),
    next: &[S],
    faults: &mut Faults,
) {
    if is == that || next.contains(&that) {
        return;
    }
    faults.conflict("/status", cannot_become(what, (is, that), next));
}

/// Names everything that keeps an order with deliveries or payments from becoming what it is to become.
pub(crate) fn judge(
    progress: &Progress,
    (before, old): (&Model, &[order_line::Model]),
    (after, lines): (&Model, &[order_line::Model]),
    faults: &mut Faults,
) {
    if !is_under_way(before) {
        return;
    }
    if after.customer_id != before.customer_id {
        faults.conflict("/customerId", "stays as it is: there are deliveries or payments");
    }
    if after.currency != before.currency {
        faults.conflict("/currency", "stays as it is: there are deliveries or payments");
    }
    if lines != old {
        judge_lines(progress, old, lines, faults);
    }
    if is_over(after.status) && !is_over(before.status) {
        if progress.is_out(old) {
            let why = "goods are with the customer or on their way: they must come back first";
            faults.conflict("/status", why);
        }
        if progress.paid() > 0 {
            faults.conflict("/status", "it is paid, in part or in full: pay that back first");
        }
    }
}

/// Lines of which something is delivered, or is to be, stay where they are, as what they are and as many.
fn judge_lines(
    progress: &Progress,
    old: &[order_line::Model],
    lines: &[order_line::Model],
    faults: &mut Faults,
) {
    for was in old {
        let needed = progress.of_line(was.position).needed();
        if needed <= 0 {
            continue;
        }
        let at = format!("/lines/{}", was.position - 1);
        let is = lines.iter().find(|line| line.position == was.position);
        let same = |is: &&order_line::Model| {
            (is.product_id, &is.description) == (was.product_id, &was.description)
        };
        match is.filter(same) {
            None => faults.conflict(at, "stays as it is: there are deliveries of it"),
            Some(is) if is.quantity.thousandths() < needed => {
                let needed = rapport_entity::values::of_thousandths(needed);
                let why = format!("must be at least {needed}: so many are in deliveries");
                faults.conflict(format!("{at}/quantity"), why);
            }
            Some(_) => {}
        }
    }
}

/// Whether nothing more is to be delivered or paid.
fn is_over(status: Status) -> bool {
    matches!(status, Status::Draft | Status::Cancelled)
}

/// What is planned and expected of an order that is called off, or is being written anew, is called off with it.
pub(super) async fn call_off(
    tx: &Tx<'_>,
    (before, after): (Status, Status),
    mut progress: Progress,
) -> Result<Progress> {
    if !is_over(after) || is_over(before) {
        return Ok(progress);
    }
    let planned = |shipment: &Shipment| shipment.row.status == delivery::Status::Planned;
    let planned: Vec<_> = progress.shipments.iter().filter(|s| planned(s)).cloned().collect();
    for Shipment { row, lines } in planned {
        let now = delivery::Model { status: delivery::Status::Cancelled, ..row.clone() };
        let deliveries = tx.entailed::<delivery::Entity, Update>();
        let row = deliveries.save(&row, now, "cancelled", &[]).await?;
        progress = progress.with_shipment(row.id, Some(Shipment { row, lines }));
    }
    let open = |row: &payment::Model| {
        matches!(row.status, payment::Status::Pending | payment::Status::Failed)
    };
    let open: Vec<_> = progress.payments.iter().filter(|row| open(row)).cloned().collect();
    for row in open {
        let now = payment::Model { status: payment::Status::Cancelled, ..row.clone() };
        let payments = tx.entailed::<payment::Entity, Update>();
        let row = payments.save(&row, now, "cancelled", &[]).await?;
        progress = progress.with_payment(row.id, Some(row));
    }
    Ok(progress)
}
