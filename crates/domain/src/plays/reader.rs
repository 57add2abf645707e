use chrono::{DateTime, Utc};
use rapport_entity::{
    customers::customer,
    log::event,
    plays::{
        play::{Column, Entity, Model},
        trigger::Trigger,
    },
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, prelude::async_trait};
use uuid::Uuid;

use super::{
    due,
    history::{self, Touch, Within, entering, leaving},
    runs,
};
use crate::{
    following::{Changes, Due, On, Reader, Touched, Turn},
    kernel::{Result, Tx},
};

/// The reader of the log that makes runs of what comes up with customers.
#[derive(Debug)]
pub struct Plays;

#[async_trait::async_trait]
impl Reader for Plays {
    fn name(&self) -> &'static str {
        "plays"
    }

    /// What came up before anybody read is looked up in what is kept.
    async fn begin(&self, tx: &Tx<'_>, turn: Turn) -> Result<Due> {
        let plays = enabled(tx).await?;
        for play in &plays {
            let (Some(after), false) =
                (play.active_since, matches!(play.trigger, Trigger::Date(_)))
            else {
                continue;
            };
            let within = Within { after, until: turn.at };
            let touches = history::touches(due::look(tx), &play.trigger, within).await?;
            runs::plan(tx, play, &touches).await?;
        }
        due::next(tx, &plays, turn.at).await
    }

    async fn follow(&self, tx: &Tx<'_>, events: &[event::Model], turn: Turn) -> Result<Due> {
        let plays = enabled(tx).await?;
        if plays.is_empty() {
            return Ok(None);
        }
        for play in &plays {
            let touches: Vec<Touch> =
                events.iter().filter_map(|event| touch(play, event)).collect();
            runs::plan(tx, play, &touches).await?;
        }
        redate(tx, &plays, events).await?;
        match events.iter().any(|event| brings_nearer(&plays, event)) {
            true => due::next(tx, &plays, turn.at).await,
            false => Ok(None),
        }
    }

    async fn pass(&self, tx: &Tx<'_>, since: DateTime<Utc>, turn: Turn) -> Result<Due> {
        let within = Within { after: since, until: turn.at };
        due::pass(tx, &enabled(tx).await?, within).await
    }
}

async fn enabled(tx: &Tx<'_>) -> Result<Vec<Model>> {
    let enabled =
        Entity::find().filter(Column::DeletedAt.is_null()).filter(Column::Enabled.eq(true));
    tx.rows::<Entity>().all(enabled).await
}

/// For whom what a play waits for has come up with an event.
fn touch(play: &Model, event: &event::Model) -> Option<Touch> {
    let customer = event.customer_id?;
    let touch = match &play.trigger {
        Trigger::EnteredSegment(of) if is(event, "segment.entered", of.segment_id.uuid()) => {
            entering(of.segment_id.uuid(), customer, event.at)
        }
        Trigger::LeftSegment(of) if is(event, "segment.left", of.segment_id.uuid()) => {
            leaving(of.segment_id.uuid(), customer, event.at)
        }
        Trigger::EnteredStage(of) if stage(event, "after") == Some(of.stage_id.uuid()) => {
            entering(of.stage_id.uuid(), customer, event.at)
        }
        Trigger::LeftStage(of) if stage(event, "before") == Some(of.stage_id.uuid()) => {
            leaving(of.stage_id.uuid(), customer, event.at)
        }
        _ => return None,
    };
    play.active_since.is_some_and(|since| touch.at > since).then_some(touch)
}

fn is(event: &event::Model, name: &str, subject: Uuid) -> bool {
    event.name == name && event.subject_id == subject
}

/// The stage that a customer goes from, or comes into: by a move, or to begin with.
fn stage(event: &event::Model, side: &str) -> Option<Uuid> {
    match event.name.as_str() {
        "customer.moved" | "customer.created" => {
            event.data[side]["stageId"].as_str().and_then(|id| id.parse().ok())
        }
        _ => None,
    }
}

/// Looks at the dates of those who have others by now, or live by another time.
async fn redate(tx: &Tx<'_>, plays: &[Model], events: &[event::Model]) -> Result<()> {
    let dated = |play: &&Model| matches!(play.trigger, Trigger::Date(_));
    let of_customers = events.iter().filter(|event| event.name.starts_with("customer."));
    let Some(first) = of_customers.map(|event| event.at).min() else { return Ok(()) };
    let changes = Changes::read(tx.actor(), events);
    for play in plays.iter().filter(dated) {
        let Trigger::Date(on) = &play.trigger else { continue };
        let mut touched = Touched::default();
        for field in [on.field.as_str(), "timeZone"] {
            touched.join(&changes.of(&On::Field(CUSTOMER, field.to_owned())));
        }
        match touched {
            touched if touched.is_empty() => {}
            Touched::Everybody => due::anew(tx, play, first, None).await?,
            Touched::These(ids) => {
                let ids: Vec<Uuid> = ids.into_iter().collect();
                due::anew(tx, play, first, Some(&ids)).await?;
            }
        }
    }
    Ok(())
}

const CUSTOMER: &str = <customer::Entity as rapport_entity::Resource>::NAME;

/// Whether by an event time may bring something sooner than was thought: a play is another, or somebody has come where one
/// waits for them to stay.
fn brings_nearer(plays: &[Model], event: &event::Model) -> bool {
    let to = |play: &Model, place: Option<Uuid>| match &play.trigger {
        Trigger::InSegment(of) => place == Some(of.segment_id.uuid()),
        Trigger::InStage(of) => place == Some(of.stage_id.uuid()),
        _ => false,
    };
    match event.name.split_once('.') {
        Some(("play", _)) | Some(("customer", "restored")) => true,
        Some(("segment", "entered")) => plays.iter().any(|play| to(play, Some(event.subject_id))),
        Some(("customer", _)) => plays.iter().any(|play| to(play, stage(event, "after"))),
        _ => false,
    }
}
