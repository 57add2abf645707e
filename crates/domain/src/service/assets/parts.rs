//! Assets that are parts of others: a tree that is not deep, all of one customer.

use std::collections::HashSet;

use rapport_entity::service::{
    asset::{self, Column, Entity, Model},
    site,
};
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::steps;
use crate::kernel::{Expected, Faults, Read, Result, Tx, Update, database::is_one_of};

/// So deep are assets in others at most.
const DEEPEST: usize = 10;

/// The asset that another is to be a part of is there, of the same customer, not a part of it, and not too deep.
pub(super) async fn judge(
    tx: &Tx<'_>,
    before: Option<&Model>,
    after: &Model,
    faults: &mut Faults,
) -> Result<()> {
    let of = |row: &Model| (row.parent_id, row.customer_id);
    let Some(parent) = after.parent_id else { return Ok(()) };
    if before.map(of) == Some(of(after)) {
        return Ok(());
    }
    let above = above(tx, parent).await?;
    if above.first().is_none_or(|parent| parent.customer_id != after.customer_id) {
        faults.conflict("/parentId", "is no asset of this customer");
    } else if above.iter().any(|over| over.id == after.id) {
        faults.conflict("/parentId", "is a part of this asset, or the asset itself");
    } else if above.len() + depth(tx, after.id).await? > DEEPEST {
        faults.conflict("/parentId", format!("makes it deeper than {DEEPEST} levels"));
    }
    Ok(())
}

/// An asset and those that it is a part of, from the inside out. Each is locked, in that order, so that no two are put into
/// each other at once.
async fn above(tx: &Tx<'_>, id: asset::Id) -> Result<Vec<Model>> {
    let mut above: Vec<Model> = Vec::new();
    let mut next = Some(id);
    while let Some(id) = next.filter(|_| above.len() <= DEEPEST) {
        if tx.can::<Entity, Read>()?.live(&[id]).await?.is_empty() {
            break;
        }
        let row = tx.entailed::<Entity, Update>().lock(id, Expected::Any).await?;
        next = row.parent_id;
        above.push(row);
    }
    Ok(above)
}

/// How many levels there are below an asset, and its own.
async fn depth(tx: &Tx<'_>, id: asset::Id) -> Result<usize> {
    let (mut level, mut depth) = (vec![id.uuid()], 0);
    while !level.is_empty() && depth <= DEEPEST {
        depth += 1;
        level = below(tx, &level).await?.into_iter().map(|row| row.id.uuid()).collect();
    }
    Ok(depth)
}

/// The assets that are parts of this one.
pub(super) async fn of(tx: &Tx<'_>, id: asset::Id) -> Result<Vec<Model>> {
    below(tx, &[id.uuid()]).await
}

async fn below(tx: &Tx<'_>, ids: &[Uuid]) -> Result<Vec<Model>> {
    let parent = sea_orm::sea_query::Expr::col(Column::ParentId);
    let parts =
        Condition::all().add(is_one_of(parent, ids, tx.backend())).add(Column::DeletedAt.is_null());
    tx.entailed::<Entity, Read>().matching_even_deleted(parts).await
}

/// Lets what is part of an asset go to its customer with it.
pub(super) async fn hand_on(tx: &Tx<'_>, to: &Model) -> Result<()> {
    let mut known: HashSet<Uuid> = HashSet::from([to.id.uuid()]);
    let mut level = vec![to.id.uuid()];
    while !level.is_empty() {
        let mut parts = below(tx, &level).await?;
        parts.retain(|part| known.insert(part.id.uuid()));
        // In one order, as everybody locks rows.
        parts.sort_unstable_by_key(|part| part.id.uuid());
        level = parts.iter().map(|part| part.id.uuid()).collect();
        for part in parts.iter().filter(|part| part.customer_id != to.customer_id) {
            let parts = tx.entailed::<Entity, Update>();
            let before = parts.lock(part.id, Expected::Any).await?;
            let after = Model {
                customer_id: to.customer_id,
                contact_id: None,
                // Where it stood is a place of the customer who had it.
                site_id: to.site_id,
                ..before.clone()
            };
            let after = parts.save(&before, after, "updated", &[]).await?;
            steps::keep(tx, Some(&before), &after).await?;
        }
    }
    Ok(())
}

/// The site at which an asset stands: its own, or else that of what it is a part of.
pub(in crate::service) async fn site_of(
    tx: &Tx<'_>,
    id: Option<asset::Id>,
) -> Result<Option<site::Id>> {
    let mut next = id;
    for _ in 0..DEEPEST {
        let Some(id) = next else { break };
        let found = tx.entailed::<Entity, Read>().live(&[id]).await?.pop();
        match found {
            Some(Model { site_id: None, parent_id, .. }) => next = parent_id,
            found => return Ok(found.and_then(|asset| asset.site_id)),
        }
    }
    Ok(None)
}
