//! Occasions as they follow from what is kept: who has been in which segment and stage from when to when, and dates.

use chrono::{DateTime, TimeDelta, Utc};
use rapport_entity::{
    Span,
    customers::customer,
    lifecycle::{lifecycle_move, lifecycle_stage},
    plays::trigger::Trigger,
    segmentation::{segment, segment_member, segment_stay},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect,
};

use super::dates;
use crate::{
    following::Due,
    kernel::{Actor, Result, database::Lease},
};

/// Somebody for whom something comes up. (Ordered by when it does.)
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Touch {
    /// When.
    pub at: DateTime<Utc>,
    /// For whom.
    pub customer: customer::Id,
    /// What names the occasion.
    pub occasion: String,
}

/// A stretch of time.
#[derive(Clone, Copy, Debug)]
pub struct Within {
    /// What was then is not in it.
    pub after: DateTime<Utc>,
    /// What is then is.
    pub until: DateTime<Utc>,
}

impl Within {
    /// Whether a moment is in it.
    pub fn has(self, at: DateTime<Utc>) -> bool {
        self.after < at && at <= self.until
    }

    /// That a column is in it.
    fn holds(self, column: impl ColumnTrait) -> Condition {
        Condition::all().add(column.gt(self.after)).add(column.lte(self.until))
    }
}

/// Where is looked, and for whom.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// The connection.
    pub db: &'a Lease,
    /// Whoever looks.
    pub actor: &'a Actor,
}

impl Look<'_> {
    /// Which of the two databases it is.
    pub fn backend(&self) -> DbBackend {
        self.db.get_database_backend()
    }
}

/// Where customers stay.
#[derive(Clone, Copy, Debug)]
enum Place {
    Segment(segment::Id),
    Stage(lifecycle_stage::Id),
}

/// Who, and from when to when; to no end where they are there still.
type Stay = (customer::Id, DateTime<Utc>, Option<DateTime<Utc>>);

/// For whom what a play waits for has come up within a stretch of time. Deleted customers are among them.
pub async fn touches(look: Look<'_>, trigger: &Trigger, within: Within) -> Result<Vec<Touch>> {
    let mut touches = match trigger {
        Trigger::Date(on) => return dates::touches(look, on, within, None).await,
        Trigger::EnteredSegment(of) => entered(look, Place::Segment(of.segment_id), within).await?,
        Trigger::LeftSegment(of) => left(look, Place::Segment(of.segment_id), within).await?,
        Trigger::InSegment(of) => {
            stayed(look, Place::Segment(of.segment_id), &of.longer_than, within).await?
        }
        Trigger::EnteredStage(of) => entered(look, Place::Stage(of.stage_id), within).await?,
        Trigger::LeftStage(of) => left(look, Place::Stage(of.stage_id), within).await?,
        Trigger::InStage(of) => {
            stayed(look, Place::Stage(of.stage_id), &of.longer_than, within).await?
        }
    };
    touches.sort();
    Ok(touches)
}

async fn entered(look: Look<'_>, place: Place, within: Within) -> Result<Vec<Touch>> {
    let mut stays = open(look, place, within).await?;
    stays.extend(closed(look, place, within, ClosedBy::Entered).await?);
    Ok(stays
        .into_iter()
        .map(|(customer, at, _)| entering(trigger_place(place), customer, at))
        .collect())
}

async fn left(look: Look<'_>, place: Place, within: Within) -> Result<Vec<Touch>> {
    let stays = closed(look, place, within, ClosedBy::Left).await?;
    let left = stays.into_iter().filter_map(|(customer, _, left)| Some((customer, left?)));
    Ok(left.map(|(customer, at)| leaving(trigger_place(place), customer, at)).collect())
}

/// Those who have been there for so long, or had been when it was time.
async fn stayed(look: Look<'_>, place: Place, span: &Span, within: Within) -> Result<Vec<Touch>> {
    let entered = entered_for(span, within);
    let mut stays = open(look, place, entered).await?;
    stays.extend(closed(look, place, entered, ClosedBy::Entered).await?);
    let due = |(customer, since, left): Stay| {
        let at = span.ahead().from_moment(since);
        let occasion = format!("in {} since {}", trigger_place(place), stamp(since));
        left.is_none_or(|left| left > at).then_some(Touch { at, customer, occasion })
    };
    Ok(stays.into_iter().filter_map(due).collect())
}

/// When those entered for whom it is time within a stretch.
fn entered_for(span: &Span, within: Within) -> Within {
    let moment = TimeDelta::microseconds(1);
    let reaches = |at: DateTime<Utc>| span.ahead().reaches(at + moment) - moment;
    Within { after: reaches(within.after), until: reaches(within.until) }
}

fn trigger_place(place: Place) -> uuid::Uuid {
    match place {
        Place::Segment(id) => id.uuid(),
        Place::Stage(id) => id.uuid(),
    }
}

/// Somebody who came into a segment or stage.
pub fn entering(place: uuid::Uuid, customer: customer::Id, at: DateTime<Utc>) -> Touch {
    Touch { at, customer, occasion: format!("entered {place} at {}", stamp(at)) }
}

/// Somebody who went.
pub fn leaving(place: uuid::Uuid, customer: customer::Id, at: DateTime<Utc>) -> Touch {
    Touch { at, customer, occasion: format!("left {place} at {}", stamp(at)) }
}

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

/// Those who entered within a stretch of time and are there still.
async fn open(look: Look<'_>, place: Place, entered: Within) -> Result<Vec<Stay>> {
    let workspace = look.actor.workspace;
    let found: Vec<(customer::Id, DateTime<Utc>)> = match place {
        Place::Segment(id) => {
            use segment_member::Column::{CustomerId, EnteredAt, SegmentId, WorkspaceId};
            let members = segment_member::Entity::find().select_only();
            let members =
                members.columns([CustomerId, EnteredAt]).filter(WorkspaceId.eq(workspace));
            let members = members.filter(SegmentId.eq(id)).filter(entered.holds(EnteredAt));
            members.into_tuple().all(look.db).await?
        }
        Place::Stage(id) => {
            use customer::Column::{DeletedAt, Id, StageId, StageSince, WorkspaceId};
            let there = customer::Entity::find().select_only().columns([Id, StageSince]);
            let there = there.filter(WorkspaceId.eq(workspace)).filter(DeletedAt.is_null());
            let there = there.filter(StageId.eq(id)).filter(entered.holds(StageSince));
            there.into_tuple().all(look.db).await?
        }
    };
    Ok(found.into_iter().map(|(customer, since)| (customer, since, None)).collect())
}

/// By which of its ends a stay is found.
#[derive(Clone, Copy)]
enum ClosedBy {
    Entered,
    Left,
}

/// Those who entered, or left, within a stretch of time, and have left.
async fn closed(look: Look<'_>, place: Place, within: Within, by: ClosedBy) -> Result<Vec<Stay>> {
    let workspace = look.actor.workspace;
    match place {
        Place::Segment(id) => {
            use segment_stay::Column::{CustomerId, EnteredAt, LeftAt, SegmentId, WorkspaceId};
            let by = match by {
                // An index knows when they left, which is later.
                ClosedBy::Entered => within.holds(EnteredAt).add(LeftAt.gt(within.after)),
                ClosedBy::Left => within.holds(LeftAt),
            };
            let stays = segment_stay::Entity::find().select_only();
            let stays = stays.columns([CustomerId, EnteredAt, LeftAt]).filter(SegmentId.eq(id));
            Ok(stays.filter(WorkspaceId.eq(workspace)).filter(by).into_tuple().all(look.db).await?)
        }
        Place::Stage(id) => {
            use lifecycle_move::Column::{CustomerId, FromStageId, MovedAt, Since, WorkspaceId};
            let by = match by {
                ClosedBy::Entered => within.holds(Since).add(MovedAt.gt(within.after)),
                ClosedBy::Left => within.holds(MovedAt).add(Since.is_not_null()),
            };
            let moves = lifecycle_move::Entity::find().select_only();
            let moves = moves.columns([CustomerId, Since, MovedAt]).filter(FromStageId.eq(id));
            Ok(moves.filter(WorkspaceId.eq(workspace)).filter(by).into_tuple().all(look.db).await?)
        }
    }
}

/// When it is time next for somebody who is where a play waits for them to stay.
pub async fn due(look: Look<'_>, trigger: &Trigger, at: DateTime<Utc>) -> Result<Due> {
    let (place, span) = match trigger {
        Trigger::InSegment(of) => (Place::Segment(of.segment_id), &of.longer_than),
        Trigger::InStage(of) => (Place::Stage(of.stage_id), &of.longer_than),
        _ => return Ok(None),
    };
    let after = entered_for(span, Within { after: at, until: at }).after;
    let workspace = look.actor.workspace;
    let first: Option<Option<DateTime<Utc>>> = match place {
        Place::Segment(id) => {
            use segment_member::Column::{EnteredAt, SegmentId, WorkspaceId};
            let members = segment_member::Entity::find().select_only();
            let first = members.column_as(EnteredAt.min(), "first").filter(SegmentId.eq(id));
            let first = first.filter(WorkspaceId.eq(workspace)).filter(EnteredAt.gt(after));
            first.into_tuple().one(look.db).await?
        }
        Place::Stage(id) => {
            use customer::Column::{DeletedAt, StageId, StageSince, WorkspaceId};
            let there = customer::Entity::find().select_only();
            let first = there.column_as(StageSince.min(), "first").filter(StageId.eq(id));
            let first = first.filter(WorkspaceId.eq(workspace)).filter(StageSince.gt(after));
            first.filter(DeletedAt.is_null()).into_tuple().one(look.db).await?
        }
    };
    Ok(first.flatten().map(|since| span.ahead().from_moment(since)))
}

/// Whether a customer is still where a play waits for them to stay, since the time that an occasion names.
pub async fn is_still_there(
    look: Look<'_>,
    trigger: &Trigger,
    customer: &customer::Model,
    occurred_at: DateTime<Utc>,
) -> Result<bool> {
    match trigger {
        Trigger::InStage(of) => {
            let due = customer.stage_since.map(|since| of.longer_than.ahead().from_moment(since));
            Ok(customer.stage_id == Some(of.stage_id) && due == Some(occurred_at))
        }
        Trigger::InSegment(of) => {
            use segment_member::Column::{CustomerId, EnteredAt, SegmentId, WorkspaceId};
            let member = segment_member::Entity::find().select_only().column(EnteredAt);
            let member = member.filter(WorkspaceId.eq(look.actor.workspace));
            let member = member.filter(SegmentId.eq(of.segment_id));
            let member = member.filter(CustomerId.eq(customer.id));
            let since: Option<DateTime<Utc>> = member.into_tuple().one(look.db).await?;
            let due = since.map(|since| of.longer_than.ahead().from_moment(since));
            Ok(due == Some(occurred_at))
        }
        _ => Ok(true),
    }
}
