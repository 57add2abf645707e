//! Which policy holds of a request, with its calendar laid out.

use std::sync::Arc;

use rapport_clocks::Hours;
use rapport_entity::{
    rule::Rule,
    service::{service_policy::Model, service_request},
};

use crate::{
    kernel::{Ctx, Result, Tx},
    rules::first_holding,
    work::hours::{hours_by, hours_seen},
};

/// A policy, and the hours that it counts by.
#[derive(Clone, Debug)]
pub(in crate::service) struct Promise {
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
    let hours = hours_by(tx, policy.calendar_id).await?;
    Ok(Promise { policy, hours })
}

/// The same for a policy that is looked at.
pub(super) async fn seen(ctx: &Ctx, policy: Model) -> Result<Promise> {
    let hours = hours_seen(ctx, policy.calendar_id).await?;
    Ok(Promise { policy, hours })
}
