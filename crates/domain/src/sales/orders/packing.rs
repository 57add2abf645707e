use rapport_entity::{
    Quantity,
    sales::{
        delivery::{self, Kind},
        delivery_line, order_line,
    },
    values,
};

use super::{deliveries::NewDeliveryLine, lines::MAX_LINES, progress::Progress};
use crate::kernel::{Faults, Tx};

/// What a delivery or return can be of.
pub(super) struct Load<'a> {
    pub id: delivery::Id,
    pub kind: Kind,
    /// The lines of the order.
    pub ordered: &'a [order_line::Model],
    /// What has become of the order but for this delivery.
    pub others: &'a Progress,
}

impl Load<'_> {
    /// How many of a line it can be of, in thousandths.
    fn left(&self, line: &order_line::Model) -> i64 {
        let of = self.others.of_line(line.position);
        let left = match self.kind {
            Kind::Delivery => of.deliverable(line.quantity.thousandths()),
            Kind::Return => of.returnable(),
        };
        left.max(0)
    }

    fn part(&self, tx: &Tx<'_>, line: i32, quantity: Quantity) -> delivery_line::Model {
        let workspace_id = tx.actor().workspace;
        delivery_line::Model { workspace_id, delivery_id: self.id, line, quantity }
    }

    /// What is left, in words.
    fn what(&self) -> &'static str {
        match self.kind {
            Kind::Delivery => "left to be delivered",
            Kind::Return => "left with the customer",
        }
    }
}

/// The lines as they will be stored, where there is as much left of each: everything that is left, where none are named.
pub(super) fn packed(
    tx: &Tx<'_>,
    load: Load<'_>,
    asked: Option<&[NewDeliveryLine]>,
    faults: &mut Faults,
) -> Vec<delivery_line::Model> {
    let Some(asked) = asked else { return everything(tx, &load, faults) };
    if asked.is_empty() || asked.len() > MAX_LINES {
        faults.invalid("/lines", format!("must have 1 to {MAX_LINES} lines"));
        return Vec::new();
    }
    let mut lines: Vec<delivery_line::Model> = Vec::with_capacity(asked.len());
    for (n, one) in asked.iter().enumerate() {
        if asked.iter().take(n).any(|before| before.line == one.line) {
            faults.invalid(format!("/lines/{n}/line"), "is named twice");
            continue;
        }
        let quantity = quantity(&load, n, one, faults);
        lines.extend(quantity.map(|quantity| load.part(tx, one.line, quantity)));
    }
    lines.sort_by_key(|line| line.line);
    lines
}

fn everything(tx: &Tx<'_>, load: &Load<'_>, faults: &mut Faults) -> Vec<delivery_line::Model> {
    let left = |line: &order_line::Model| {
        let left = Quantity::from_thousandths(load.left(line)).filter(|left| left.is_some())?;
        Some(load.part(tx, line.position, left))
    };
    let lines: Vec<delivery_line::Model> = load.ordered.iter().filter_map(left).collect();
    if lines.is_empty() {
        faults.conflict("/lines", format!("nothing is {}", load.what()));
    }
    lines
}

/// How many of a line are asked for, where so many are left.
fn quantity(
    load: &Load<'_>,
    n: usize,
    one: &NewDeliveryLine,
    faults: &mut Faults,
) -> Option<Quantity> {
    let at = |member: &str| format!("/lines/{n}/{member}");
    let Some(line) = load.ordered.iter().find(|line| line.position == one.line) else {
        faults.conflict(at("line"), "is no line of the order");
        return None;
    };
    let left = load.left(line);
    if left == 0 {
        faults.conflict(at("line"), format!("nothing of it is {}", load.what()));
        return None;
    }
    let quantity = one.quantity.or_else(|| Quantity::from_thousandths(left))?;
    if !quantity.is_some() {
        faults.invalid(at("quantity"), "must be more than none");
    } else if quantity.thousandths() > left {
        let left = values::of_thousandths(left);
        faults.conflict(at("quantity"), format!("is more than the {left} {}", load.what()));
    }
    Some(quantity)
}
