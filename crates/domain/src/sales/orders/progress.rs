use std::collections::HashMap;

use rapport_entity::sales::{
    delivery::{self, Kind as Way, Status as Stand},
    delivery_line,
    order::{self, DeliveryStatus, PaymentStatus, Status},
    order_line,
    payment::{self, Kind, Status as State},
};
use sea_orm::{Condition, EntityTrait, QueryFilter, sea_query::Expr};
use uuid::Uuid;

use crate::{
    kernel::{Read, Result, Tx, database::is_one_of},
    records::grouped,
};

/// What has become of an order: its deliveries and returns, its payments and refunds. Everything that is said of an order's
/// progress follows from it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    /// Goods on their way, there and back.
    pub shipments: Vec<Shipment>,
    /// Money, there and back.
    pub payments: Vec<payment::Model>,
}

/// A delivery, and what is in it.
#[derive(Clone, Debug)]
pub(crate) struct Shipment {
    /// The delivery, or return.
    pub row: delivery::Model,
    /// What is in it.
    pub lines: Vec<delivery_line::Model>,
}

/// How much of a line of an order goes where, in thousandths. What is cancelled counts nowhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct OfLine {
    /// In deliveries, whatever their status.
    pub sent: i64,
    /// Of that: arrived.
    pub delivered: i64,
    /// In returns, whatever their status.
    pub coming_back: i64,
    /// Of that: back with us.
    pub back: i64,
}

impl OfLine {
    /// What the customer has.
    pub fn held(self) -> i64 {
        self.delivered - self.back
    }

    /// What is still to be delivered, of so many that are ordered. What came back can be delivered once more.
    pub fn deliverable(self, ordered: i64) -> i64 {
        ordered - self.needed()
    }

    /// What the customer can give back.
    pub fn returnable(self) -> i64 {
        self.delivered - self.coming_back
    }

    /// The fewest that the order can be of.
    pub fn needed(self) -> i64 {
        self.sent - self.back
    }
}

impl Progress {
    /// The progress of an order, as it is in the transaction.
    pub async fn of(tx: &Tx<'_>, order: order::Id) -> Result<Self> {
        Ok(Self::of_many(tx, &[order]).await?.remove(&order).unwrap_or_default())
    }

    /// The progress of some orders: three queries, however many.
    pub async fn of_many(tx: &Tx<'_>, orders: &[order::Id]) -> Result<HashMap<order::Id, Self>> {
        let mut found: HashMap<order::Id, Self> = HashMap::new();
        if orders.is_empty() {
            return Ok(found);
        }
        let ids: Vec<Uuid> = orders.iter().map(|id| id.uuid()).collect();
        let these = |of: Expr| Condition::all().add(is_one_of(of, &ids, tx.backend()));
        let deliveries = tx.entailed::<delivery::Entity, Read>();
        let deliveries =
            deliveries.matching_even_deleted(these(Expr::col(delivery::Column::OrderId))).await?;
        let payments = tx.entailed::<payment::Entity, Read>();
        for row in
            payments.matching_even_deleted(these(Expr::col(payment::Column::OrderId))).await?
        {
            found.entry(row.order_id).or_default().payments.push(row);
        }
        let keys: Vec<Uuid> = deliveries.iter().map(|row| row.id.uuid()).collect();
        let mut lines = lines_of(tx, &keys).await?;
        for row in deliveries {
            let lines = lines.remove(&row.id).unwrap_or_default();
            found.entry(row.order_id).or_default().shipments.push(Shipment { row, lines });
        }
        Ok(found)
    }

    /// The same with a delivery as it is now; without it where there is none.
    pub fn with_shipment(mut self, id: delivery::Id, now: Option<Shipment>) -> Self {
        self.shipments.retain(|shipment| shipment.row.id != id);
        self.shipments.extend(now);
        self
    }

    /// The same with a payment as it is now; without it where there is none.
    pub fn with_payment(mut self, id: payment::Id, now: Option<payment::Model>) -> Self {
        self.payments.retain(|payment| payment.id != id);
        self.payments.extend(now);
        self
    }

    /// Where so many of a line are.
    pub fn of_line(&self, line: i32) -> OfLine {
        let mut of = OfLine::default();
        for Shipment { row, lines } in &self.shipments {
            let its = lines.iter().filter(|part| part.line == line);
            let many: i64 = its.map(|part| part.quantity.thousandths()).sum();
            let (all, arrived) = match row.kind {
                Way::Delivery => (&mut of.sent, &mut of.delivered),
                Way::Return => (&mut of.coming_back, &mut of.back),
            };
            if row.status != Stand::Cancelled {
                *all += many;
            }
            if row.status == Stand::Delivered {
                *arrived += many;
            }
        }
        of
    }

    /// Whether something is with the customer or on its way there.
    pub fn is_out(&self, lines: &[order_line::Model]) -> bool {
        let under_way = |shipment: &Shipment| {
            shipment.row.kind == Way::Delivery && shipment.row.status == Stand::Shipped
        };
        self.shipments.iter().any(under_way)
            || lines.iter().any(|line| self.of_line(line.position).held() > 0)
    }

    /// What was paid, less what was paid back, in minor units.
    pub fn paid(&self) -> i128 {
        self.settled(Kind::Payment) - self.settled(Kind::Refund)
    }

    /// What can be paid back, in minor units.
    pub fn refundable(&self) -> i128 {
        let open = |row: &&payment::Model| {
            row.kind == Kind::Refund && matches!(row.status, State::Pending | State::Settled)
        };
        let open: i128 =
            self.payments.iter().filter(open).map(|row| i128::from(row.amount_minor)).sum();
        self.settled(Kind::Payment) - open
    }

    fn settled(&self, kind: Kind) -> i128 {
        let its = |row: &&payment::Model| row.kind == kind && row.status == State::Settled;
        self.payments.iter().filter(its).map(|row| i128::from(row.amount_minor)).sum()
    }

    /// The order with what follows from its progress. One that is placed is completed once the customer has everything.
    pub fn mark(&self, order: order::Model, lines: &[order_line::Model]) -> order::Model {
        let delivery_status = self.delivery_status(lines);
        let is_new = order.delivery_status != delivery_status;
        let completes = delivery_status == DeliveryStatus::Delivered && is_new;
        order::Model {
            delivery_status,
            payment_status: self.payment_status(&order),
            // Both are bounded when they are written.
            paid_minor: self.paid().try_into().unwrap_or(i64::MAX),
            status: match order.status {
                Status::Placed if completes => Status::Completed,
                status => status,
            },
            ..order
        }
    }

    fn delivery_status(&self, lines: &[order_line::Model]) -> DeliveryStatus {
        let is_live = |shipment: &&Shipment| shipment.row.status != Stand::Cancelled;
        let live: Vec<&Shipment> = self.shipments.iter().filter(is_live).collect();
        let of: Vec<(OfLine, i64)> = lines
            .iter()
            .map(|line| (self.of_line(line.position), line.quantity.thousandths()))
            .collect();
        let is_shipped = |shipment: &&Shipment| shipment.row.status == Stand::Shipped;
        if live.is_empty() {
            DeliveryStatus::None
        } else if of.iter().all(|(of, _)| of.delivered == 0) {
            match live.iter().any(is_shipped) {
                true => DeliveryStatus::Shipped,
                false => DeliveryStatus::Planned,
            }
        } else if of.iter().all(|(of, _)| of.held() == 0) {
            DeliveryStatus::Returned
        } else if of.iter().all(|(of, ordered)| of.held() >= *ordered) {
            DeliveryStatus::Delivered
        } else {
            DeliveryStatus::Partial
        }
    }

    fn payment_status(&self, order: &order::Model) -> PaymentStatus {
        let paid = self.paid();
        let due = i128::from(order.total_minor) + i128::from(order.tax_minor);
        if self.settled(Kind::Payment) == 0 {
            let is_open =
                |row: &payment::Model| matches!(row.status, State::Pending | State::Failed);
            match self.payments.iter().any(is_open) {
                true => PaymentStatus::Pending,
                false => PaymentStatus::None,
            }
        } else if paid <= 0 {
            PaymentStatus::Refunded
        } else if paid >= due {
            PaymentStatus::Paid
        } else {
            PaymentStatus::Partial
        }
    }
}

async fn lines_of(
    tx: &Tx<'_>,
    deliveries: &[Uuid],
) -> Result<HashMap<delivery::Id, Vec<delivery_line::Model>>> {
    if deliveries.is_empty() {
        return Ok(HashMap::new());
    }
    let id = Expr::col(delivery_line::Column::DeliveryId);
    let theirs = delivery_line::Entity::find().filter(is_one_of(id, deliveries, tx.backend()));
    let lines = tx.rows::<delivery_line::Entity>().all(theirs).await?;
    Ok(grouped(lines, |line| line.delivery_id))
}
