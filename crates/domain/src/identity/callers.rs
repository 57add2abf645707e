//! Who the last requests came from, so that the next one by the same token need not ask the database.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use moka::sync::Cache;
use rapport_entity::identity::{api_key::Networks, workspace};

use super::tokens::sha256;
use crate::kernel::{Actor, Error, Log, Result};

/// How long a change made by another process may go unnoticed. Changes by this one are noticed at once.
const STALE: Duration = Duration::from_secs(10);

/// The same for what is known of an API key, which is to be of no use a second after it was revoked.
const STALE_KEY: Duration = Duration::from_millis(500);

/// When the next request with a key asks anew, while the others go on with what is known.
const AGEING_KEY: Duration = Duration::from_millis(250);

/// How many tokens are remembered.
const MOST: u64 = 50_000;

/// What is known as of some state of a workspace's users, teams, roles and keys: two that are the same are equal.
pub type State = Arc<()>;

/// The callers of the last seconds.
#[derive(Clone)]
pub struct Callers {
    states: Cache<workspace::Id, State>,
    callers: Cache<[u8; 32], Caller>,
}

/// Who a token belongs to.
#[derive(Clone)]
pub struct Caller {
    /// Who it is.
    pub actor: Actor,
    /// When the token, the session or the key ends.
    pub until: DateTime<Utc>,
    /// As of when that is known. It is taken before the database is asked, so that an answer which is outdated on
    /// arrival is known to be.
    pub as_of: State,
    /// What more is known of an API key.
    pub key: Option<Arc<Key>>,
}

/// What is known of an API key.
pub struct Key {
    networks: Networks,
    asked: Instant,
    is_asked_anew: AtomicBool,
}

impl Key {
    /// What the database said when it was asked then.
    pub fn new(networks: Networks, asked: Instant) -> Self {
        Self { networks, asked, is_asked_anew: AtomicBool::new(false) }
    }

    fn is_fresh(&self) -> bool {
        let age = self.asked.elapsed();
        age < AGEING_KEY || (age < STALE_KEY && self.is_asked_anew.swap(true, Ordering::Relaxed))
    }
}

impl Caller {
    /// Whether who it is may ask from an address.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] where a key is not good there.
    pub fn check(&self, from: Option<IpAddr>) -> Result<()> {
        match self.key.as_ref().is_none_or(|key| key.networks.allow(from)) {
            true => Ok(()),
            false => {
                tracing::info!(key = ?self.actor.key, ?from, "an API key is not good there");
                Err(Error::Unauthenticated)
            }
        }
    }
}

impl Callers {
    /// Nobody yet. Commits that change who may do what are listened to.
    pub fn new(log: &Log) -> Self {
        let callers = Self {
            states: Cache::new(MOST),
            callers: Cache::builder().max_capacity(MOST).time_to_live(STALE).build(),
        };
        let states = callers.states.clone();
        log.listen(move |workspace, names| {
            if names.is_empty() || names.iter().any(|name| changes_leave(name)) {
                states.invalidate(&workspace);
            }
        });
        callers
    }

    /// The state of a workspace now.
    pub fn state(&self, workspace: workspace::Id) -> State {
        self.states.get_with(workspace, State::default)
    }

    /// Who a token belongs to, where that is known for sure.
    pub fn find(&self, token: &str, now: DateTime<Utc>) -> Option<Caller> {
        let caller = self.callers.get(&sha256(token.as_bytes()))?;
        let state = self.states.get(&caller.actor.workspace)?;
        let is_known = now < caller.until
            && Arc::ptr_eq(&state, &caller.as_of)
            && caller.key.as_ref().is_none_or(|key| key.is_fresh());
        is_known.then_some(caller)
    }

    /// Remembers who a token belongs to.
    pub fn remember(&self, token: &str, caller: Caller) {
        self.callers.insert(sha256(token.as_bytes()), caller);
    }
}

/// Whether after an event of this name somebody may be able to do more or less than before.
fn changes_leave(name: &str) -> bool {
    match name.split_once('.') {
        Some(("session", what)) => what == "deleted",
        Some(("api_key", what)) => what != "created",
        Some((resource, _)) => {
            matches!(resource, "workspace" | "user" | "team" | "role" | "custom_field")
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_of_a_key_is_asked_anew_by_one_and_then_by_all() {
        let known = |age| Key::new(Networks::default(), Instant::now() - age);
        assert!(known(Duration::ZERO).is_fresh());
        let ageing = known(AGEING_KEY);
        assert!(!ageing.is_fresh(), "the first asks");
        assert!(ageing.is_fresh() && ageing.is_fresh(), "the others need not");
        let stale = known(STALE_KEY);
        assert!(!stale.is_fresh() && !stale.is_fresh());
    }
}
