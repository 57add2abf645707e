use std::{
    collections::{HashMap, HashSet, VecDeque},
    time::Duration,
};

use futures_util::{Stream, stream};
use rapport_entity::{
    customers::{contact, customer},
    identity::{role, role::Scope, role::Verb, session, team, user, workspace},
    log::event::{self, Event},
    sales::{order, product},
    segmentation::segment,
};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::timeout,
};
use uuid::Uuid;

use super::cloud_event::event_type;
use crate::kernel::{
    Ctx, Described, Error, Position, Read, Result,
    log::{self, Entry},
};

/// So many events are read at once, and no more are kept in memory for a subscriber.
const PAGE: u64 = 100;

/// After something was committed that could not be read yet, look again this soon, then ever less often.
const SOON: Duration = Duration::from_millis(20);

/// With nothing heard of, look this often: another node may have written.
const SLOW: Duration = Duration::from_secs(1);

/// What happens from now on, or after an event's cursor, as it happens: of what the actor may read, in the order of
/// committing. Each event comes once; whoever is cut off goes on from the last event's cursor and misses none.
///
/// What the actor may read is asked anew for each event. The actor is who subscribed: the adapter ends the
/// subscription when their access token runs out.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Invalid`] where the cursor is none of ours. After an error the stream ends.
pub async fn subscribe(
    ctx: Ctx,
    after: Option<String>,
) -> Result<impl Stream<Item = Result<Event>> + Send + use<>> {
    if ctx.actor().permissions.scope("event", Verb::Read) == Scope::None {
        return Err(Error::Forbidden { verb: "read", resource: "event" });
    }
    let committed = ctx.database().log().subscribe();
    let position = match after {
        Some(cursor) => cursor
            .parse::<Position>()
            .map_err(|_| Error::invalid("/after", "is not the cursor of an event"))?,
        None => log::end(&ctx.reader().await?, ctx.actor().workspace).await?,
    };
    let feed = Feed { ctx, committed, position, ready: VecDeque::new(), delay: SOON };
    Ok(stream::try_unfold(feed, async |mut feed| {
        let event = feed.next().await?;
        Ok(Some((event, feed)))
    }))
}

/// A subscriber's place in the log.
struct Feed {
    ctx: Ctx,
    committed: Receiver<workspace::Id>,
    position: Position,
    ready: VecDeque<Event>,
    delay: Duration,
}

impl Feed {
    async fn next(&mut self) -> Result<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(event);
            }
            self.read().await?;
        }
    }

    async fn read(&mut self) -> Result<()> {
        // A task of its own, so that a subscriber who is in no hurry does not keep a connection meanwhile.
        let page = tokio::spawn(page(self.ctx.clone(), self.position)).await;
        match page.map_err(|err| Error::Internal(err.into()))?? {
            Some((events, position)) => {
                self.delay = SOON;
                self.position = position;
                self.ready = events.into();
            }
            None => self.wait().await,
        }
        Ok(())
    }

    /// Until something is committed here, or it is time to look anyway.
    async fn wait(&mut self) {
        let workspace = self.ctx.actor().workspace;
        let committed = &mut self.committed;
        let heard = async {
            loop {
                match committed.recv().await {
                    Ok(other) if other != workspace => {}
                    Err(RecvError::Closed) => std::future::pending().await,
                    Ok(_) | Err(RecvError::Lagged(_)) => return,
                }
            }
        };
        self.delay = match timeout(self.delay, heard).await {
            Ok(()) => SOON,
            Err(_) => (self.delay * 2).min(SLOW),
        };
    }
}

/// The next events that the actor may read, and where the last that was looked at stands; `None` at the end.
async fn page(ctx: Ctx, after: Position) -> Result<Option<(Vec<Event>, Position)>> {
    let entries = {
        let db = ctx.reader().await?;
        log::read(&db, ctx.actor().workspace, after, PAGE).await?
    };
    match entries.last().map(|entry| entry.position) {
        Some(last) => Ok(Some((readable(&ctx, entries).await?, last))),
        None => Ok(None),
    }
}

/// The events that the actor may read.
async fn readable(ctx: &Ctx, entries: Vec<Entry>) -> Result<Vec<Event>> {
    let mut asked: HashMap<&str, Vec<Uuid>> = HashMap::new();
    for (resource, id) in entries.iter().flat_map(|entry| about(&entry.event)) {
        asked.entry(resource).or_default().push(id);
    }
    let mut seen: HashMap<&str, Seen> = HashMap::new();
    for (resource, ids) in asked {
        seen.insert(resource, Seen::ask(ctx, resource, ids).await?);
    }
    let may_see = |event: &event::Model| {
        about(event).all(|(resource, id)| seen.get(resource).is_some_and(|seen| seen.has(id)))
    };
    let told: Vec<bool> = entries.iter().map(|entry| may_see(&entry.event)).collect();
    let entries = entries.into_iter().zip(told).filter(|(_, told)| *told);
    Ok(entries.map(|(entry, _)| on_the_wire(entry)).collect())
}

/// The records that one must be allowed to read to be told of an event: the one it happened to, and
/// the customer who entered or left a segment.
fn about(event: &event::Model) -> impl Iterator<Item = (&str, Uuid)> {
    let resource = event.name.split('.').next().unwrap_or_default();
    let moved = matches!(event.name.as_str(), "segment.entered" | "segment.left");
    let customer = event.customer_id.filter(|_| moved).map(|id| ("customer", id.uuid()));
    std::iter::once((resource, event.subject_id)).chain(customer)
}

/// Which records of a kind the actor may read.
enum Seen {
    All,
    These(HashSet<Uuid>),
}

impl Seen {
    fn has(&self, id: Uuid) -> bool {
        match self {
            Self::All => true,
            Self::These(ids) => ids.contains(&id),
        }
    }

    async fn ask(ctx: &Ctx, resource: &str, ids: Vec<Uuid>) -> Result<Self> {
        match ctx.actor().permissions.scope(resource, Verb::Read) {
            Scope::All => Ok(Self::All),
            Scope::None => Ok(Self::These(HashSet::new())),
            Scope::Own | Scope::Team => those_seen(ctx, resource, &ids).await.map(Self::These),
        }
    }
}

async fn those_seen(ctx: &Ctx, resource: &str, ids: &[Uuid]) -> Result<HashSet<Uuid>> {
    match resource {
        "workspace" => seen::<workspace::Entity>(ctx, ids).await,
        "user" => seen::<user::Entity>(ctx, ids).await,
        "team" => seen::<team::Entity>(ctx, ids).await,
        "role" => seen::<role::Entity>(ctx, ids).await,
        "session" => seen::<session::Entity>(ctx, ids).await,
        "customer" => seen::<customer::Entity>(ctx, ids).await,
        "contact" => seen::<contact::Entity>(ctx, ids).await,
        "product" => seen::<product::Entity>(ctx, ids).await,
        "order" => seen::<order::Entity>(ctx, ids).await,
        "segment" => seen::<segment::Entity>(ctx, ids).await,
        _ => Ok(HashSet::new()),
    }
}

async fn seen<E: Described>(ctx: &Ctx, ids: &[Uuid]) -> Result<HashSet<Uuid>> {
    let ids: Vec<_> = ids.iter().map(|id| (*id).into()).collect();
    match ctx.can::<E, Read>() {
        Ok(records) => Ok(records.many(&ids).await?.iter().map(|row| E::id(row).uuid()).collect()),
        Err(Error::Forbidden { .. }) => Ok(HashSet::new()),
        Err(err) => Err(err),
    }
}

fn on_the_wire(entry: Entry) -> Event {
    let Entry { position, event } = entry;
    Event {
        id: event.id,
        cursor: position.to_string(),
        kind: event_type(&event.name),
        subject: event.subject_id,
        subject_version: event.subject_version,
        customer_id: event.customer_id,
        actor_kind: event.actor_kind,
        actor_id: event.actor_id,
        time: event.at,
        data: event.data,
    }
}

#[cfg(test)]
mod tests;
