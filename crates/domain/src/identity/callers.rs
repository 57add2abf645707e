//! Who the last requests came from, so that the next one by the same token need not ask the database.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use moka::sync::Cache;
use rapport_entity::identity::workspace;

use super::tokens::sha256;
use crate::kernel::{Actor, Log};

/// How long a change made by another process may go unnoticed. Changes by this one are noticed at once.
const STALE: Duration = Duration::from_secs(10);

/// How many tokens are remembered.
const MOST: u64 = 50_000;

/// What is known as of some state of a workspace's users, teams and roles: two that are the same are equal.
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
    /// When the token or the session ends.
    pub until: DateTime<Utc>,
    /// As of when that is known. It is taken before the database is asked, so that an answer which is outdated on
    /// arrival is known to be.
    pub as_of: State,
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
    pub fn find(&self, token: &str, now: DateTime<Utc>) -> Option<Actor> {
        let caller = self.callers.get(&sha256(token.as_bytes()))?;
        let state = self.states.get(&caller.actor.workspace)?;
        (now < caller.until && Arc::ptr_eq(&state, &caller.as_of)).then_some(caller.actor)
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
        Some((resource, _)) => matches!(resource, "workspace" | "user" | "team" | "role"),
        None => false,
    }
}
