//! Which events an endpoint is sent: those of its types, about records that its owner may read, and of which its filter
//! holds. All of that is asked when the event is looked at, of the records as they are then.

use std::collections::HashSet;

use rapport_entity::rule::Rule;
use sea_orm::Condition;
use uuid::Uuid;

use super::standing::Standing;
use crate::{
    integration::events::readable,
    kernel::{Catalogue, Ctx, Entry, Error, Result, compile},
};

/// The ids of the events among these that are to be sent.
pub async fn selected(standing: &Standing, entries: &[Entry]) -> Result<HashSet<Uuid>> {
    let Some(owner) = &standing.owner else { return Ok(HashSet::new()) };
    let types = &standing.endpoint.event_types;
    let of_types: Vec<Entry> =
        entries.iter().filter(|entry| types.have(&entry.event.name)).cloned().collect();
    match readable(owner, of_types, standing.endpoint.filter.as_ref()).await {
        // The rule speaks of what the owner may no longer read, or of what there is no longer.
        Err(err @ (Error::Forbidden { .. } | Error::Invalid(_) | Error::Conflict(_))) => {
            tracing::warn!(endpoint = %standing.endpoint.id, "its filter cannot be asked: {err}");
            Ok(HashSet::new())
        }
        readable => Ok(readable?.into_iter().map(|entry| entry.event.id).collect()),
    }
}

/// A filter on records of a kind.
///
/// # Errors
/// Names everything in it that is wrong, by its place under `/filter`.
pub fn compiled(ctx: &Ctx, rule: &Rule, of: &Catalogue) -> Result<Condition> {
    compile(rule, of, &of.table, ctx.filter_scope(), "/filter")
}
