//! Requests that wait are given out as soon as somebody can have them: when somebody has room again, comes back, or begins
//! to work. A timer of the queue says when to look; whichever node comes first takes it.

use rapport_entity::{
    identity::user,
    service::{
        queue::{self, Column, Method},
        service_request,
    },
};
use sea_orm::{ColumnTrait, Condition, prelude::async_trait};

use super::{
    Assignment, Needs,
    crew::Crew,
    giving_queue, note, one_at_a_time,
    waiting::{self, MOST, held_if_waiting},
};
use crate::{
    kernel::{Ctx, Read, Result, Timer, Tx},
    service::{agents, requests::give},
    timed::Timed,
};

/// The kind of the timers.
const TIMER: &str = "queue_filling";

/// The kind of the timers of hours that begin. They are apart, so that neither puts the other off.
const OPENING: &str = "queue_opening";

/// So many requests are given out in one go.
const SOME: usize = 50;

/// The most queues that give requests out by themselves and are looked at for somebody.
const MOST_QUEUES: u64 = 1_000;

/// Gives out what waits in queues, when somebody may have room: the first kind of timer, or the second.
#[derive(Debug)]
pub struct QueueFilling {
    kind: &'static str,
}

impl QueueFilling {
    /// When somebody may have room again.
    pub const ROOM: Self = Self { kind: TIMER };
    /// When somebody's hours begin.
    pub const HOURS: Self = Self { kind: OPENING };
}

#[async_trait::async_trait]
impl Timed for QueueFilling {
    fn kind(&self) -> &'static str {
        self.kind
    }

    async fn act(&self, ctx: &Ctx, timer: &Timer) -> Result<()> {
        ctx.tx(async |tx| {
            tx.unheard();
            // Before the timer is taken: whoever is past this sets it.
            one_at_a_time(tx).await?;
            match tx.take_timer(self.kind, timer).await? {
                true => fill(tx, timer.subject.into()).await,
                false => Ok(()),
            }
        })
        .await
    }
}

/// Gives out what waits in a queue, the most urgent first, as long as anybody takes more.
async fn fill(tx: &Tx<'_>, id: queue::Id) -> Result<()> {
    let Some(queue) = giving_queue(tx, id).await? else { return Ok(()) };
    let mut crew = Crew::of(tx, &queue).await?;
    let waiting = waiting::first(tx.entailed::<service_request::Entity, Read>(), id).await?;
    let needs = Needs::of_all(tx, &waiting).await?;
    let mut given = 0;
    for (request, needs) in waiting.iter().zip(&needs) {
        if given == SOME || !crew.takes_more() {
            break;
        }
        given += usize::from(give_to_one(tx, &queue, &mut crew, request, needs).await?);
    }
    let more = given == SOME || (given > 0 && waiting.len() as u64 == MOST);
    if more && crew.takes_more() {
        return look_again(tx, &queue).await;
    }
    match given < waiting.len() {
        true => at_next_opening(tx, &queue, &crew).await,
        false => Ok(()),
    }
}

/// Gives a request to one of a crew who can have it. One that somebody is at is left alone: whoever changes it looks
/// who gets it.
async fn give_to_one(
    tx: &Tx<'_>,
    queue: &queue::Model,
    crew: &mut Crew,
    request: &service_request::Model,
    needs: &Needs,
) -> Result<bool> {
    if !crew.can_take(needs) {
        return Ok(false);
    }
    let Some(before) = held_if_waiting(tx, request.id, queue.id).await? else { return Ok(false) };
    let Some(user) = crew.choose(needs) else { return Ok(false) };
    note(tx, queue.id, user).await?;
    let to = Assignment { user, method: queue.method, queue: queue.id };
    give(tx, &before, "assigned", to).await?;
    Ok(true)
}

/// Has a queue looked at when the next of its agents begins to work.
pub(super) async fn at_next_opening(tx: &Tx<'_>, queue: &queue::Model, crew: &Crew) -> Result<()> {
    match crew.next_opening() {
        Some(at) => tx.set_timer(OPENING, queue.id.uuid(), Some(at)).await,
        None => Ok(()),
    }
}

/// Has a queue looked at soon, where it gives requests out by itself.
pub(in crate::service) async fn look_again(tx: &Tx<'_>, queue: &queue::Model) -> Result<()> {
    match queue.method {
        Method::Pull => Ok(()),
        Method::RoundRobin | Method::LeastBusy => {
            tx.set_timer(TIMER, queue.id.uuid(), Some(tx.now())).await
        }
    }
}

/// Has the queues looked at that somebody is in.
pub(in crate::service) async fn look_again_for(tx: &Tx<'_>, user: user::Id) -> Result<()> {
    let giving = Condition::all().add(Column::Method.ne(Method::Pull));
    let mut queues = tx.entailed::<queue::Entity, Read>().filtered(giving, MOST_QUEUES).await?;
    queues.retain(|queue| {
        let members = &queue.member_ids.0;
        members.is_empty() || members.contains(&user)
    });
    // In one order, so that two who do so wait for each other.
    queues.sort_by_key(|queue| queue.id.uuid());
    for queue in &queues {
        look_again(tx, queue).await?;
    }
    Ok(())
}

/// Has all queues looked at: there is somebody at other hours than before.
pub(crate) async fn look_again_everywhere(tx: &Tx<'_>) -> Result<()> {
    let giving = "queue where workspace_id = $1 and method <> 'pull' and deleted_at is null";
    tx.set_timers(TIMER, giving, tx.now()).await
}

/// Has queues looked at where a change leaves somebody with an open request less, of as many as they may have.
pub(in crate::service) async fn freed(
    tx: &Tx<'_>,
    before: &service_request::Model,
    after: &service_request::Model,
) -> Result<()> {
    let counts = |row: &service_request::Model| {
        row.owner_id.filter(|_| row.is_open && row.deleted_at.is_none())
    };
    let Some(user) = counts(before).filter(|user| counts(after) != Some(*user)) else {
        return Ok(());
    };
    let profile = agents::of_user(tx, user).await?;
    match profile.is_some_and(|profile| profile.capacity.is_some()) {
        true => look_again_for(tx, user).await,
        false => Ok(()),
    }
}
