use rapport_entity::sales::{
    close_reason::{self, Outcome},
    pipeline,
    pipeline_stage::{self, Criteria, ForecastCategory},
};
use sea_orm::ActiveValue::Set;

use crate::kernel::{Create, Error, Result, Tx};

/// The stages of the pipeline that a new workspace begins with, in order: name, key, probability, forecast category.
const STAGES: [(&str, &str, i64, ForecastCategory); 4] = [
    ("Qualification", "qualification", 10, ForecastCategory::Pipeline),
    ("Needs analysis", "needs-analysis", 30, ForecastCategory::Pipeline),
    ("Proposal", "proposal", 60, ForecastCategory::BestCase),
    ("Negotiation", "negotiation", 80, ForecastCategory::Commit),
];

/// The reasons why opportunities are won or lost that a new workspace begins with.
const REASONS: [(Outcome, &str); 9] = [
    (Outcome::Won, "Price"),
    (Outcome::Won, "Product"),
    (Outcome::Won, "Relationship"),
    (Outcome::Lost, "Price"),
    (Outcome::Lost, "Competitor"),
    (Outcome::Lost, "Product"),
    (Outcome::Lost, "No budget"),
    (Outcome::Lost, "No decision"),
    (Outcome::Lost, "Timing"),
];

/// How far apart the positions are, so that there is room for more.
const APART: i64 = 10;

/// Saves what a new workspace begins with.
pub async fn create(tx: &Tx<'_>) -> Result<()> {
    let pipeline = create_pipeline(tx).await?;
    create_stages(tx, pipeline).await?;
    create_reasons(tx).await
}

async fn create_pipeline(tx: &Tx<'_>) -> Result<pipeline::Id> {
    let row = pipeline::ActiveModel {
        name: Set("Sales".parse().map_err(Error::at("/name"))?),
        sort_name: Set(String::new()),
        key: Set("sales".parse().map_err(Error::at("/key"))?),
        position: Set(APART.try_into().map_err(Error::at("/position"))?),
        is_default: Set(true),
        active: Set(true),
        skipping: Set(pipeline::Freedom::Allowed),
        going_back: Set(pipeline::Freedom::Allowed),
        ..Default::default()
    };
    Ok(tx.entailed::<pipeline::Entity, Create>().insert(None, row).await?.id)
}

async fn create_stages(tx: &Tx<'_>, pipeline: pipeline::Id) -> Result<()> {
    let stages = tx.entailed::<pipeline_stage::Entity, Create>();
    let mut rows = Vec::new();
    for (place, (name, key, probability, category)) in (1..).zip(STAGES) {
        let row = pipeline_stage::ActiveModel {
            pipeline_id: Set(pipeline),
            name: Set(name.parse().map_err(Error::at("/name"))?),
            sort_name: Set(String::new()),
            key: Set(key.parse().map_err(Error::at("/key"))?),
            position: Set((place * APART).try_into().map_err(Error::at("/position"))?),
            probability: Set(probability.try_into().map_err(Error::at("/probability"))?),
            forecast_category: Set(category),
            required: Set(false),
            entry_criteria: Set(Criteria::default()),
            exit_criteria: Set(Criteria::default()),
            ..Default::default()
        };
        rows.push(stages.complete(None, row)?);
    }
    stages.insert_many(&rows).await
}

async fn create_reasons(tx: &Tx<'_>) -> Result<()> {
    let reasons = tx.entailed::<close_reason::Entity, Create>();
    let mut rows = Vec::new();
    for (outcome, name) in REASONS {
        let row = close_reason::ActiveModel {
            outcome: Set(outcome),
            name: Set(name.parse().map_err(Error::at("/name"))?),
            sort_name: Set(String::new()),
            active: Set(true),
            ..Default::default()
        };
        rows.push(reasons.complete(None, row)?);
    }
    reasons.insert_many(&rows).await
}
