//! Which policy holds of a request, with its calendar laid out.

use std::sync::Arc;

use rapport_clocks::Hours;
use rapport_entity::{
    rule::Rule,
    service::{entitlement, service_policy::Model, service_request},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{
    kernel::{Reads, Result, Tx},
    rules::first_holding,
    work::hours::hours_by,
};

/// A policy, and the hours that it counts by.
#[derive(Clone, Debug)]
pub(in crate::service) struct Promise {
    pub policy: Model,
    pub hours: Arc<Hours>,
}

/// The policy of some by which a request is answered: that of the entitlement that it uses, or else the first that holds of it.
pub(super) async fn of_request(
    tx: &Tx<'_>,
    policies: Vec<Model>,
    request: &service_request::Model,
) -> Result<Option<Promise>> {
    if let Some(policy) = entitled(tx, &policies, request).await? {
        return promise(tx, policy).await.map(Some);
    }
    match first_holding::<service_request::Entity, _>(tx, request.id, policies, condition).await? {
        Some(policy) => promise(tx, policy).await.map(Some),
        None => Ok(None),
    }
}

/// The policy of some that the entitlement of a request names.
pub(super) async fn entitled(
    tx: &Tx<'_>,
    policies: &[Model],
    request: &service_request::Model,
) -> Result<Option<Model>> {
    let Some(id) = request.entitlement_id else { return Ok(None) };
    let this = entitlement::Entity::find().filter(entitlement::Column::Id.eq(id));
    let used = tx.rows::<entitlement::Entity>().all(this).await?.pop();
    let named = used.and_then(|used| used.policy_id);
    Ok(policies.iter().find(|policy| Some(policy.id) == named).cloned())
}

fn condition(policy: &Model) -> Option<&Rule> {
    policy.condition.as_ref()
}

/// A policy, with its hours.
pub(super) async fn promise(from: &impl Reads, policy: Model) -> Result<Promise> {
    let hours = hours_by(from, policy.calendar_id).await?;
    Ok(Promise { policy, hours })
}
