use async_graphql::InputObject;
use rapport_entity::{
    Count, Date, Money,
    identity::{team, user},
    sales::{
        analysis::FiscalPeriod,
        product,
        target::{self, ActiveModel, Entity, Measure, Model},
    },
};
use sea_orm::ActiveValue::{NotSet, Set};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Subject;
use crate::{
    insight::forecast::check_start,
    kernel::{Create, Ctx, Expected, Faults, Result, Tx, Update},
};

/// A target to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewTarget {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<target::Id>,
    /// The user whose target it is. Where neither a user nor a team is named, it is the workspace's.
    pub user_id: Option<user::Id>,
    /// The team whose target it is, with all below it.
    pub team_id: Option<team::Id>,
    /// The product that alone counts, where what is won is measured; all where left out.
    pub product_id: Option<product::Id>,
    /// What it is of.
    pub measure: Measure,
    /// How long its period is.
    pub period: FiscalPeriod,
    /// The first day of a period of the workspace's fiscal calendar.
    pub starts_on: Date,
    /// What is to be won, where that is measured.
    pub amount: Option<Money>,
    /// How many there are to be, where anything else is measured.
    pub count: Option<Count>,
}

/// What to change of a target: what is left out stays. Whose it is, of what and of which period stays what it is.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TargetPatch {
    /// What is to be won, where that is measured.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Money)]
    pub amount: Option<Money>,
    /// How many there are to be, where anything else is measured.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Count)]
    pub count: Option<Count>,
}

/// What a target comes to: minor units, or a number.
struct Value {
    minor: Option<i64>,
    given: bool,
}

impl Value {
    /// Reads what is given for a measure, and says what does not fit.
    fn read(
        measure: Measure,
        amount: Option<&Money>,
        count: Option<Count>,
        faults: &mut Faults,
    ) -> Self {
        let is_money = measure == Measure::WonAmount;
        if is_money && count.is_some() {
            faults.invalid("/count", "must be left out: this measure is an amount");
        }
        if !is_money && amount.is_some() {
            faults.invalid("/amount", "must be left out: this measure is counted");
        }
        let minor = match amount.map(Money::minor) {
            Some(Ok(minor)) if minor > 0 => Some(minor),
            Some(Ok(_)) => {
                faults.invalid("/amount/amount", "must be more than zero");
                None
            }
            Some(Err(why)) => {
                faults.invalid("/amount/amount", why);
                None
            }
            None => None,
        };
        if count.is_some_and(|count| i64::from(count) == 0) {
            faults.invalid("/count", "must be more than zero");
        }
        Self { minor, given: if is_money { amount.is_some() } else { count.is_some() } }
    }
}

/// Makes a target.
///
/// # Errors
/// [`Error::Invalid`](crate::Error::Invalid); [`Error::Conflict`](crate::Error::Conflict);
/// [`Error::Duplicate`](crate::Error::Duplicate) where there is one of the same measure, subject and period;
/// [`Error::Forbidden`](crate::Error::Forbidden) where it is for somebody whom the actor does not look after.
pub async fn create(ctx: &Ctx, new: NewTarget) -> Result<Model> {
    ctx.tx(async |tx| {
        let targets = tx.can::<Entity, Create>()?;
        let row = check(tx, &new).await?;
        targets.insert(new.id, row).await
    })
    .await
}

async fn check(tx: &Tx<'_>, new: &NewTarget) -> Result<ActiveModel> {
    let mut faults = Faults::default();
    let subject = Subject { user: new.user_id, team: new.team_id, product: new.product_id };
    subject.check(tx, &mut faults).await?;
    if new.product_id.is_some() && !new.measure.is_of_sales() {
        faults.invalid("/productId", "must be left out: this measure is of no product");
    }
    check_start(tx.actor(), new.period, new.starts_on, &mut faults);
    let value = Value::read(new.measure, new.amount.as_ref(), new.count, &mut faults);
    if !value.given {
        let place = if new.measure == Measure::WonAmount { "/amount" } else { "/count" };
        faults.invalid(place, "is missing");
    }
    faults.check()?;
    let own = || tx.actor().currency.clone();
    Ok(ActiveModel {
        user_id: Set(new.user_id),
        team_id: Set(new.team_id),
        product_id: Set(new.product_id),
        measure: Set(new.measure),
        period: Set(new.period),
        starts_on: Set(new.starts_on),
        amount_minor: Set(value.minor),
        currency: Set(new.amount.as_ref().map_or_else(own, |amount| amount.currency.clone())),
        count: Set(new.count),
        ..Default::default()
    })
}

/// Changes what a target comes to.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound), [`Error::Stale`](crate::Error::Stale),
/// [`Error::Invalid`](crate::Error::Invalid).
pub async fn update(
    ctx: &Ctx,
    id: target::Id,
    expected: Expected,
    patch: TargetPatch,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let targets = tx.can::<Entity, Update>()?;
        let measure = targets.lock(id, expected).await?.measure;
        let mut faults = Faults::default();
        let value = Value::read(measure, patch.amount.as_ref(), patch.count, &mut faults);
        faults.check()?;
        let row = ActiveModel {
            amount_minor: value.minor.map_or(NotSet, |minor| Set(Some(minor))),
            currency: patch.amount.map_or(NotSet, |amount| Set(amount.currency)),
            count: patch.count.map_or(NotSet, |count| Set(Some(count))),
            ..Default::default()
        };
        targets.update(id, Expected::Any, row).await
    })
    .await
}
