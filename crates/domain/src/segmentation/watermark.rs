//! How far membership has read.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use rapport_entity::segmentation::segment::Entity;
use serde::Serialize;
use utoipa::ToSchema;

use super::Segments;
use crate::{
    following::Reader,
    kernel::{Ctx, Read, Result, log},
};

/// How far membership and scores have read in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct SegmentWatermark {
    /// The place in the log: every event up to it is done with. `after=` of the list of events gives those that are not.
    /// Null before the first evaluation.
    #[schema(max_length = 100)]
    pub cursor: Option<String>,
    /// Until when what time alone changes is done with: windows that slide, anniversaries. Null before the first
    /// evaluation.
    pub passed_at: Option<DateTime<Utc>>,
    /// When time changes something next, as far as is known; null where nothing depends on time.
    pub due_at: Option<DateTime<Utc>>,
    /// Whether everything that was committed is done with.
    pub is_current: bool,
}

/// How far membership has read.
///
/// # Errors
/// [`Error::Forbidden`](crate::Error::Forbidden).
pub async fn watermark(ctx: &Ctx) -> Result<SegmentWatermark> {
    ctx.can::<Entity, Read>()?;
    let workspace = ctx.actor().workspace;
    let db = ctx.reader().await?;
    let place = log::place(&db, workspace, Segments.name()).await?;
    let is_current = match place {
        Some(place) => {
            log::read(&db, workspace, place.position, 1).await?.is_empty()
                && !log::goes_on(&db, workspace, place.position).await?
        }
        None => false,
    };
    Ok(SegmentWatermark {
        cursor: place.map(|place| place.position.to_string()),
        passed_at: place.and_then(|place| place.passed),
        due_at: place.and_then(|place| place.due),
        is_current,
    })
}
