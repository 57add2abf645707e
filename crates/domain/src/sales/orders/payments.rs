use std::collections::HashMap;

use async_graphql::InputObject;
use rapport_entity::{
    Currency, ExternalId, Moment, Money, Name, Source, Text,
    sales::{
        order,
        payment::{self, ActiveModel, Column, Entity, Kind, Method, Model, Status},
    },
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, IntoActiveValue,
    sea_query::Expr,
};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    progress::Progress,
    states::check_becomes,
    whole::{Whole, check_order, check_room},
};
use crate::{
    kernel::{
        Create, Ctx, Expected, Faults, Patch, Read, Result, Tx, Update, database::is_one_of,
        patched,
    },
    records::{self, Known, grouped},
};

/// A payment or a refund to be written down.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPayment {
    /// The id the client has given it (offline work); made here where left out. The create can then be repeated.
    pub id: Option<payment::Id>,
    /// The order it is for: it must be placed or completed.
    pub order_id: order::Id,
    /// Which way the money goes; from the customer where left out.
    pub kind: Option<Kind>,
    /// Where it stands; pending where left out.
    pub status: Option<Status>,
    /// How much, in the order's currency: more than nothing, also of a refund.
    pub amount: Money,
    /// How it is paid; by bank transfer where left out.
    pub method: Option<Method>,
    /// What it is known by at the bank.
    pub reference: Option<Name>,
    /// Anything worth knowing, such as why it failed.
    pub note: Option<Text>,
    /// When the money arrived; now where left out and it has.
    pub settled_at: Option<Moment>,
}

/// What to change of a payment: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PaymentPatch {
    /// Where it stands: one of its `next`.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Status)]
    pub status: Option<Status>,
    /// How much. Only until it is settled or cancelled.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Money)]
    pub amount: Option<Money>,
    /// How it is paid.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Method)]
    pub method: Option<Method>,
    /// What it is known by at the bank.
    #[serde(default)]
    #[schema(value_type = Option<Name>)]
    pub reference: Patch<Name>,
    /// Anything worth knowing, such as why it failed.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub note: Patch<Text>,
    /// When the money arrived.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Moment)]
    pub settled_at: Option<Moment>,
}

impl From<NewPayment> for PaymentPatch {
    fn from(new: NewPayment) -> Self {
        Self {
            status: new.status,
            amount: Some(new.amount),
            method: new.method,
            reference: new.reference.into(),
            note: new.note.into(),
            settled_at: new.settled_at,
        }
    }
}

/// The payments and refunds of some orders that the caller may read, the oldest first.
///
/// # Errors
/// [`Error::Forbidden`](crate::Error::Forbidden).
pub async fn of_orders(ctx: &Ctx, orders: &[order::Id]) -> Result<HashMap<order::Id, Vec<Model>>> {
    let ids: Vec<Uuid> = orders.iter().map(|id| id.uuid()).collect();
    let theirs = is_one_of(Expr::col(Column::OrderId), &ids, ctx.database().backend());
    let theirs = Condition::all().add(theirs);
    let mut rows = ctx.can::<Entity, Read>()?.matching_even_deleted(theirs).await?;
    rows.sort_by_key(|row| (row.created_at, row.id));
    Ok(grouped(rows, |row| row.order_id))
}

/// Writes a payment or a refund down. The order's `paymentStatus` and `paid` follow.
///
/// # Errors
/// [`Error::Invalid`](crate::Error::Invalid), [`Error::Conflict`](crate::Error::Conflict) name every member that is wrong;
/// [`Error::Duplicate`](crate::Error::Duplicate).
pub async fn create(ctx: &Ctx, new: NewPayment) -> Result<Model> {
    ctx.tx(async |tx| {
        let whole = Whole::lock(tx, new.order_id).await?;
        create_in(tx, whole, new, None).await
    })
    .await
}

async fn create_in(
    tx: &Tx<'_>,
    whole: Whole,
    new: NewPayment,
    known: Option<Known>,
) -> Result<Model> {
    let payments = tx.can::<Entity, Create>()?;
    let id = new.id.unwrap_or_default();
    let there = records::made_before(tx, new.id).await?;
    let mut faults = Faults::default();
    if there.is_none() {
        check_order(&whole.order, &mut faults);
        check_room("payments and refunds", whole.progress.payments.len(), &mut faults);
    }
    let (source, external_id) = known.unzip();
    let row = ActiveModel {
        order_id: Set(new.order_id),
        customer_id: Set(whole.order.customer_id),
        kind: Set(new.kind.unwrap_or_default()),
        status: Set(new.status.unwrap_or_default()),
        currency: Set(whole.order.currency.clone()),
        amount_minor: Set(amount(&new.amount, &whole.order.currency, &mut faults)),
        method: Set(new.method.unwrap_or_default()),
        reference: Set(new.reference),
        note: Set(new.note),
        settled_at: Set(new.settled_at),
        source: Set(source),
        external_id: Set(external_id),
        ..Default::default()
    };
    let row = dated(tx, payments.complete(Some(id), row)?, there.as_ref(), &mut faults);
    let now = whole.progress.clone().with_payment(id, Some(row.clone()));
    judge(&now, &row, &mut faults);
    faults.check()?;
    let made = payments.insert(Some(id), row).await?;
    if there.is_none() {
        whole.follow(tx, |_| now).await?;
    }
    Ok(made)
}

/// Changes a payment.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound), [`Error::Stale`](crate::Error::Stale);
/// [`Error::Conflict`](crate::Error::Conflict) says what it may become.
pub async fn update(
    ctx: &Ctx,
    id: payment::Id,
    expected: Expected,
    patch: PaymentPatch,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let found = tx.can::<Entity, Read>()?.one(id).await?;
        let whole = Whole::lock(tx, found.order_id).await?;
        change(tx, whole, found, expected, patch).await
    })
    .await
}

/// The order is locked first, as by everybody who changes what becomes of it.
async fn change(
    tx: &Tx<'_>,
    whole: Whole,
    found: Model,
    expected: Expected,
    patch: PaymentPatch,
) -> Result<Model> {
    let payments = tx.can::<Entity, Update>()?;
    let before = payments.lock(found.id, expected).await?;
    let mut faults = Faults::default();
    if let Some(that) = patch.status {
        let is = before.status;
        check_becomes(before.kind.called(), (is, that), is.next(), &mut faults);
    }
    let amount = patch.amount.as_ref().map(|money| amount(money, &before.currency, &mut faults));
    if amount.is_some_and(|amount| amount != before.amount_minor) && before.status.is_over() {
        faults.conflict("/amount", "stays as it is: the payment is over");
    }
    let after = patched::<Entity>(&before, changes(patch, amount))?;
    let after = dated(tx, after, Some(&before), &mut faults);
    let now = whole.progress.clone().with_payment(before.id, Some(after.clone()));
    judge(&now, &after, &mut faults);
    faults.check()?;
    let what = match after.status == before.status {
        true => "updated",
        false => after.status.happened(),
    };
    let after = payments.save(&before, after, what, &[]).await?;
    whole.follow(tx, |_| now).await?;
    Ok(after)
}

fn changes(patch: PaymentPatch, amount: Option<i64>) -> ActiveModel {
    ActiveModel {
        status: patch.status.map_or(NotSet, Set),
        amount_minor: amount.map_or(NotSet, Set),
        method: patch.method.map_or(NotSet, Set),
        reference: patch.reference.into_active_value(),
        note: patch.note.into_active_value(),
        settled_at: patch.settled_at.map_or(NotSet, |at| Set(Some(at))),
        ..Default::default()
    }
}

/// Makes the payment that another system knows by this id, or changes it: what is left out, or null, stays as it is. The flag
/// says whether it was made.
///
/// # Errors
/// As [`create`] and [`update`]; [`Error::Conflict`](crate::Error::Conflict) where it is for another order or goes the other
/// way.
pub async fn upsert(
    ctx: &Ctx,
    source: Source,
    external_id: ExternalId,
    expected: Expected,
    new: NewPayment,
) -> Result<(Model, bool)> {
    let known = (source, external_id);
    let once = || upsert_once(ctx, known.clone(), expected.clone(), new.clone());
    records::made_or_changed(once).await
}

async fn upsert_once(
    ctx: &Ctx,
    known: Known,
    expected: Expected,
    new: NewPayment,
) -> Result<(Model, bool)> {
    ctx.tx(async |tx| {
        // Whoever made it meanwhile has let the order go, so that it is seen.
        let whole = Whole::lock(tx, new.order_id).await?;
        let by = Condition::all()
            .add(Column::Source.eq(known.0.clone()))
            .add(Column::ExternalId.eq(known.1.clone()));
        let Some(found) = records::known_by::<Entity>(tx, by).await? else {
            return Ok((create_in(tx, whole, new, Some(known)).await?, true));
        };
        let mut faults = Faults::default();
        if new.order_id != found.order_id {
            faults.conflict("/orderId", "is not the order that the payment is for");
        }
        if new.kind.is_some_and(|kind| kind != found.kind) {
            faults.conflict("/kind", "stays as it is");
        }
        faults.check()?;
        Ok((change(tx, whole, found, expected, new.into()).await?, false))
    })
    .await
}

/// An amount in minor units of the order's currency.
fn amount(money: &Money, currency: &Currency, faults: &mut Faults) -> i64 {
    if money.currency != *currency {
        let why = format!("must be in the order's currency, {currency}");
        faults.conflict("/amount/currency", why);
    }
    match money.minor() {
        Ok(minor) if minor > 0 => minor,
        Ok(_) => {
            faults.invalid("/amount/amount", "must be more than nothing");
            0
        }
        Err(why) => {
            faults.invalid("/amount/amount", why);
            0
        }
    }
}

/// Not more is paid back than was paid, and what is paid has at most ten whole digits, as every amount of money.
fn judge(now: &Progress, row: &Model, faults: &mut Faults) {
    if row.kind == Kind::Refund && now.refundable() < 0 {
        let without = now.clone().with_payment(row.id, None).refundable().max(0);
        let left = i64::try_from(without).unwrap_or(i64::MAX);
        let left = Money::from_minor(left, row.currency.clone());
        let why =
            format!("is more than the {} {} that can be paid back", left.amount, left.currency);
        faults.conflict("/amount", why);
    }
    if Money::in_bounds(now.paid(), &row.currency).is_none() {
        faults.conflict("/amount", "makes what is paid more than ten whole digits");
    }
}

/// When the money arrived: now, where it is not said.
fn dated(tx: &Tx<'_>, mut row: Model, before: Option<&Model>, faults: &mut Faults) -> Model {
    let now = Some(Moment::from(tx.now()));
    // A repeated create finds the moment of the first one.
    row.settled_at = row.settled_at.or(before.and_then(|before| before.settled_at));
    if row.status == Status::Settled {
        row.settled_at = row.settled_at.or(now);
    } else if row.settled_at != before.and_then(|before| before.settled_at) {
        faults.conflict("/settledAt", "it is not settled");
    }
    if row.settled_at > now {
        faults.conflict("/settledAt", "is in the future");
    }
    row
}
