//! Where an opportunity may go from where it is: what the pipeline allows, and what the stages ask for.

use async_graphql::SimpleObject;
use rapport_entity::{
    Name, Text,
    sales::{
        opportunity::{self, Model, Status},
        pipeline::{self, Freedom},
        pipeline_stage::{self, Criterion},
    },
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    kernel::{Ctx, Error, Faults, Read, Result, Tx},
    sales::pipelines::{criteria::met, stages},
};

/// Where a way leads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum To<'a> {
    /// To another stage.
    Stage(&'a pipeline_stage::Model),
    /// Beyond the last stage: it is won.
    Won,
}

/// A way that an opportunity may be to go.
pub struct Way<'a> {
    /// The pipeline.
    pub pipeline: &'a pipeline::Model,
    /// The stages of the pipeline, in their order.
    pub stages: &'a [pipeline_stage::Model],
    /// The stage it is in.
    pub from: &'a pipeline_stage::Model,
    /// Where it would go.
    pub to: To<'a>,
}

/// What a way is like, before it is known which criteria are met.
#[derive(Debug, Default)]
struct Terms<'a> {
    /// Why nobody may go it.
    refused: Vec<String>,
    /// Why a reason must be given.
    needs_reason: Option<&'static str>,
    /// What must hold: the criterion, the stage that asks for it, and when.
    criteria: Vec<(&'a Criterion, &'a Name, &'static str)>,
}

impl<'a> Way<'a> {
    fn terms(&self) -> Terms<'a> {
        match self.to {
            To::Stage(to) if to.pipeline_id != self.from.pipeline_id => {
                Terms { criteria: entry(to), ..Terms::default() }
            }
            To::Stage(to) if place(to) < place(self.from) => self.back(),
            to => self.forward(to),
        }
    }

    fn back(&self) -> Terms<'a> {
        let mut terms = Terms::default();
        match self.pipeline.going_back {
            Freedom::Allowed => {}
            Freedom::WithReason => terms.needs_reason = Some("is needed: this is a move back"),
            Freedom::Refused => {
                terms
                    .refused
                    .push("is an earlier stage, and this pipeline does not go back".into());
            }
        }
        terms
    }

    fn forward(&self, to: To<'a>) -> Terms<'a> {
        let mut terms = Terms::default();
        let skipped = self.stages.iter().filter(|stage| {
            let before = match to {
                To::Stage(to) => place(stage) < place(to),
                To::Won => true,
            };
            place(stage) > place(self.from) && before
        });
        for stage in skipped {
            match (stage.required, self.pipeline.skipping) {
                (true, _) | (_, Freedom::Refused) => {
                    let why = format!(
                        "skips the stage {:?}, which must not be skipped",
                        stage.name.as_str()
                    );
                    terms.refused.push(why);
                }
                (_, Freedom::WithReason) => {
                    terms.needs_reason = Some("is needed: stages are skipped");
                }
                (_, Freedom::Allowed) => {}
            }
        }
        let exit = self.from.exit_criteria.0.iter();
        terms.criteria.extend(exit.map(|criterion| (criterion, &self.from.name, "to leave")));
        if let To::Stage(to) = to {
            terms.criteria.extend(entry(to));
        }
        terms
    }
}

fn entry(stage: &pipeline_stage::Model) -> Vec<(&Criterion, &Name, &'static str)> {
    stage.entry_criteria.0.iter().map(|criterion| (criterion, &stage.name, "to enter")).collect()
}

/// Where a stage stands among the others of its pipeline.
fn place(stage: &pipeline_stage::Model) -> (i64, uuid::Uuid) {
    (stage.position.into(), stage.id.uuid())
}

/// An opportunity that was locked may go this way.
///
/// # Errors
/// [`Error::Conflict`] names everything that stands in the way, each criterion that is not met among it.
pub async fn check(
    tx: &Tx<'_>,
    of: &Model,
    way: &Way<'_>,
    (at, reason): (&str, Option<&Text>),
    reason_at: &str,
) -> Result<()> {
    let terms = way.terms();
    let mut faults = Faults::default();
    for why in terms.refused {
        faults.conflict(at, why);
    }
    if let (Some(why), None) = (terms.needs_reason, reason) {
        faults.conflict(reason_at, why);
    }
    judge(tx, of.id, &terms.criteria, at, &mut faults).await?;
    faults.check()
}

/// An opportunity that was made must meet the entry criteria of its stage.
///
/// # Errors
/// [`Error::Conflict`] names each that is not met.
pub async fn check_entry(tx: &Tx<'_>, of: &Model, stage: &pipeline_stage::Model) -> Result<()> {
    let mut faults = Faults::default();
    judge(tx, of.id, &entry(stage), "/stageId", &mut faults).await?;
    faults.check()
}

async fn judge(
    tx: &Tx<'_>,
    id: opportunity::Id,
    criteria: &[(&Criterion, &Name, &'static str)],
    at: &str,
    faults: &mut Faults,
) -> Result<()> {
    let asked: Vec<&Criterion> = criteria.iter().map(|(criterion, ..)| *criterion).collect();
    let met = met(tx, id, &asked).await?;
    for ((criterion, stage, side), _) in criteria.iter().zip(met).filter(|(_, met)| !met) {
        faults.conflict(at, unmet(criterion, stage, side));
    }
    Ok(())
}

fn unmet(criterion: &Criterion, stage: &Name, side: &str) -> String {
    format!(
        "{:?} is not met, which is needed {side} the stage {:?}",
        criterion.name.as_str(),
        stage.as_str()
    )
}

/// A way that an opportunity may go, or not.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct OpportunityWay {
    /// The stage that it leads to; null where the opportunity is won.
    pub stage_id: Option<pipeline_stage::Id>,
    /// Whether it may be gone.
    pub allowed: bool,
    /// Whether a reason must be given.
    pub needs_reason: bool,
    /// Everything that stands in the way.
    #[schema(max_items = 100)]
    pub obstacles: Vec<String>,
}

/// The ways that an open opportunity may go, as it is now: to each other stage of its pipeline in their order, and to be won.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] where it is closed.
pub async fn list(ctx: &Ctx, id: opportunity::Id) -> Result<Vec<OpportunityWay>> {
    ctx.tx(async |tx| {
        tx.unheard();
        let of = tx.can::<opportunity::Entity, Read>()?.one(id).await?;
        check_open(&of)?;
        let (pipeline, all, from) = whereabouts(tx, &of).await?;
        let others = all.iter().filter(|stage| stage.id != from.id).map(To::Stage);
        let tos: Vec<To<'_>> = others.chain([To::Won]).collect();
        let terms: Vec<Terms<'_>> = tos
            .iter()
            .map(|to| Way { pipeline: &pipeline, stages: &all, from: &from, to: *to }.terms())
            .collect();
        let asked: Vec<&Criterion> = terms
            .iter()
            .flat_map(|terms| terms.criteria.iter().map(|(criterion, ..)| *criterion))
            .collect();
        let mut met = met(tx, of.id, &asked).await?.into_iter();
        let ways = tos.iter().zip(terms).map(|(to, terms)| described(*to, terms, &mut met));
        Ok(ways.collect())
    })
    .await
}

fn described(to: To<'_>, terms: Terms<'_>, met: &mut impl Iterator<Item = bool>) -> OpportunityWay {
    let mut obstacles = terms.refused;
    for (criterion, stage, side) in terms.criteria {
        if met.next() == Some(false) {
            obstacles.push(unmet(criterion, stage, side));
        }
    }
    OpportunityWay {
        stage_id: match to {
            To::Stage(stage) => Some(stage.id),
            To::Won => None,
        },
        allowed: obstacles.is_empty(),
        needs_reason: terms.needs_reason.is_some(),
        obstacles,
    }
}

/// What is closed is reopened before anything else becomes of it.
///
/// # Errors
/// [`Error::Refused`].
pub fn check_open(of: &Model) -> Result<()> {
    let is = match of.status {
        Status::Open => return Ok(()),
        Status::Won => "won",
        Status::Lost => "lost",
    };
    Err(Error::Refused(format!("the opportunity is {is}; reopen it first")))
}

/// The pipeline that an opportunity goes through, its stages in their order, and the one that it is in.
pub async fn whereabouts(
    tx: &Tx<'_>,
    of: &Model,
) -> Result<(pipeline::Model, Vec<pipeline_stage::Model>, pipeline_stage::Model)> {
    let pipeline = tx.entailed::<pipeline::Entity, Read>().many(&[of.pipeline_id]).await?.pop();
    let all = stages::of_pipeline(tx, of.pipeline_id).await?;
    let from = match all.iter().find(|stage| stage.id == of.stage_id) {
        Some(from) => Some(from.clone()),
        None => tx.entailed::<pipeline_stage::Entity, Read>().many(&[of.stage_id]).await?.pop(),
    };
    let missing = || Error::internal("an opportunity is in a stage of a pipeline");
    Ok((pipeline.ok_or_else(missing)?, all, from.ok_or_else(missing)?))
}
