use std::sync::{Arc, PoisonError, RwLock};

use rapport_entity::{identity::workspace, log::event};
use tokio::sync::broadcast;

/// Tells readers in this process that something was committed, here or by another node.
#[derive(Clone)]
pub struct Log {
    committed: broadcast::Sender<workspace::Id>,
    ours: broadcast::Sender<Announcement>,
    listeners: Arc<RwLock<Vec<Listener>>>,
}

/// What is called with the names of the events of each commit, each once.
type Listener = Box<dyn Fn(workspace::Id, &[&str]) + Send + Sync>;

/// That something was committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// Where.
    pub workspace: workspace::Id,
    /// The names of its events, each once.
    pub names: Vec<String>,
}

/// So many announcements wait for who is slow.
const WAITING: usize = 4096;

impl Default for Log {
    fn default() -> Self {
        Self {
            committed: broadcast::Sender::new(WAITING),
            ours: broadcast::Sender::new(WAITING),
            listeners: Arc::default(),
        }
    }
}

impl Log {
    /// Hears of each commit from now on. Who is too slow hears that too, and looks at everything.
    pub fn subscribe(&self) -> broadcast::Receiver<workspace::Id> {
        self.committed.subscribe()
    }

    /// Hears of each commit of this process alone.
    pub(in crate::kernel) fn subscribe_to_ours(&self) -> broadcast::Receiver<Announcement> {
        self.ours.subscribe()
    }

    /// Calls `listener` with the names of the events of each commit, those of this process before whoever committed
    /// hears of it: for what is kept in memory and must not outlive the change. It must be quick.
    pub(crate) fn listen(&self, listener: impl Fn(workspace::Id, &[&str]) + Send + Sync + 'static) {
        let mut listeners = self.listeners.write().unwrap_or_else(PoisonError::into_inner);
        listeners.push(Box::new(listener));
    }

    /// Something was committed by this process.
    pub(in crate::kernel) fn announce(&self, workspace: workspace::Id, events: &[event::Model]) {
        let mut names: Vec<&str> = Vec::new();
        for event in events {
            if !names.contains(&event.name.as_str()) {
                names.push(&event.name);
            }
        }
        self.hear(workspace, &names);
        if self.ours.receiver_count() > 0 {
            let names = names.into_iter().map(ToOwned::to_owned).collect();
            let _ = self.ours.send(Announcement { workspace, names });
        }
    }

    /// Something was committed, wherever.
    pub(in crate::kernel) fn hear(&self, workspace: workspace::Id, names: &[&str]) {
        for listener in self.listeners.read().unwrap_or_else(PoisonError::into_inner).iter() {
            listener(workspace, names);
        }
        // Nobody listening is no failure.
        let _ = self.committed.send(workspace);
    }
}
