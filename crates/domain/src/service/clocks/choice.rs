//! Which policy holds of a request, with its calendar laid out.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use rapport_clocks::Hours;
use rapport_entity::{
    rule::Rule,
    service::{business_calendar, service_policy::Model, service_request},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::terms::hours_of;
use crate::{
    kernel::{Ctx, Read, Result, Tx},
    rules::first_holding,
};

/// A policy, and the hours that it counts by.
#[derive(Clone, Debug)]
pub(super) struct Promise {
    pub policy: Model,
    pub hours: Arc<Hours>,
}

/// The first of some policies that holds of a request.
pub(super) async fn of_request(
    tx: &Tx<'_>,
    policies: Vec<Model>,
    request: &service_request::Model,
) -> Result<Option<Promise>> {
    match first_holding::<service_request::Entity, _>(tx, request.id, policies, condition).await? {
        Some(policy) => promise(tx, policy).await.map(Some),
        None => Ok(None),
    }
}

fn condition(policy: &Model) -> Option<&Rule> {
    policy.condition.as_ref()
}

/// A policy, with its hours.
pub(super) async fn promise(tx: &Tx<'_>, policy: Model) -> Result<Promise> {
    let calendar = match policy.calendar_id {
        Some(id) => tx.entailed::<business_calendar::Entity, Read>().many(&[id]).await?.pop(),
        None => None,
    };
    let hours = laid_out(calendar.as_ref())?;
    Ok(Promise { policy, hours })
}

/// The same for a policy that is looked at.
pub(super) async fn seen(ctx: &Ctx, policy: Model) -> Result<Promise> {
    let calendar = match policy.calendar_id {
        Some(id) => {
            let this =
                business_calendar::Entity::find().filter(business_calendar::Column::Id.eq(id));
            ctx.rows::<business_calendar::Entity>().all(this).await?.pop()
        }
        None => None,
    };
    let hours = laid_out(calendar.as_ref())?;
    Ok(Promise { policy, hours })
}

type Laid = HashMap<(business_calendar::Id, i32), Arc<Hours>>;

/// Calendars that are laid out already, by version.
static LAID_OUT: LazyLock<Mutex<Laid>> = LazyLock::new(Mutex::default);

/// So many are kept at most.
const MOST: usize = 256;

/// The hours of a calendar, laid out; around the clock without one.
pub(in crate::service) fn laid_out(
    calendar: Option<&business_calendar::Model>,
) -> Result<Arc<Hours>> {
    let Some(row) = calendar else { return Ok(Arc::new(Hours::always())) };
    let key = (row.id, row.version);
    let mut laid = LAID_OUT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(hours) = laid.get(&key) {
        return Ok(Arc::clone(hours));
    }
    if laid.len() >= MOST {
        laid.clear();
    }
    let hours = Arc::new(hours_of(Some(row))?);
    laid.insert(key, Arc::clone(&hours));
    Ok(hours)
}
