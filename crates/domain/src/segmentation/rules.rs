//! The rules of a workspace's segments, read and taken apart once, and kept in memory until one of them changes.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock},
};

use moka::sync::Cache;
use rapport_entity::{identity::workspace, rule::Rule, segmentation::segment};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{evaluation::Segment, kinds::effective, levels::levels};
use crate::{
    following::{Watched, named},
    kernel::{CustomFields, Result, Tx},
};

/// The segments of a workspace as they were at one time.
#[derive(Debug)]
pub struct Rules {
    /// The sum of the versions of all segments, deleted ones too: with every change of any it grows.
    versions: i64,
    /// The fields that the workspace had defined then.
    custom: Arc<CustomFields>,
    /// Those that are there.
    pub live: BTreeMap<Uuid, Arc<Segment>>,
    /// Those that are deleted.
    pub gone: BTreeMap<Uuid, Arc<Segment>>,
    /// What the rules of the live ones depend on, in levels of which each needs nothing but those before it.
    pub levels: Vec<Watched<Uuid>>,
}

/// So many workspaces are kept in memory.
const MOST: u64 = 1_000;

static KEPT: LazyLock<Cache<workspace::Id, Arc<Rules>>> = LazyLock::new(|| Cache::new(MOST));

/// The segments of the workspace: one small query, unless one has changed.
pub async fn rules(tx: &Tx<'_>) -> Result<Arc<Rules>> {
    let workspace = tx.actor().workspace;
    // Asked first: whatever changes in between is seen the next time.
    let versions = versions(tx).await?;
    let kept = KEPT.get(&workspace);
    if let Some(kept) = kept
        && kept.versions == versions
        && kept.custom == tx.actor().custom
    {
        return Ok(kept);
    }
    let rules = Arc::new(read(tx, versions).await?);
    KEPT.insert(workspace, rules.clone());
    Ok(rules)
}

async fn versions(tx: &Tx<'_>) -> Result<i64> {
    let sum = segment::Entity::find()
        .select_only()
        .expr(segment::Column::Version.sum().cast_as("bigint"))
        .filter(segment::Column::WorkspaceId.eq(tx.actor().workspace))
        .into_tuple::<Option<i64>>()
        .one(tx.transaction())
        .await?;
    Ok(sum.flatten().unwrap_or(0))
}

async fn read(tx: &Tx<'_>, versions: i64) -> Result<Rules> {
    let of = segment::Column::WorkspaceId.eq(tx.actor().workspace);
    let rows = segment::Entity::find().filter(of).all(tx.transaction()).await?;
    let (mut live, mut gone) = (BTreeMap::new(), BTreeMap::new());
    for row in rows {
        let (id, version) = (row.id.uuid(), row.version);
        match row.deleted_at {
            None => {
                let rule = Some(effective(&row));
                live.insert(id, Arc::new(Segment { id, version, rule }))
            }
            Some(_) => gone.insert(id, Arc::new(Segment { id, version, rule: None })),
        };
    }
    let names = |rule: &Rule| -> BTreeSet<Uuid> {
        named(rule, "").into_iter().map(|named| named.id.uuid()).collect()
    };
    let rule_of = |id: &Uuid| live.get(id).and_then(|segment: &Arc<Segment>| segment.rule.as_ref());
    let named_by = live.keys().map(|id| (*id, rule_of(id).map(names).unwrap_or_default()));
    let levels = levels(named_by.collect()).into_iter().map(|level| {
        let rules = level.iter().filter_map(|id| Some((*id, rule_of(id)?)));
        Watched::new(rules, tx.actor())
    });
    let levels = levels.collect();
    Ok(Rules { versions, custom: tx.actor().custom.clone(), live, gone, levels })
}
