//! How well lost customers are won back: by programme, and by the reason of the loss.

use std::collections::HashMap;

use async_graphql::SimpleObject;
use rapport_entity::lifecycle::{
    loss, loss_reason,
    winback::{self, Status},
    winback_programme,
};
use sea_orm::{ColumnTrait, Condition, sea_query::Expr};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::kernel::{Ctx, Read, Result, database::is_one_of};

/// How well a programme wins customers back, as far as one may read the attempts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct WinbackFigures {
    /// How many attempts there are.
    #[schema(minimum = 0)]
    pub attempts: i64,
    /// How many of them are under way.
    #[schema(minimum = 0)]
    pub open: i64,
    /// How many were won.
    #[schema(minimum = 0)]
    pub won: i64,
    /// How many failed.
    #[schema(minimum = 0)]
    pub failed: i64,
    /// The part of those that have ended that was won: won / (won + failed), from 0 to 1; null where none has.
    #[schema(minimum = 0, maximum = 1)]
    pub rate: Option<f64>,
}

/// How many customers were lost for a reason, and how many of them came back, as far as one may read the losses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct LossFigures {
    /// How many losses there are.
    #[schema(minimum = 0)]
    pub losses: i64,
    /// How many of them were made good.
    #[schema(minimum = 0)]
    pub recovered: i64,
    /// The part that was: recovered / losses, from 0 to 1; null where there is none.
    #[schema(minimum = 0, maximum = 1)]
    pub rate: Option<f64>,
}

/// The figures of a programme.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound), [`Error::Forbidden`](crate::Error::Forbidden).
pub async fn of_programme(ctx: &Ctx, id: winback_programme::Id) -> Result<WinbackFigures> {
    ctx.can::<winback_programme::Entity, Read>()?.one(id).await?;
    Ok(of_programmes(ctx, &[id]).await?.remove(&id).unwrap_or_default())
}

/// The figures of programmes, those without attempts left out: one query.
///
/// # Errors
/// [`Error::Forbidden`](crate::Error::Forbidden).
pub async fn of_programmes(
    ctx: &Ctx,
    ids: &[winback_programme::Id],
) -> Result<HashMap<winback_programme::Id, WinbackFigures>> {
    use winback::Column::{ProgrammeId, Status as State};
    let these: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let these = is_one_of(Expr::col(ProgrammeId), &these, ctx.database().backend());
    let winbacks = ctx.can::<winback::Entity, Read>()?;
    let counted = winbacks.tally(&[ProgrammeId, State], these.into()).await?;
    let mut figures: HashMap<_, WinbackFigures> = HashMap::new();
    for (programme, status, count) in counted {
        figures.entry(programme).or_default().add(status, count);
    }
    Ok(figures)
}

impl WinbackFigures {
    fn add(&mut self, status: Status, count: i64) {
        self.attempts += count;
        match status {
            Status::Open => self.open += count,
            Status::Won => self.won += count,
            Status::Failed => self.failed += count,
        }
        self.rate = part(self.won, self.won + self.failed);
    }
}

/// The figures of a reason.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound), [`Error::Forbidden`](crate::Error::Forbidden).
pub async fn of_reason(ctx: &Ctx, id: loss_reason::Id) -> Result<LossFigures> {
    ctx.can::<loss_reason::Entity, Read>()?.one(id).await?;
    Ok(of_reasons(ctx, &[id]).await?.remove(&id).unwrap_or_default())
}

/// The figures of reasons, those without losses left out: two queries.
///
/// # Errors
/// [`Error::Forbidden`](crate::Error::Forbidden).
pub async fn of_reasons(
    ctx: &Ctx,
    ids: &[loss_reason::Id],
) -> Result<HashMap<loss_reason::Id, LossFigures>> {
    use loss::Column::{ReasonId, RecoveredAt};
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let these = is_one_of(Expr::col(ReasonId), &ids, ctx.database().backend());
    let these = Condition::all().add(these);
    let losses = ctx.can::<loss::Entity, Read>()?;
    let all = losses.tally::<(loss_reason::Id, i64)>(&[ReasonId], these.clone()).await?;
    let recovered = these.add(RecoveredAt.is_not_null());
    let recovered = losses.tally::<(loss_reason::Id, i64)>(&[ReasonId], recovered).await?;
    let recovered: HashMap<_, _> = recovered.into_iter().collect();
    let figures = all.into_iter().map(|(reason, losses)| {
        let recovered = recovered.get(&reason).copied().unwrap_or(0);
        (reason, LossFigures { losses, recovered, rate: part(recovered, losses) })
    });
    Ok(figures.collect())
}

fn part(some: i64, all: i64) -> Option<f64> {
    (all > 0).then(|| some as f64 / all as f64)
}
