use rapport_entity::lifecycle::{
    lifecycle_stage::{self, Kind},
    loss_reason,
};
use sea_orm::ActiveValue::Set;

use crate::kernel::{Create, Error, Result, Tx};

/// The stages that a new workspace begins with, in order: name, key, kind.
const STAGES: [(&str, &str, Kind); 8] = [
    ("Attracted", "attracted", Kind::Attracted),
    ("Acquired", "acquired", Kind::Acquired),
    ("Transacting", "transacting", Kind::Transacting),
    ("Retained", "retained", Kind::Retained),
    ("Loyal", "loyal", Kind::Loyal),
    ("Lapsed", "lapsed", Kind::Lapsed),
    ("Lost", "lost", Kind::Lost),
    ("Won back", "won-back", Kind::WonBack),
];

/// The reasons why customers are lost that a new workspace begins with.
const REASONS: [&str; 8] = [
    "Price",
    "Competitor",
    "Range or product",
    "Quality",
    "Service",
    "No longer needed",
    "Did not pay",
    "Unknown",
];

/// How far apart the positions are, so that there is room for more.
const APART: i64 = 10;

/// Saves what a new workspace begins with.
pub async fn create(tx: &Tx<'_>) -> Result<()> {
    create_stages(tx).await?;
    create_reasons(tx).await
}

async fn create_stages(tx: &Tx<'_>) -> Result<()> {
    let stages = tx.entailed::<lifecycle_stage::Entity, Create>();
    let mut rows = Vec::new();
    for (place, (name, key, kind)) in (1..).zip(STAGES) {
        let row = lifecycle_stage::ActiveModel {
            name: Set(name.parse().map_err(Error::at("/name"))?),
            sort_name: Set(String::new()),
            key: Set(key.parse().map_err(Error::at("/key"))?),
            kind: Set(kind),
            position: Set((place * APART).try_into().map_err(Error::at("/position"))?),
            is_initial: Set(kind == Kind::Attracted),
            cooldown_days: Set(0.try_into().map_err(Error::at("/cooldownDays"))?),
            ..Default::default()
        };
        rows.push(stages.complete(None, row)?);
    }
    stages.insert_many(&rows).await
}

async fn create_reasons(tx: &Tx<'_>) -> Result<()> {
    let reasons = tx.entailed::<loss_reason::Entity, Create>();
    let mut rows = Vec::new();
    for name in REASONS {
        let row = loss_reason::ActiveModel {
            name: Set(name.parse().map_err(Error::at("/name"))?),
            sort_name: Set(String::new()),
            active: Set(true),
            ..Default::default()
        };
        rows.push(reasons.complete(None, row)?);
    }
    reasons.insert_many(&rows).await
}
