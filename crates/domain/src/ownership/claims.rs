use std::collections::BTreeMap;

use async_graphql::InputObject;
use chrono::{DateTime, TimeDelta, Utc};
use rapport_entity::{
    Id, Text,
    customers::customer,
    identity::{
        role::{Scope, Verb},
        user,
    },
    ownership::{
        ownership_change::{self, Column},
        pool::{self, Kind},
    },
    sales::lead::{self, Status},
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::pools;
use crate::{
    identity::teams,
    kernel::{Ctx, Described, Error, Expected, Read, Result, Tx, Update, day_of, start_of},
    sales::leads,
};

/// Why something is given back.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReleaseToPool {
    /// Why.
    pub reason: Text,
}

/// Claims a customer that nobody has, for whoever asks. One that they have stays theirs.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] says everything that is in the way:
/// somebody else has it, it is in no pool that they may claim from, they have or have claimed as many as the pool allows, or
/// they had it too short a time ago.
pub async fn claim_customer(
    ctx: &Ctx,
    id: customer::Id,
    expected: Expected,
) -> Result<customer::Model> {
    ctx.tx(async |tx| {
        let me = claimant::<customer::Entity>(tx)?;
        tx.can::<customer::Entity, Read>()?.one(id).await?;
        one_claim_at_a_time(tx, me).await?;
        let customers = tx.entailed::<customer::Entity, Update>();
        let before = customers.lock(id, expected).await?;
        if before.owner_id == Some(me) {
            return Ok(before);
        }
        check_nobodys("customer", before.owner_id)?;
        let held = Condition::all().add(customer::Column::OwnerId.eq(me));
        let held = async || held_by::<customer::Entity>(tx, customer::Column::OwnerId, held).await;
        let pool = Claim { tx, me, kind: Kind::Customers }.check(id, held).await?;
        let after = customer::Model { owner_id: Some(me), ..before.clone() };
        customers.save(&before, after, CLAIMED, &[from(&pool)]).await
    })
    .await
}

/// Claims an open lead that nobody has, for whoever asks. One that they have stays theirs.
///
/// # Errors
/// As [`claim_customer`].
pub async fn claim_lead(ctx: &Ctx, id: lead::Id, expected: Expected) -> Result<lead::Model> {
    ctx.tx(async |tx| {
        let me = claimant::<lead::Entity>(tx)?;
        tx.can::<lead::Entity, Read>()?.one(id).await?;
        one_claim_at_a_time(tx, me).await?;
        let before = tx.entailed::<lead::Entity, Update>().lock(id, expected).await?;
        if before.owner_id == Some(me) {
            return Ok(before);
        }
        check_nobodys("lead", before.owner_id)?;
        if !before.status.is_open() {
            return Err(Error::Refused("the lead is not open".to_owned()));
        }
        let held = Condition::all()
            .add(lead::Column::OwnerId.eq(me))
            .add(lead::Column::Status.is_in([Status::New, Status::Working, Status::Qualified]));
        let held = async || held_by::<lead::Entity>(tx, lead::Column::OwnerId, held).await;
        let pool = Claim { tx, me, kind: Kind::Leads }.check(id, held).await?;
        leads::give(tx, &before, Some(me), CLAIMED, &[from(&pool)]).await
    })
    .await
}

/// What a claim is called among the events, and in the history.
const CLAIMED: &str = "claimed";

/// Whoever claims, claims for themselves.
fn claimant<E: Described>(tx: &Tx<'_>) -> Result<user::Id> {
    let forbidden = Error::Forbidden { verb: "claim", resource: E::NAME };
    let scope = tx.actor().permissions.scope("claim", Verb::Create);
    match tx.actor().user {
        Some(me) if scope != Scope::None => Ok(me),
        _ => Err(forbidden),
    }
}

/// Somebody's claims wait for each other, so that limits are kept, wherever they come in.
async fn one_claim_at_a_time(tx: &Tx<'_>, me: user::Id) -> Result<()> {
    tx.one_at_a_time(&format!("claims of {me}")).await
}

fn check_nobodys(what: &str, owner: Option<user::Id>) -> Result<()> {
    match owner {
        None => Ok(()),
        Some(_) => Err(Error::Refused(format!("the {what} is taken: somebody else has it"))),
    }
}

/// The pool that something was claimed from, as its event tells it.
fn from(pool: &pool::Model) -> (&'static str, Json, Json) {
    ("poolId", Json::Null, json!(pool.id))
}

async fn held_by<E: Described>(tx: &Tx<'_>, owner: E::Column, held: Condition) -> Result<i64> {
    let records = tx.entailed::<E, Read>();
    let counts = records.tally::<(Uuid, i64)>(&[owner], held).await?;
    Ok(counts.into_iter().collect::<BTreeMap<_, _>>().into_values().sum())
}

/// A claim of something that is locked, and nobody's.
struct Claim<'t> {
    tx: &'t Tx<'t>,
    me: user::Id,
    kind: Kind,
}

impl Claim<'_> {
    /// The pool that it is claimed from, if nothing is in the way.
    async fn check<E: Described>(
        &self,
        id: Id<E>,
        held: impl AsyncFnOnce() -> Result<i64>,
    ) -> Result<pool::Model> {
        let pool = pools::of_record(self.tx, self.kind, id).await?;
        let pool = pool.ok_or_else(|| Error::Refused(format!("the {} is in no pool", E::NAME)))?;
        let mut why = Vec::new();
        if !self.is_of_a_team(&pool).await? {
            why.push(format!("your team may not claim from the pool {:?}", pool.name.as_str()));
        }
        if let Some(most) = pool.hold_limit.map(i64::from)
            && held().await? >= most
        {
            why.push(format!("you have as many as the pool allows, {most}"));
        }
        if let Some(most) = pool.daily_limit.map(i64::from)
            && self.claimed_today(E::NAME, most).await? >= most
        {
            why.push(format!("you have claimed as many today as the pool allows, {most}"));
        }
        if let Some(from) = self.cool_at(id.uuid(), &pool).await? {
            let from = from.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
            why.push(format!("you had it before, and may claim it again from {from}"));
        }
        if why.is_empty() { Ok(pool) } else { Err(Error::Refused(why.join("; "))) }
    }

    /// Whether they are in one of the pool's teams, or in one below.
    async fn is_of_a_team(&self, pool: &pool::Model) -> Result<bool> {
        let Some(of) = &pool.team_ids else { return Ok(true) };
        let me = self.tx.entailed::<user::Entity, Read>().one(self.me).await?;
        let Some(team) = me.team_id else { return Ok(false) };
        Ok(teams::line(self.tx, team).await?.iter().any(|team| of.0.contains(&team.id)))
    }

    /// How many they have claimed since the day began, counted up to `most`.
    async fn claimed_today(&self, resource: &str, most: i64) -> Result<i64> {
        let today = start_of(day_of(self.tx.now(), self.tx.actor()), self.tx.actor());
        let claims = ownership_change::Entity::find()
            .filter(Column::OwnerId.eq(self.me))
            .filter(Column::Resource.eq(resource))
            .filter(Column::Way.eq(CLAIMED))
            .filter(Column::At.gte(today))
            .limit(most as u64);
        let saved = self.tx.rows::<ownership_change::Entity>().all(claims).await?.len();
        Ok((saved + self.tx.told_of(&format!("{resource}.{CLAIMED}"))) as i64)
    }

    /// From when on they may claim what they had before, where that is to come.
    async fn cool_at(&self, id: Uuid, pool: &pool::Model) -> Result<Option<DateTime<Utc>>> {
        let Some(days) = pool.cooldown_days.map(i64::from) else { return Ok(None) };
        let lost = ownership_change::Entity::find()
            .filter(Column::SubjectId.eq(id))
            .filter(Column::OwnerBefore.eq(self.me))
            .order_by_desc(Column::SubjectVersion)
            .limit(1);
        let lost = self.tx.rows::<ownership_change::Entity>().all(lost).await?.pop();
        let from = lost.and_then(|lost| lost.at.checked_add_signed(TimeDelta::days(days)));
        Ok(from.filter(|from| *from > self.tx.now()))
    }
}

/// Gives a customer back to the pool. One that nobody has stays there.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`].
pub async fn release_customer(
    ctx: &Ctx,
    id: customer::Id,
    expected: Expected,
    why: ReleaseToPool,
) -> Result<customer::Model> {
    ctx.tx(async |tx| {
        let customers = tx.can::<customer::Entity, Update>()?;
        let before = customers.lock(id, expected).await?;
        if before.owner_id.is_none() {
            return Ok(before);
        }
        let after = customer::Model { owner_id: None, ..before.clone() };
        customers.save(&before, after, "released", &[because(&why.reason)]).await
    })
    .await
}

/// Gives an open lead back to the pool. One that nobody has stays there.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] where it is not open.
pub async fn release_lead(
    ctx: &Ctx,
    id: lead::Id,
    expected: Expected,
    why: ReleaseToPool,
) -> Result<lead::Model> {
    ctx.tx(async |tx| {
        let before = tx.can::<lead::Entity, Update>()?.lock(id, expected).await?;
        if before.owner_id.is_none() {
            return Ok(before);
        }
        if !before.status.is_open() {
            return Err(Error::Refused("the lead is not open".to_owned()));
        }
        leads::give(tx, &before, None, "released", &[because(&why.reason)]).await
    })
    .await
}

/// Why something changes hands, as its event tells it.
pub(super) fn because(reason: &Text) -> (&'static str, Json, Json) {
    ("reason", Json::Null, json!(reason))
}
