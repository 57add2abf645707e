//! What a play may be: whatever it names must be there, and whoever saves it must be allowed what it looks at and does.

use rapport_entity::{
    customers::customer,
    identity::{
        role::{Scope, Verb},
        user,
    },
    integration::webhook_endpoint,
    lifecycle::lifecycle_stage::{self, Kind},
    plays::{
        action::{Action, Actions},
        trigger::{OnDate, QuietHours, Trigger},
    },
    rule::Rule,
    segmentation::segment,
};

use crate::{
    following::named,
    kernel::{Access, Actor, Ctx, Error, Faults, FieldKind, Read, Result, Tx, catalogue},
    lifecycle::stages::hold,
    segmentation::segments::check_saved_rule,
};

/// The most that a play does.
const MOST: usize = 10;

/// When, and for whom.
#[derive(Clone, Copy, Debug)]
pub struct Occasion<'a> {
    /// What is waited for.
    pub trigger: &'a Trigger,
    /// For whom.
    pub condition: Option<&'a Rule>,
    /// When customers are left in peace.
    pub quiet_hours: Option<&'a QuietHours>,
}

impl Occasion<'_> {
    /// Everything about it must be sound, and there.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where it looks at what the actor may not read all of. What else is wrong is among the faults.
    pub async fn check(
        self,
        ctx: &Ctx,
        segments: Access<'_, segment::Entity, Read>,
        stages: Access<'_, lifecycle_stage::Entity, Read>,
        faults: &mut Faults,
    ) -> Result<()> {
        may(ctx.actor(), Verb::Read, "customer", "let a play read")?;
        let at = format!("/trigger/{}", self.trigger.name());
        let mut names: Vec<(segment::Id, String)> = Vec::new();
        names.extend(self.trigger.segment().map(|id| (id, format!("{at}/segmentId"))));
        if let Some(rule) = self.condition {
            match check_saved_rule(ctx, rule, "/condition") {
                Err(err @ (Error::Invalid(_) | Error::Conflict(_))) => faults.under("", err),
                checked => checked?,
            }
            names.extend(named(rule, "/condition").into_iter().map(|named| (named.id, named.at)));
        }
        let ids: Vec<segment::Id> = names.iter().map(|(id, _)| *id).collect();
        let there = segments.live(&ids).await?;
        for (id, at) in names {
            if there.iter().all(|segment| segment.id != id) {
                faults.conflict(at, "is no segment");
            }
        }
        if let Some(id) = self.trigger.stage()
            && stages.live(&[id]).await?.is_empty()
        {
            faults.conflict(format!("{at}/stageId"), "is no lifecycle stage");
        }
        if let Trigger::Date(on) = self.trigger {
            check_date(ctx.actor(), on, faults);
        }
        if self.quiet_hours.is_some_and(|quiet| quiet.from == quiet.to) {
            faults.invalid("/quietHours/to", "must be another time than from");
        }
        Ok(())
    }
}

fn check_date(actor: &Actor, on: &OnDate, faults: &mut Faults) {
    let of = catalogue::<customer::Entity>();
    let is_date = actor.field(of, &on.field).is_some_and(|field| field.kind == FieldKind::Date);
    if !is_date {
        faults.invalid("/trigger/date/field", "is no date that customers have");
    }
}

/// Leave to all records of a kind.
fn may(actor: &Actor, verb: Verb, resource: &'static str, said: &'static str) -> Result<()> {
    match actor.permissions.scope(resource, verb) {
        Scope::All => Ok(()),
        _ => Err(Error::Forbidden { verb: said, resource }),
    }
}

/// What a play does must be something that the actor may do to every customer, and to what is there. Stages that are named
/// are neither changed nor deleted until the transaction ends.
pub async fn check_actions(tx: &Tx<'_>, actions: &Actions, faults: &mut Faults) -> Result<()> {
    if !(1..=MOST).contains(&actions.0.len()) {
        faults.invalid("/actions", format!("must be from 1 to {MOST}"));
    }
    for (place, action) in actions.0.iter().enumerate() {
        let at = format!("/actions/{place}/{}", action.name());
        check_action(tx, action, &at, faults).await?;
    }
    Ok(())
}

async fn check_action(tx: &Tx<'_>, action: &Action, at: &str, faults: &mut Faults) -> Result<()> {
    let may = |verb, resource, said| may(tx.actor(), verb, resource, said);
    let may_update = || may(Verb::Update, "customer", "let a play update");
    match action {
        Action::CreateTask(task) => {
            may(Verb::Create, "task", "let a play create")?;
            check_user(tx, task.owner_id, format!("{at}/ownerId"), faults).await
        }
        Action::Assign(to) => {
            may_update()?;
            check_user(tx, Some(to.owner_id), format!("{at}/ownerId"), faults).await
        }
        Action::Tag(marks) | Action::Untag(marks) => {
            may_update()?;
            if marks.tags.as_slice().is_empty() {
                faults.invalid(format!("{at}/tags"), "must be at least one");
            }
            Ok(())
        }
        Action::MoveToStage(to) => {
            may_update()?;
            may(Verb::Read, "lifecycle_stage", "let a play read")?;
            if to.reason.is_some() {
                may(Verb::Create, "backward_move", "let a play make")?;
            }
            match hold(tx, to.stage_id).await? {
                None => faults.conflict(format!("{at}/stageId"), "is no lifecycle stage"),
                Some(stage) if stage.kind == Kind::Lost => {
                    let why =
                        "is the stage of those who are lost, for a reason: no play loses them";
                    faults.conflict(format!("{at}/stageId"), why);
                }
                Some(_) => {}
            }
            Ok(())
        }
        Action::Notify(what) => check_user(tx, what.user_id, format!("{at}/userId"), faults).await,
        Action::CallWebhook(of) => {
            may(Verb::Update, "webhook_endpoint", "let a play call")?;
            let endpoints = tx.can::<webhook_endpoint::Entity, Read>()?;
            if endpoints.live(&[of.endpoint_id]).await?.is_empty() {
                faults.conflict(format!("{at}/endpointId"), "is no webhook endpoint");
            }
            Ok(())
        }
    }
}

async fn check_user(
    tx: &Tx<'_>,
    id: Option<user::Id>,
    at: String,
    faults: &mut Faults,
) -> Result<()> {
    if let Some(id) = id
        && tx.can::<user::Entity, Read>()?.live(&[id]).await?.is_empty()
    {
        faults.conflict(at, "is no user of this workspace");
    }
    Ok(())
}
