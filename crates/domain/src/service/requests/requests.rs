use rapport_entity::{
    ExternalId, Moment, Resource, Source, StatusKey,
    customers::customer,
    service::{
        service_request::{self, Column, Entity, Model},
        service_status::{self, Category},
        site,
    },
};
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::{
    course::{Statuses, check_going_on, check_past, come_into, first_held, happened},
    family,
    inputs::{NewServiceRequest, ServiceRequestPatch, prioritized},
    saving::{hand_on, make, save},
};
use crate::{
    kernel::{Create, Ctx, Delete, Error, Expected, Faults, Read, Result, Tx, Update, patched},
    number,
    records::{self, Known},
    service::{assets, assignment, attachments, clocks, statuses},
};

/// The numbers of requests begin after this one.
const BEFORE_THE_FIRST: i64 = 1_000;

/// Makes a service request.
///
/// # Errors
/// [`Error::Invalid`] and [`Error::Conflict`] name everything that is wrong; [`Error::Duplicate`].
pub async fn create(ctx: &Ctx, new: NewServiceRequest) -> Result<Model> {
    ctx.tx(async |tx| create_in(tx, new, None).await).await
}

/// Makes a service request as a part of something.
pub(in crate::service) async fn create_in(
    tx: &Tx<'_>,
    new: NewServiceRequest,
    known: Option<Known>,
) -> Result<Model> {
    let requests = tx.can::<Entity, Create>()?;
    let there = records::made_before::<Entity>(tx, new.id).await?;
    let mut faults = Faults::default();
    let status = beginning(tx, new.status.as_ref(), &mut faults).await?;
    check_moments(tx, &new, &mut faults);
    let id = new.id;
    let given = Given::of(&new);
    let row = requests.complete(id, new.row(tx, &status, known))?;
    let since = row.status_since;
    let mut row = come_into(&row, &status, since);
    if let Some(there) = there {
        // A repeated create finds what it has made, with what has become of it since.
        row = given.as_made(row, &there);
        faults.check()?;
        return requests.insert(id, row).await;
    }
    family::judge(tx, None, &row, &mut faults).await?;
    faults.check()?;
    if row.site_id.is_none() {
        row.site_id = assets::site_of(tx, row.asset_id).await?;
    }
    row.number = next_number(tx).await?;
    make(tx, &requests, row).await
}

/// The number of the next request.
pub(super) async fn next_number(tx: &Tx<'_>) -> Result<String> {
    Ok(named_by(number::reserve(tx, Entity::NAME, 1).await?))
}

/// What people call the request of a number.
pub(crate) fn named_by(number: i64) -> String {
    format!("SR-{}", BEFORE_THE_FIRST + number)
}

/// The status that a request begins with. Until the transaction ends it stays.
async fn beginning(
    tx: &Tx<'_>,
    key: Option<&StatusKey>,
    faults: &mut Faults,
) -> Result<service_status::Model> {
    let Some(key) = key else { return first_held(tx, Category::New).await };
    match statuses::held(tx, key).await? {
        Some(status) => Ok(status),
        None => {
            faults.conflict("/status", "is no service status");
            Ok(Statuses::of(tx).await?.first(Category::New)?.clone())
        }
    }
}

fn check_moments(tx: &Tx<'_>, new: &NewServiceRequest, faults: &mut Faults) {
    let (opened, since) = (new.opened_at.map(Moment::time), new.status_since.map(Moment::time));
    check_past(tx, opened, "/openedAt", faults);
    check_past(tx, since, "/statusSince", faults);
    if since.is_some_and(|since| since < opened.unwrap_or(tx.now())) {
        faults.conflict("/statusSince", "is before the request was opened");
    }
}

/// What a create says itself, and does not leave to the program.
struct Given {
    status: bool,
    since: bool,
    opened: bool,
    priority: bool,
    queue: bool,
    owner: bool,
    site: bool,
    skills: bool,
    language: bool,
}

impl Given {
    fn of(new: &NewServiceRequest) -> Self {
        Self {
            status: new.status.is_some(),
            since: new.status_since.is_some(),
            opened: new.opened_at.is_some(),
            priority: new.priority.is_some(),
            queue: new.queue_id.is_some(),
            owner: new.owner_id.is_some(),
            site: new.site_id.is_some(),
            skills: new.needed_skills.is_some(),
            language: new.needed_language.is_some(),
        }
    }

    /// A request to be made, with what has become of the one that is there.
    fn as_made(&self, row: Model, there: &Model) -> Model {
        let keep = |given: bool, wanted, is| if given { wanted } else { is };
        Model {
            opened_at: keep(self.opened, row.opened_at, there.opened_at),
            status_since: keep(self.since, row.status_since, there.status_since),
            status: if self.status { row.status } else { there.status.clone() },
            status_category: if self.status { row.status_category } else { there.status_category },
            is_open: if self.status { row.is_open } else { there.is_open },
            priority: if self.priority { row.priority } else { there.priority },
            priority_rank: if self.priority { row.priority_rank } else { there.priority_rank },
            queue_id: if self.queue { row.queue_id } else { there.queue_id },
            owner_id: if self.owner { row.owner_id } else { there.owner_id },
            site_id: if self.site { row.site_id } else { there.site_id },
            needed_skills: match self.skills {
                true => row.needed_skills,
                false => there.needed_skills.clone(),
            },
            needed_language: match self.language {
                true => row.needed_language,
                false => there.needed_language.clone(),
            },
            resolved_at: there.resolved_at,
            closed_at: there.closed_at,
            reopen_count: there.reopen_count,
            escalation_level: there.escalation_level,
            escalated_at: there.escalated_at,
            first_responded_at: there.first_responded_at,
            last_customer_message_at: there.last_customer_message_at,
            last_reply_at: there.last_reply_at,
            merged_into_id: there.merged_into_id,
            policy_id: there.policy_id,
            due_at: there.due_at,
            ..row
        }
    }
}

/// Changes a service request. How it stands is changed by the moves.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] where it has become a part of another; [`Error::Invalid`] and
/// [`Error::Conflict`] name everything that is wrong.
pub async fn update(
    ctx: &Ctx,
    id: service_request::Id,
    expected: Expected,
    patch: ServiceRequestPatch,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let before = tx.can::<Entity, Update>()?.lock(id, expected).await?;
        change(tx, &before, patch).await
    })
    .await
}

async fn change(tx: &Tx<'_>, before: &Model, patch: ServiceRequestPatch) -> Result<Model> {
    check_going_on(before)?;
    let priority = patch.priority.clone();
    let after = prioritized(patched::<Entity>(before, patch.row())?, &priority);
    let mut faults = Faults::default();
    family::judge(tx, Some(before), &after, &mut faults).await?;
    faults.check()?;
    save(tx, before, after, "updated", &[]).await
}

/// Deletes a service request so that it can be restored; its files are kept for 30 days.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`].
pub async fn delete(ctx: &Ctx, id: service_request::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let deleted = tx.can::<Entity, Delete>()?.delete(id, expected).await?;
        let before = Model { deleted_at: None, ..deleted.clone() };
        assignment::freed(tx, &before, &deleted).await?;
        attachments::forget_of_request(tx, id).await?;
        Ok(deleted)
    })
    .await
}

/// Brings a deleted service request back. Its clocks have gone on.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn restore(ctx: &Ctx, id: service_request::Id) -> Result<Model> {
    ctx.tx(async |tx| {
        let restored = tx.can::<Entity, Delete>()?.restore(id).await?;
        attachments::keep_of_request(tx, id).await?;
        hand_on(tx, clocks::follow(tx, restored).await?).await
    })
    .await
}

/// Makes the service request that another system knows by this id, or changes it: what is left out, or null, stays as it
/// is. It comes into the status that it has there, whatever may come next here. The flag says whether it was made.
///
/// # Errors
/// As [`create`] and [`update`]; [`Error::Refused`] where the request is deleted here.
pub async fn upsert(
    ctx: &Ctx,
    source: Source,
    external_id: ExternalId,
    expected: Expected,
    new: NewServiceRequest,
) -> Result<(Model, bool)> {
    let known = (source, external_id);
    let once = || upsert_once(ctx, &known, expected.clone(), new.clone());
    records::made_or_changed(once).await
}

async fn upsert_once(
    ctx: &Ctx,
    known: &Known,
    expected: Expected,
    new: NewServiceRequest,
) -> Result<(Model, bool)> {
    ctx.tx(async |tx| {
        let by = Condition::all()
            .add(Column::Source.eq(known.0.clone()))
            .add(Column::ExternalId.eq(known.1.clone()));
        match records::known_by::<Entity>(tx, by).await? {
            Some(found) => {
                let before = tx.can::<Entity, Update>()?.lock(found.id, expected).await?;
                let (status, since) = (new.status.clone(), new.status_since);
                let after = change(tx, &before, new.into()).await?;
                Ok((overrule(tx, after, status, since).await?, false))
            }
            None => Ok((create_in(tx, new, Some(known.clone())).await?, true)),
        }
    })
    .await
}

/// Brings a request into the status that it has elsewhere.
async fn overrule(
    tx: &Tx<'_>,
    before: Model,
    status: Option<StatusKey>,
    since: Option<Moment>,
) -> Result<Model> {
    let Some(key) = status.filter(|key| *key != before.status) else { return Ok(before) };
    let mut faults = Faults::default();
    check_past(tx, since.map(Moment::time), "/statusSince", &mut faults);
    faults.check()?;
    let status = statuses::held(tx, &key).await?;
    let status = status.ok_or_else(|| Error::conflict("/status", "is no service status"))?;
    let after = come_into(&before, &status, since.map_or(tx.now(), Moment::time));
    let what = happened(before.status_category, after.status_category);
    save(tx, &before, after, what, &[]).await
}

/// The newest service requests of each of some customers, at most `limit` of each.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn latest_of(ctx: &Ctx, customers: &[customer::Id], limit: u64) -> Result<Vec<Model>> {
    let keys: Vec<Uuid> = customers.iter().map(|id| id.uuid()).collect();
    ctx.can::<Entity, Read>()?.latest_each(Column::CustomerId, &keys, Column::OpenedAt, limit).await
}

/// The newest service requests at each of some sites, at most `limit` at each.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn latest_at(ctx: &Ctx, sites: &[site::Id], limit: u64) -> Result<Vec<Model>> {
    let keys: Vec<Uuid> = sites.iter().map(|id| id.uuid()).collect();
    ctx.can::<Entity, Read>()?.latest_each(Column::SiteId, &keys, Column::OpenedAt, limit).await
}
