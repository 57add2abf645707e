//! What every change of a quote brings with it: its figures, what is left of it, when it runs out, and that approvals of
//! what it was hold no more.

use chrono::{DateTime, Utc};
use rapport_entity::{
    Money, Percentage,
    sales::{
        quote::{self, Entity, Model, Status},
        quote_line::{self, QuoteLine},
    },
};
use sea_orm::{ColumnTrait, Condition};
use serde_json::{Value as Json, json};

use super::{expiry::TIMER, margins};
use crate::{
    approvals,
    kernel::{Faults, Result, Tx, Update, start_of},
};

/// A quote with what follows from its lines.
pub fn reckoned(mut row: Model, lines: &[quote_line::Model], faults: &mut Faults) -> Model {
    let sum = |of: fn(&quote_line::Model) -> i64| -> i128 {
        lines.iter().map(|line| i128::from(of(line))).sum()
    };
    let (net, tax) = (sum(|line| line.net_minor), sum(|line| line.tax_minor));
    let bounded = |minor| Money::in_bounds(minor, &row.currency);
    match (bounded(net), bounded(tax), bounded(net + tax)) {
        (Some(net), Some(tax), Some(_)) => (row.amount_minor, row.tax_minor) = (net, tax),
        _ => faults.conflict("/lines", "add up to more than ten whole digits"),
    }
    let discounts = lines.iter().map(|line| line.discount);
    row.largest_discount = discounts.max().unwrap_or(Percentage::ZERO);
    row.over_limit =
        lines.iter().any(|line| line.discount_limit.is_some_and(|limit| line.discount > limit));
    row
}

/// Writes the lines of a quote that is new, and what follows from them.
pub async fn begin(tx: &Tx<'_>, row: &Model, lines: &[quote_line::Model]) -> Result<()> {
    tx.rows::<quote_line::Entity>().insert(lines).await?;
    margins::save(tx, row, lines).await
}

/// Saves a quote that was locked, with its lines: they are replaced where they differ.
pub async fn save_with_lines(
    tx: &Tx<'_>,
    (before, old): (&Model, &[quote_line::Model]),
    (after, lines): (Model, &[quote_line::Model]),
) -> Result<Model> {
    let also = [("lines", told(before, old), told(&after, lines))];
    let after = tx.can::<Entity, Update>()?.save(before, after, "updated", &also).await?;
    if lines != old {
        let rows = tx.rows::<quote_line::Entity>();
        rows.delete(Condition::all().add(quote_line::Column::QuoteId.eq(before.id))).await?;
        begin(tx, &after, lines).await?;
        approvals::lapse(tx, approvals::Of::Quote(after.id)).await?;
    }
    Ok(after)
}

/// Saves a quote that was locked and has come into another status.
pub async fn turn(tx: &Tx<'_>, before: &Model, after: Model, what: &str) -> Result<Model> {
    let after = tx.entailed::<Entity, Update>().save(before, after, what, &[]).await?;
    let runs_out = |row: &Model| (row.status == Status::Sent).then(|| ends(tx, row)).flatten();
    if runs_out(before) != runs_out(&after) {
        tx.set_timer(TIMER, after.id.uuid(), runs_out(&after)).await?;
    }
    Ok(after)
}

/// When the last day has passed on which a quote can be accepted.
pub fn ends(tx: &Tx<'_>, row: &Model) -> Option<DateTime<Utc>> {
    let next = row.valid_until.day().succ_opt()?;
    Some(start_of(next, tx.actor()))
}

/// Lines, as events tell of them.
pub fn told(of: &Model, lines: &[quote_line::Model]) -> Json {
    json!(shown(lines, of))
}

/// Lines, as clients see them.
pub fn shown(lines: &[quote_line::Model], of: &quote::Model) -> Vec<QuoteLine> {
    lines.iter().map(|line| QuoteLine::new(line.clone(), &of.currency)).collect()
}
