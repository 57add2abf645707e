//! The agents of a queue, as they are now: who is there, and takes more.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};
use rapport_clocks::Hours;
use rapport_entity::{
    identity::user,
    service::{
        queue::{self, Method},
        service_agent::{self, Availability},
        service_request,
    },
    work::business_calendar,
};
use sea_orm::{ColumnTrait, Condition, sea_query::Expr};
use uuid::Uuid;

use super::{Needs, last};
use crate::{
    kernel::{Read, Result, Tx, is_among},
    turns::{Candidate, Way, choose},
    work::hours::laid_out,
};

/// The most agents of a queue that names no members.
const MOST: u64 = 1_000;

/// Hours that begin later than that are not waited for.
const FARTHEST: TimeDelta = TimeDelta::days(366);

/// The agents of a queue.
pub(super) struct Crew {
    agents: Vec<Agent>,
    method: Method,
    last: Option<user::Id>,
    now: DateTime<Utc>,
}

struct Agent {
    profile: service_agent::Model,
    open: i64,
    hours: Arc<Hours>,
}

impl Crew {
    /// The agents of a queue who work here, in the order of its members.
    pub async fn of(tx: &Tx<'_>, queue: &queue::Model) -> Result<Self> {
        let profiles = profiles(tx, queue).await?;
        let users: Vec<user::Id> = profiles.iter().map(|profile| profile.user_id).collect();
        let open = open(tx, &users).await?;
        let hours = hours(tx, queue, &profiles).await?;
        let always = laid_out(None)?;
        let agent = |profile: service_agent::Model| {
            let calendar = profile.calendar_id.or(queue.calendar_id);
            let hours = calendar.and_then(|id| hours.get(&id.uuid())).unwrap_or(&always);
            let open = open.get(&profile.user_id.uuid()).copied().unwrap_or(0);
            Agent { open, hours: Arc::clone(hours), profile }
        };
        Ok(Self {
            agents: profiles.into_iter().map(agent).collect(),
            method: queue.method,
            last: last(tx, queue.id).await?,
            now: tx.now(),
        })
    }

    /// Whether anybody who takes more has what a request needs.
    pub fn can_take(&self, needs: &Needs) -> bool {
        let can =
            |agent: &Agent| agent.takes_more(self.now) && needs.are_met_by(Some(&agent.profile));
        self.agents.iter().any(can)
    }

    /// Who gets a request that needs something. They have one more since.
    pub fn choose(&mut self, needs: &Needs) -> Option<user::Id> {
        let candidate = |agent: &Agent| Candidate {
            id: agent.profile.user_id,
            open: agent.open,
            free: agent.takes_more(self.now) && needs.are_met_by(Some(&agent.profile)),
        };
        let among: Vec<Candidate> = self.agents.iter().map(candidate).collect();
        let way = match self.method {
            Method::LeastBusy => Way::FewestOpen,
            Method::Pull | Method::RoundRobin => Way::InTurn,
        };
        let chosen = choose(&among, way, self.last)?;
        self.last = Some(chosen);
        for agent in self.agents.iter_mut().filter(|agent| agent.profile.user_id == chosen) {
            agent.open += 1;
        }
        Some(chosen)
    }

    /// Whether anybody takes more.
    pub fn takes_more(&self) -> bool {
        self.agents.iter().any(|agent| agent.takes_more(self.now))
    }

    /// When the hours of the first of those begin who would take more but for the hour.
    pub fn next_opening(&self) -> Option<DateTime<Utc>> {
        let others = self.agents.iter().filter(|agent| agent.has_room() && !agent.is_in(self.now));
        others.filter_map(|agent| agent.opens_after(self.now)).min()
    }
}

impl Agent {
    fn takes_more(&self, now: DateTime<Utc>) -> bool {
        self.has_room() && self.is_in(now)
    }

    fn has_room(&self) -> bool {
        self.profile.availability == Availability::Available
            && self.profile.capacity.is_none_or(|most| self.open < i64::from(most))
    }

    fn is_in(&self, now: DateTime<Utc>) -> bool {
        !self.hours.openings(now, now + TimeDelta::microseconds(1), 1).is_empty()
    }

    fn opens_after(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.hours.openings(now, now + FARTHEST, 1).first().map(|(from, _)| *from)
    }
}

/// The profiles of a queue's members who work here; of everybody with a profile, where it names none.
async fn profiles(tx: &Tx<'_>, queue: &queue::Model) -> Result<Vec<service_agent::Model>> {
    let members: Vec<Uuid> = queue.member_ids.0.iter().map(|id| id.uuid()).collect();
    let theirs = match members.is_empty() {
        true => Condition::all(),
        false => {
            let user = Expr::col(service_agent::Column::UserId);
            Condition::all().add(is_among(user, &members, tx.backend()))
        }
    };
    let mut profiles = tx.entailed::<service_agent::Entity, Read>().filtered(theirs, MOST).await?;
    let users: Vec<user::Id> = profiles.iter().map(|profile| profile.user_id).collect();
    let there = tx.entailed::<user::Entity, Read>().live(&users).await?;
    let active = there.iter().filter(|user| user.status == user::Status::Active);
    let active: HashSet<Uuid> = active.map(|user| user.id.uuid()).collect();
    profiles.retain(|profile| active.contains(&profile.user_id.uuid()));
    let place = |id: Uuid| members.iter().position(|member| *member == id);
    profiles.sort_by_key(|profile| (place(profile.user_id.uuid()), profile.id.uuid()));
    Ok(profiles)
}

/// How many open requests each of some users has.
pub(in crate::service) async fn open(
    tx: &Tx<'_>,
    users: &[user::Id],
) -> Result<BTreeMap<Uuid, i64>> {
    let keys: Vec<Uuid> = users.iter().map(|id| id.uuid()).collect();
    let theirs = Condition::all()
        .add(is_among(Expr::col(service_request::Column::OwnerId), &keys, tx.backend()))
        .add(service_request::Column::IsOpen.eq(true));
    let by_owner = [service_request::Column::OwnerId];
    let requests = tx.entailed::<service_request::Entity, Read>();
    Ok(requests.tally::<(Uuid, i64)>(&by_owner, theirs).await?.into_iter().collect())
}

/// The calendars of a queue and its agents, laid out.
async fn hours(
    tx: &Tx<'_>,
    queue: &queue::Model,
    profiles: &[service_agent::Model],
) -> Result<HashMap<Uuid, Arc<Hours>>> {
    let named = profiles.iter().filter_map(|profile| profile.calendar_id).chain(queue.calendar_id);
    let ids: HashSet<Uuid> = named.map(|id| id.uuid()).collect();
    let ids: Vec<business_calendar::Id> = ids.into_iter().map(Into::into).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let calendars = tx.entailed::<business_calendar::Entity, Read>().many(&ids).await?;
    calendars.iter().map(|row| Ok((row.id.uuid(), laid_out(Some(row))?))).collect()
}
