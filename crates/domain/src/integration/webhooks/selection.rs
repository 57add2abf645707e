//! Which events an endpoint is sent: those of its types, about records that its owner may read, and of which its filter
//! holds. All of that is asked when the event is looked at, of the records as they are then.

use std::collections::HashSet;

use rapport_entity::{integration::webhook_endpoint, log::event, rule::Rule};
use sea_orm::Condition;
use serde_json::json;
use uuid::Uuid;

use super::standing::Standing;
use crate::{
    integration::events::readable,
    kernel::{Catalogue, Ctx, Entry, Error, Result, compile},
};

/// The event that is for those endpoints that it names, and for no other.
const ADDRESSED: &str = "play_run.called";

/// Whether an event is one for an endpoint: one that names endpoints is for these, whatever their types; any other is for
/// those of its type.
pub fn is_for(event: &event::Model, endpoint: &webhook_endpoint::Model) -> bool {
    match event.name.as_str() {
        ADDRESSED => names(event, endpoint.id),
        name => endpoint.event_types.have(name),
    }
}

fn names(event: &event::Model, endpoint: webhook_endpoint::Id) -> bool {
    let named = event.data["after"]["endpointIds"].as_array();
    named.into_iter().flatten().any(|id| *id == json!(endpoint))
}

/// The ids of the events among these that are to be sent.
pub async fn selected(standing: &Standing, entries: &[Entry]) -> Result<HashSet<Uuid>> {
    let its = entries.iter().filter(|entry| is_for(&entry.event, &standing.endpoint));
    let (addressed, of_types) = its.cloned().partition(|entry| entry.event.name == ADDRESSED);
    let mut selected = those_of(standing, addressed, None).await?;
    selected.extend(those_of(standing, of_types, standing.endpoint.filter.as_ref()).await?);
    Ok(selected)
}

/// Those that the endpoint's owner may read, and of which a filter holds.
async fn those_of(
    standing: &Standing,
    entries: Vec<Entry>,
    filter: Option<&Rule>,
) -> Result<HashSet<Uuid>> {
    let Some(owner) = standing.owner.as_ref().filter(|_| !entries.is_empty()) else {
        return Ok(HashSet::new());
    };
    match readable(owner, entries, filter).await {
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
