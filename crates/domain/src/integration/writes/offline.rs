//! What devices did offline: in order, and each may be repeated.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

use super::{AnyWrite, Work, may_write};
use crate::{
    integration::idempotency::{self, Answer, Begun, Key},
    kernel::{Ctx, Error, Result},
};

/// A write that a device did offline.
pub struct Offline {
    /// Names it: however often it comes, it is done once.
    pub key: Key,
    /// A hash of all that it says.
    pub hash: [u8; 32],
    /// What it says, or what is wrong with that.
    pub write: Result<AnyWrite>,
}

/// What has become of a write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Applied {
    /// Whether the record was changed by others too since the version that the write was made from: what they changed
    /// stays.
    pub merged: bool,
    /// The record as it is since, unless it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub record: Option<Json>,
}

/// Does writes, in order; what is refused keeps none of the others from being done. Whoever has lost the answer sends the
/// same again.
///
/// # Errors
/// [`Error::Forbidden`] where the actor may write nothing at all; [`Error::Unavailable`], and then the same is to be
/// sent again.
pub async fn upload(ctx: &Ctx, writes: Vec<Offline>) -> Result<Vec<Result<Applied>>> {
    may_write::<AnyWrite>(ctx)?;
    if ctx.is_one() {
        let why = "each write has a key of its own; leave the header Idempotency-Key out";
        return Err(Error::Refused(why.to_owned()));
    }
    let mut outcomes = Vec::with_capacity(writes.len());
    for write in writes {
        match once(ctx, write).await {
            Err(Error::Unavailable(why)) => return Err(Error::Unavailable(why)),
            outcome => outcomes.push(outcome),
        }
    }
    Ok(outcomes)
}

async fn once(ctx: &Ctx, offline: Offline) -> Result<Applied> {
    let write = offline.write?;
    let attempt = match idempotency::begin(ctx, offline.key, offline.hash).await? {
        Begun::First(attempt) => attempt,
        Begun::Again(answer) => {
            return serde_json::from_slice(&answer.body).map_err(|err| Error::Internal(err.into()));
        }
    };
    let base = write.base();
    match write.apply(attempt.ctx()).await {
        Ok(record) => {
            let record = record.map(serde_json::to_value).transpose();
            let record = record.map_err(|err| Error::Internal(err.into()))?;
            let version = record.as_ref().and_then(|record| record["version"].as_i64());
            let merged = base.zip(version).is_some_and(|(base, is)| is > i64::from(base) + 1);
            let applied = Applied { merged, record };
            let body = serde_json::to_vec(&applied).map_err(|err| Error::Internal(err.into()))?;
            attempt.keep(&Answer { status: 200, headers: Vec::new(), body }).await?;
            Ok(applied)
        }
        Err(err) => {
            attempt.forget().await;
            Err(err)
        }
    }
}
