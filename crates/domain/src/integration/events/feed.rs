use std::{str::FromStr, sync::Arc, time::Duration};

use rapport_entity::{
    EventType,
    identity::{
        role::{Scope, Verb},
        workspace,
    },
    rule::Rule,
};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Instant, timeout},
};

use super::{
    kinds::name_in_log,
    readable::{check_filter, readable},
};
use crate::kernel::{
    Ctx, Error, Position, Result,
    log::{self, Entry, Names},
};

/// So many events are given at once, at most.
pub const MOST_EVENTS: u64 = 1_000;

/// So long a page is waited for, at most.
pub const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// After something was committed that could not be read yet, look again this soon, then ever less often.
const SOON: Duration = Duration::from_millis(10);

/// With nothing heard of, look this often: another node may have written.
const SLOW: Duration = Duration::from_secs(1);

/// Where to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// With the oldest event that is kept.
    Start,
    /// With what happens from now on.
    Now,
    /// After an event, or the end of a page.
    Place(Position),
}

impl FromStr for After {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "start" => Ok(Self::Start),
            "now" => Ok(Self::Now),
            cursor => cursor.parse().map(Self::Place).map_err(|_| "is not the cursor of an event"),
        }
    }
}

/// Which events a reader wants.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Of these types; of any where there is none.
    pub types: Vec<EventType>,
    /// About records of which this rule holds. The types must then be of one kind of record.
    pub filter: Option<Rule>,
}

/// A part of the feed.
#[derive(Debug)]
pub struct FeedPage {
    /// The events, in order.
    pub events: Vec<Entry>,
    /// Where to go on.
    pub next: Position,
    /// Whether there is more already.
    pub more: bool,
}

/// A page of what the actor may read, after a place. Where there is nothing, it is waited for for a while.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Invalid`]; [`Error::Gone`] where events after the place are no longer kept.
pub async fn page(
    ctx: &Ctx,
    wanted: Wanted,
    after: After,
    limit: u64,
    wait: Duration,
) -> Result<FeedPage> {
    let until = Instant::now() + wait.min(LONGEST_WAIT);
    let mut reader = Reader::begin(ctx.clone(), wanted, after).await?;
    loop {
        let page = reader.next(limit).await?;
        if page.more || !page.events.is_empty() || Instant::now() >= until {
            return Ok(page);
        }
        reader.wait(until).await;
    }
}

/// A reader's place in the log.
pub struct Reader {
    ctx: Ctx,
    wanted: Arc<Wanted>,
    committed: Receiver<workspace::Id>,
    position: Position,
    delay: Duration,
}

impl Reader {
    /// A reader that has read nothing yet.
    pub async fn begin(ctx: Ctx, wanted: Wanted, after: After) -> Result<Self> {
        let leave = ctx.actor().permissions.scope("event", Verb::Read);
        if leave == Scope::None {
            return Err(Error::Forbidden { verb: "read", resource: "event" });
        }
        check(&ctx, &wanted).await?;
        // Heard from before it is asked where the end is, so that nothing comes in between.
        let committed = ctx.database().log().subscribe();
        let position = place(&ctx, after).await?;
        Ok(Self { ctx, wanted: Arc::new(wanted), committed, position, delay: SOON })
    }

    /// What comes next, if anything does. Who is asking is asked anew.
    pub async fn next(&mut self, limit: u64) -> Result<FeedPage> {
        self.ctx = self.ctx.renewed().await?;
        let (ctx, wanted, after) = (self.ctx.clone(), self.wanted.clone(), self.position);
        // A task of its own, so that a reader who is in no hurry does not keep a connection meanwhile.
        let page = tokio::spawn(async move { read(&ctx, &wanted, after, limit).await }).await;
        let page = page.map_err(|err| Error::Internal(err.into()))??;
        self.position = page.next;
        if !page.events.is_empty() {
            self.delay = SOON;
        }
        Ok(page)
    }

    /// Until something is committed here, or it is time to look anyway.
    pub async fn wait(&mut self, until: Instant) {
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
        let most = until.saturating_duration_since(Instant::now());
        self.delay = match timeout(self.delay.min(most), heard).await {
            Ok(()) => SOON,
            Err(_) => (self.delay * 2).min(SLOW),
        };
    }
}

async fn check(ctx: &Ctx, wanted: &Wanted) -> Result<()> {
    let Some(rule) = &wanted.filter else { return Ok(()) };
    let mut resources = wanted.types.iter().map(EventType::resource);
    match resources.next() {
        Some(Some(one)) if resources.all(|other| other == Some(one)) => {
            check_filter(ctx, one, rule).await
        }
        _ => Err(Error::invalid("/filter", "needs types that are all of one kind of record")),
    }
}

async fn place(ctx: &Ctx, after: After) -> Result<Position> {
    let (db, workspace) = (ctx.reader().await?, ctx.actor().workspace);
    let floor = log::floor(&db, workspace).await?;
    match after {
        After::Start => Ok(floor),
        After::Now => {
            log::settle(&db, workspace).await?;
            log::end(&db, workspace).await
        }
        After::Place(position) if position < floor => Err(Error::Gone(
            "events after this cursor are no longer kept: read the records anew, and go on with \
             after=now from before you do, or with after=start for what is kept"
                .to_owned(),
        )),
        After::Place(position) => Ok(position),
    }
}

/// So many pages are looked through for one event that is wanted.
const ROUNDS: usize = 20;

async fn read(ctx: &Ctx, wanted: &Wanted, after: Position, limit: u64) -> Result<FeedPage> {
    let names: Option<Vec<String>> = wanted.types.iter().map(name_in_log).collect();
    let names = names.filter(|names| !names.is_empty());
    let names = names.as_deref().map_or(Names::All, Names::Only);
    let workspace = ctx.actor().workspace;
    let (mut next, mut events) = (after, Vec::new());
    for _ in 0..ROUNDS {
        let db = ctx.reader().await?;
        let wanted_still = limit - events.len() as u64;
        let (entries, to) = log::read_of(&db, workspace, next, wanted_still, names).await?;
        if to == next && !log::settle(&db, workspace).await? {
            return Ok(FeedPage { events, next, more: false });
        }
        drop(db);
        next = to;
        if entries.is_empty() {
            continue;
        }
        // Asked after the events were read: who lost their leave before these happened is not told of them.
        let now = ctx.renewed().await?;
        events.extend(readable(&now, entries, wanted.filter.as_ref()).await?);
        if events.len() as u64 >= limit {
            break;
        }
    }
    Ok(FeedPage { events, next, more: true })
}
