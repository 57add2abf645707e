use async_graphql::InputObject;
use rapport_entity::{
    Date, Money, Resource, Text,
    identity::{role::Scope, role::Verb, team, user},
    sales::{
        analysis::FiscalPeriod,
        forecast_adjustment::{self, ActiveModel, Category, Column, Entity, MadeAs, Model},
    },
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition};
use serde::Deserialize;
use utoipa::ToSchema;

use super::calendar::check_start;
use crate::{
    insight::targets::Subject,
    kernel::{Create, Ctx, Delete, Error, Expected, Faults, Read, Result, Tx, Update},
    records,
};

/// An adjustment of a forecast to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewForecastAdjustment {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<forecast_adjustment::Id>,
    /// The user whose figure it is. Either a user or a team is named.
    pub user_id: Option<user::Id>,
    /// The team whose figure it is, with all below it.
    pub team_id: Option<team::Id>,
    /// Which figure it is.
    pub category: Category,
    /// How long the period of the forecast is.
    pub period: FiscalPeriod,
    /// The first day of a period of the workspace's fiscal calendar.
    pub starts_on: Date,
    /// What the figure is held to be.
    pub amount: Money,
    /// Why.
    pub note: Option<Text>,
}

/// Makes an adjustment of a forecast. The one before, of the same figure and made as the same, stays readable: what a forecast
/// was held to be at a past moment can always be told.
///
/// # Errors
/// [`Error::Invalid`]; [`Error::Conflict`]; [`Error::Forbidden`] where the figure is somebody's whom the actor does not look
/// after; [`Error::Duplicate`] where another one is being made.
pub async fn create(ctx: &Ctx, new: NewForecastAdjustment) -> Result<Model> {
    let amount_minor = new.amount.minor().map_err(Error::at("/amount/amount"))?;
    ctx.tx(async |tx| {
        let adjustments = tx.can::<Entity, Create>()?;
        check(tx, &new, amount_minor).await?;
        if records::made_before::<Entity>(tx, new.id).await?.is_none() {
            supersede(tx, &new).await?;
        }
        adjustments.insert(new.id, row(tx, &new, amount_minor)).await
    })
    .await
}

async fn check(tx: &Tx<'_>, new: &NewForecastAdjustment, amount_minor: i64) -> Result<()> {
    let mut faults = Faults::default();
    let subject = Subject { user: new.user_id, team: new.team_id, product: None };
    subject.check(tx, &mut faults).await?;
    if new.user_id.is_none() && new.team_id.is_none() {
        faults.invalid("/userId", "is missing: a user or a team must be named");
    }
    if amount_minor < 0 {
        faults.invalid("/amount/amount", "must not be below zero");
    }
    check_start(tx.actor(), new.period, new.starts_on, &mut faults);
    faults.check()
}

fn made_as(tx: &Tx<'_>, new: &NewForecastAdjustment) -> MadeAs {
    match new.user_id {
        Some(user) if tx.actor().user == Some(user) => MadeAs::Owner,
        _ => MadeAs::Manager,
    }
}

/// Ends the one whose place a new one takes.
async fn supersede(tx: &Tx<'_>, new: &NewForecastAdjustment) -> Result<()> {
    let same = |column: Column, id: Option<uuid::Uuid>| match id {
        Some(id) => column.eq(id),
        None => column.is_null(),
    };
    let former = Condition::all()
        .add(Column::StartsOn.eq(new.starts_on))
        .add(Column::Period.eq(new.period))
        .add(Column::Category.eq(new.category))
        .add(Column::MadeAs.eq(made_as(tx, new)))
        .add(same(Column::UserId, new.user_id.map(|id| id.uuid())))
        .add(same(Column::TeamId, new.team_id.map(|id| id.uuid())))
        .add(Column::SupersededAt.is_null());
    let adjustments = tx.entailed::<Entity, Update>();
    for row in tx.entailed::<Entity, Read>().filtered(former, 1).await? {
        let ended = ActiveModel { superseded_at: Set(Some(tx.now())), ..Default::default() };
        adjustments.update(row.id, Expected::Any, ended).await?;
    }
    Ok(())
}

fn row(tx: &Tx<'_>, new: &NewForecastAdjustment, amount_minor: i64) -> ActiveModel {
    ActiveModel {
        user_id: Set(new.user_id),
        team_id: Set(new.team_id),
        category: Set(new.category),
        period: Set(new.period),
        starts_on: Set(new.starts_on),
        amount_minor: Set(amount_minor),
        currency: Set(new.amount.currency.clone()),
        note: Set(new.note.clone()),
        made_as: Set(made_as(tx, new)),
        made_by: Set(tx.actor().user),
        ..Default::default()
    }
}

/// Withdraws an adjustment. That it held until now stays readable, so that it cannot be brought back.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Forbidden`] where it is what an owner, or whoever looks after them, holds,
/// and the actor is not that one;
/// [`Error::Refused`] where another one has taken its place.
pub async fn delete(ctx: &Ctx, id: forecast_adjustment::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let adjustments = tx.can::<Entity, Delete>()?;
        let row = tx.can::<Entity, Read>()?.one(id).await?;
        if !may_withdraw(tx, &row) {
            return Err(Error::Forbidden {
                verb: "withdraw somebody else's",
                resource: Entity::NAME,
            });
        }
        if row.superseded_at.is_some() {
            let why = "another adjustment has taken its place: it is history";
            return Err(Error::Refused(why.to_owned()));
        }
        let same = Expected::Version(row.version);
        adjustments.delete(id, if expected == Expected::Any { same } else { expected }).await
    })
    .await
}

/// What an owner holds is withdrawn by them, what somebody who looks after them holds by such a one; all by who may do all.
fn may_withdraw(tx: &Tx<'_>, row: &Model) -> bool {
    let scope = tx.actor().permissions.scope(Entity::NAME, Verb::Delete);
    let is_mine = row.user_id.is_some() && row.user_id == tx.actor().user;
    match row.made_as {
        MadeAs::Owner => is_mine || scope == Scope::All,
        MadeAs::Manager => scope > Scope::Own,
    }
}
