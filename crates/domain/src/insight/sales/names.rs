use std::collections::HashMap;

use sea_orm::{Condition, sea_query::Expr};
use uuid::Uuid;

use crate::kernel::{Ctx, Described, Read, Result, is_among};

/// What is told of records, such as what they are called: those that the actor may read, deleted ones too.
pub async fn names<E: Described, T>(
    ctx: &Ctx,
    ids: &[Uuid],
    name: impl Fn(E::Model) -> (Uuid, T),
) -> Result<HashMap<Uuid, T>> {
    let Ok(records) = ctx.can::<E, Read>() else { return Ok(HashMap::new()) };
    let here = is_among(Expr::col(E::ID), ids, ctx.database().backend());
    let found = records.matching_even_deleted(Condition::all().add(here)).await?;
    Ok(found.into_iter().map(name).collect())
}
