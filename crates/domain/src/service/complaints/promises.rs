use async_graphql::InputObject;
use rapport_entity::{
    Moment, Text,
    identity::user,
    service::{
        promise::{self, ActiveModel, Column, Entity, Model, Status},
        service_request,
    },
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    IntoActiveValue,
};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::overdue;
use crate::{
    becoming::cannot_become,
    kernel::{
        Create, Ctx, Delete, Error, Expected, Faults, Patch, Read, Result, Tx, Update, patched,
    },
    records,
    service::requests::course::check_going_on,
};

/// Something that a customer was promised.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPromise {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<promise::Id>,
    /// The request in which it was promised.
    pub request_id: service_request::Id,
    /// What was promised.
    pub body: Text,
    /// By when.
    pub due_at: Moment,
    /// The user who sees to it; whoever has the request where left out.
    pub keeper_id: Option<user::Id>,
}

/// What to change of a promise of which nobody has said whether it was kept: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PromisePatch {
    /// What was promised.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Text)]
    pub body: Option<Text>,
    /// By when.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Moment)]
    pub due_at: Option<Moment>,
    /// The user who sees to it.
    #[serde(default)]
    #[schema(value_type = Option<user::Id>)]
    pub keeper_id: Patch<user::Id>,
}

/// What has become of a promise.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckPromise {
    /// What was found, in words; what is there stays where left out.
    pub note: Option<Text>,
}

/// Writes down what a customer was promised.
///
/// # Errors
/// [`Error::Invalid`] and [`Error::Conflict`] name everything that is wrong; [`Error::Duplicate`].
pub async fn create(ctx: &Ctx, new: NewPromise) -> Result<Model> {
    ctx.tx(async |tx| {
        let promises = tx.can::<Entity, Create>()?;
        let there = records::made_before::<Entity>(tx, new.id).await?;
        let mut faults = Faults::default();
        let request = promising(tx, new.request_id, &mut faults).await?;
        if there.as_ref().is_none_or(|there| there.keeper_id != new.keeper_id) {
            judge_keeper(tx, new.keeper_id, &mut faults).await?;
        }
        judge_body(Some(&new.body), &mut faults);
        faults.check()?;
        let id = new.id;
        let row = new.row(request.and_then(|request| request.customer_id), there.as_ref());
        let made = promises.insert(id, row).await?;
        if there.is_none() {
            overdue::follow(tx, &made).await?;
        }
        Ok(made)
    })
    .await
}

/// The request, locked, so that it is not closed meanwhile.
async fn promising(
    tx: &Tx<'_>,
    id: service_request::Id,
    faults: &mut Faults,
) -> Result<Option<service_request::Model>> {
    if tx.can::<service_request::Entity, Read>()?.live(&[id]).await?.is_empty() {
        faults.conflict("/requestId", "is no service request");
        return Ok(None);
    }
    let request = tx.entailed::<service_request::Entity, Update>().lock(id, Expected::Any).await?;
    if let Err(Error::Refused(why)) = check_going_on(&request) {
        faults.conflict("/requestId", why);
    }
    Ok(Some(request))
}

async fn judge_keeper(tx: &Tx<'_>, keeper: Option<user::Id>, faults: &mut Faults) -> Result<()> {
    let Some(id) = keeper else { return Ok(()) };
    if tx.can::<user::Entity, Read>()?.live(&[id]).await?.is_empty() {
        faults.conflict("/keeperId", "is no user of this workspace");
    }
    Ok(())
}

fn judge_body(body: Option<&Text>, faults: &mut Faults) {
    if body.is_some_and(|body| body.as_str().trim().is_empty()) {
        faults.invalid("/body", "must say something");
    }
}

impl NewPromise {
    /// The row; of one that is there, with what has become of it.
    fn row(
        self,
        customer: Option<rapport_entity::customers::customer::Id>,
        there: Option<&Model>,
    ) -> ActiveModel {
        ActiveModel {
            request_id: Set(self.request_id),
            customer_id: Set(there.map_or(customer, |there| there.customer_id)),
            body: Set(self.body),
            due_at: Set(self.due_at.time()),
            keeper_id: Set(self.keeper_id),
            status: Set(there.map_or(Status::Open, |there| there.status)),
            overdue_at: Set(there.and_then(|there| there.overdue_at)),
            checked_at: Set(there.and_then(|there| there.checked_at)),
            checked_by_id: Set(there.and_then(|there| there.checked_by_id)),
            note: Set(there.and_then(|there| there.note.clone())),
            ..Default::default()
        }
    }
}

/// Changes what was promised.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] once somebody has said whether it was kept; [`Error::Invalid`] and
/// [`Error::Conflict`] name everything that is wrong.
pub async fn update(
    ctx: &Ctx,
    id: promise::Id,
    expected: Expected,
    patch: PromisePatch,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let promises = tx.can::<Entity, Update>()?;
        let before = promises.lock(id, expected).await?;
        if before.status != Status::Open {
            return Err(Error::Refused("it is known what has become of the promise".to_owned()));
        }
        let mut faults = Faults::default();
        judge_body(patch.body.as_ref(), &mut faults);
        let after = put_off(&before, patched::<Entity>(&before, patch.row())?);
        if after.keeper_id != before.keeper_id {
            judge_keeper(tx, after.keeper_id, &mut faults).await?;
        }
        faults.check()?;
        let after = promises.save(&before, after, "updated", &[]).await?;
        overdue::follow(tx, &after).await?;
        Ok(after)
    })
    .await
}

/// One that is put off is no longer late.
fn put_off(before: &Model, after: Model) -> Model {
    match after.due_at == before.due_at {
        true => after,
        false => Model { overdue_at: None, ..after },
    }
}

impl PromisePatch {
    fn row(self) -> ActiveModel {
        ActiveModel {
            body: self.body.map_or(NotSet, Set),
            due_at: self.due_at.map_or(NotSet, |at| Set(at.time())),
            keeper_id: self.keeper_id.into_active_value(),
            ..Default::default()
        }
    }
}

/// Says that a promise was kept. Whoever does it twice has done it once.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Conflict`] where something else has become of it.
pub async fn keep(
    ctx: &Ctx,
    id: promise::Id,
    expected: Expected,
    how: CheckPromise,
) -> Result<Model> {
    turn(ctx, id, expected, (Status::Kept, how)).await
}

/// Says that a promise was broken.
///
/// # Errors
/// As [`keep`].
pub async fn break_it(
    ctx: &Ctx,
    id: promise::Id,
    expected: Expected,
    how: CheckPromise,
) -> Result<Model> {
    turn(ctx, id, expected, (Status::Broken, how)).await
}

/// Says that the customer no longer wants what they were promised.
///
/// # Errors
/// As [`keep`].
pub async fn withdraw(
    ctx: &Ctx,
    id: promise::Id,
    expected: Expected,
    how: CheckPromise,
) -> Result<Model> {
    turn(ctx, id, expected, (Status::Withdrawn, how)).await
}

async fn turn(
    ctx: &Ctx,
    id: promise::Id,
    expected: Expected,
    (to, how): (Status, CheckPromise),
) -> Result<Model> {
    ctx.tx(async |tx| {
        let promises = tx.can::<Entity, Update>()?;
        let before = promises.lock(id, expected).await?;
        if before.status == to {
            return Ok(before);
        }
        if before.status != Status::Open {
            let why = cannot_become("promise", (before.status, to), &[]);
            return Err(Error::conflict("/status", why));
        }
        let after = Model {
            status: to,
            checked_at: Some(tx.now()),
            checked_by_id: tx.actor().user,
            note: how.note.clone().or_else(|| before.note.clone()),
            ..before.clone()
        };
        let after = promises.save(&before, after, what(to), &[]).await?;
        overdue::follow(tx, &after).await?;
        Ok(after)
    })
    .await
}

/// What happens to a promise, as events call it.
fn what(to: Status) -> &'static str {
    match to {
        Status::Open => "updated",
        Status::Kept => "kept",
        Status::Broken => "broken",
        Status::Withdrawn => "withdrawn",
    }
}

/// Deletes a promise, so that it can be restored. Nobody is told of it when it is due.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`].
pub async fn delete(ctx: &Ctx, id: promise::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let deleted = tx.can::<Entity, Delete>()?.delete(id, expected).await?;
        overdue::follow(tx, &deleted).await?;
        Ok(deleted)
    })
    .await
}

/// Brings a deleted promise back.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn restore(ctx: &Ctx, id: promise::Id) -> Result<Model> {
    ctx.tx(async |tx| {
        let restored = tx.can::<Entity, Delete>()?.restore(id).await?;
        overdue::follow(tx, &restored).await?;
        Ok(restored)
    })
    .await
}

/// What was promised in each of some requests, what is due last first, at most `limit` of each.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn latest_of(
    ctx: &Ctx,
    requests: &[service_request::Id],
    limit: u64,
) -> Result<Vec<Model>> {
    let keys: Vec<Uuid> = requests.iter().map(|id| id.uuid()).collect();
    ctx.can::<Entity, Read>()?.latest_each(Column::RequestId, &keys, Column::DueAt, limit).await
}
