//! That somebody answers: whoever it was, and whichever way.

use chrono::{DateTime, Utc};
use rapport_entity::{
    Text,
    service::{
        survey,
        survey_response::{Entity, Model, Status},
    },
};

use super::following::follow_up;
use crate::kernel::{Faults, Result, Tx, Update};

/// What somebody says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Said {
    pub score: i32,
    pub comment: Option<Text>,
    pub at: DateTime<Utc>,
}

/// A score must be on the scale of what is measured.
pub(super) fn judge_score(kind: survey::Kind, score: i32, faults: &mut Faults) {
    let scale = kind.scale();
    if !scale.contains(&score) {
        faults.invalid("/score", format!("must be {} to {}", scale.start(), scale.end()));
    }
}

/// A response with what was said.
pub(super) fn answered(row: &Model, said: Said) -> Model {
    Model {
        status: Status::Answered,
        reason: None,
        score: Some(said.score),
        rating: Some(row.kind.rating(said.score)),
        comment: said.comment,
        answered_at: Some(said.at),
        ..row.clone()
    }
}

/// Writes down what was said of a response that was locked, and has follow what must.
pub(super) async fn answer(
    tx: &Tx<'_>,
    survey: &survey::Model,
    before: &Model,
    said: Said,
) -> Result<Model> {
    let after = follow_up(tx, survey, answered(before, said)).await?;
    tx.entailed::<Entity, Update>().save(before, after, "answered", &[]).await
}
