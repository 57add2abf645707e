//! What an endpoint is now, and what its owner may read now.

use rapport_entity::{
    identity::role::{Scope, Verb},
    integration::webhook_endpoint::{Entity, Id, Model},
    log::event,
};

use super::secrets::Keys;
use crate::{
    identity::Asker,
    kernel::{ActorData, Ctx, Error, Read, Result, outbound::Target},
};

/// An endpoint, ready to be sent to.
pub struct Standing {
    /// The endpoint.
    pub endpoint: Model,
    /// Who saved it last, the user or the API key; `None` where they may no longer come in, or read no events.
    pub owner: Option<Ctx>,
    /// What signs for it.
    pub keys: Keys,
    /// Where it is; why it may not be called where it may not.
    pub target: Result<Target, &'static str>,
}

impl Standing {
    /// As it is now; `None` where there is no such endpoint (any more).
    pub async fn of(system: &Ctx, id: Id) -> Result<Option<Self>> {
        let endpoint = match system.can::<Entity, Read>()?.one(id).await {
            Err(Error::NotFound(_)) => return Ok(None),
            endpoint => endpoint?,
        };
        let database = system.database();
        let asker = Asker { user: endpoint.owner_id, key: endpoint.api_key_id };
        let owner = asker.now(database, endpoint.workspace_id).await?;
        let reads = |owner: &ActorData| owner.permissions.scope("event", Verb::Read) != Scope::None;
        let owner = owner.filter(reads).map(|owner| Ctx::new(database.clone(), owner.into()));
        let keys = Keys::open(database, &endpoint).await?;
        let target = Target::parse(endpoint.url.as_str(), database.networks());
        Ok(Some(Self { endpoint, owner, keys, target }))
    }
}

/// Whether after this event an endpoint, or what its owner may read, may be another than before.
pub fn changes(event: &event::Model, endpoint: Id) -> bool {
    match event.name.split_once('.') {
        Some(("webhook_endpoint", _)) => event.subject_id == endpoint.uuid(),
        Some((resource, _)) => {
            matches!(resource, "workspace" | "user" | "team" | "role" | "api_key")
        }
        None => false,
    }
}
