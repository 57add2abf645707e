//! Teams. They form a tree: what a team may reach, the teams above it may reach too.

use std::collections::{HashMap, HashSet};

use async_graphql::InputObject;
use rapport_entity::{
    Name,
    identity::{
        team::{self, ActiveModel, Column, Entity, Model},
        user,
    },
};
use sea_orm::{ColumnTrait, DeriveIntoActiveModel, EntityTrait, QueryFilter, QuerySelect};
use serde::Deserialize;
use utoipa::ToSchema;

use super::workspaces;
use crate::kernel::{
    Create, Ctx, Delete, Error, Expected, Faults, Patch, Read, Result, Rows, Tx, Update,
};

/// How many teams may stand above one another.
const LEVELS: usize = 20;

/// A team to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject, DeriveIntoActiveModel)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewTeam {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    #[sea_orm(ignore)]
    pub id: Option<team::Id>,
    /// What the team is called; no other team is called so.
    pub name: Name,
    /// The team above it.
    pub parent_id: Option<team::Id>,
    /// The user who manages it.
    pub manager_id: Option<user::Id>,
}

/// What to change of a team: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject, DeriveIntoActiveModel)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TeamPatch {
    /// What the team is called.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// The team above it.
    #[serde(default)]
    #[schema(value_type = Option<team::Id>)]
    pub parent_id: Patch<team::Id>,
    /// The user who manages it.
    #[serde(default)]
    #[schema(value_type = Option<user::Id>)]
    pub manager_id: Patch<user::Id>,
}

/// Makes a team.
///
/// # Errors
/// [`Error::Conflict`], [`Error::Duplicate`].
pub async fn create(ctx: &Ctx, new: NewTeam) -> Result<Model> {
    ctx.tx(async |tx| {
        let teams = tx.can::<Entity, Create>()?;
        workspaces::hold(tx).await?;
        let mut faults = Faults::default();
        judge_parent(&tree(tx.rows()).await?, None, new.parent_id, &mut faults);
        judge_manager(tx, new.manager_id, &mut faults).await?;
        faults.check()?;
        teams.insert(new.id, new).await
    })
    .await
}

/// Changes a team.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Conflict`], [`Error::Duplicate`].
pub async fn update(
    ctx: &Ctx,
    id: team::Id,
    expected: Expected,
    patch: TeamPatch,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let teams = tx.can::<Entity, Update>()?;
        workspaces::hold(tx).await?;
        teams.lock(id, expected).await?;
        let mut faults = Faults::default();
        let parent = patch.parent_id.as_set().copied();
        judge_parent(&tree(tx.rows()).await?, Some(id), parent, &mut faults);
        judge_manager(tx, patch.manager_id.as_set().copied(), &mut faults).await?;
        faults.check()?;
        teams.update(id, Expected::Any, patch).await
    })
    .await
}

/// Deletes a team that has no users and no teams below it.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] where it has.
pub async fn delete(ctx: &Ctx, id: team::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let teams = tx.can::<Entity, Delete>()?;
        workspaces::hold(tx).await?;
        let deleted = teams.delete(id, expected).await?;
        if tree(tx.rows()).await?.0.values().any(|parent| *parent == Some(id)) {
            return Err(Error::Refused("the team has teams below it: move them first".to_owned()));
        }
        let users = user::Entity::find()
            .filter(user::Column::TeamId.eq(id))
            .filter(user::Column::DeletedAt.is_null());
        match tx.rows::<user::Entity>().all(users.limit(1)).await?.is_empty() {
            true => Ok(deleted),
            false => Err(Error::Refused("the team has users: move them first".to_owned())),
        }
    })
    .await
}

/// Brings a deleted team back.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Duplicate`]; [`Error::Conflict`] where the team above it is deleted too.
pub async fn restore(ctx: &Ctx, id: team::Id) -> Result<Model> {
    ctx.tx(async |tx| {
        let teams = tx.can::<Entity, Delete>()?;
        workspaces::hold(tx).await?;
        let restored = teams.restore(id).await?;
        let mut faults = Faults::default();
        judge_parent(&tree(tx.rows()).await?, Some(id), restored.parent_id, &mut faults);
        faults.check()?;
        Ok(restored)
    })
    .await
}

/// A team and all below it.
pub(crate) async fn within_reach(ctx: &Ctx, team: Option<team::Id>) -> Result<Vec<team::Id>> {
    let Some(team) = team else { return Ok(Vec::new()) };
    let tree = tree(ctx.rows()).await?;
    Ok(if tree.0.contains_key(&team) { tree.levels(team).concat() } else { Vec::new() })
}

/// A team and those above it, the nearest first.
pub(crate) async fn line(tx: &Tx<'_>, team: team::Id) -> Result<Vec<Model>> {
    let live = Entity::find().filter(Column::DeletedAt.is_null());
    let teams = tx.rows::<Entity>().all(live).await?;
    let tree = Tree(teams.iter().map(|team| (team.id, team.parent_id)).collect());
    let mut teams: HashMap<team::Id, Model> =
        teams.into_iter().map(|team| (team.id, team)).collect();
    Ok(tree.above(team).iter().filter_map(|id| teams.remove(id)).collect())
}

/// Whether there is such a team, to put a user in. The workspace is held.
pub(super) async fn exists(tx: &Tx<'_>, team: team::Id) -> Result<bool> {
    let live = Entity::find().filter(Column::Id.eq(team)).filter(Column::DeletedAt.is_null());
    Ok(!tx.rows::<Entity>().all(live).await?.is_empty())
}

/// Every team that is there, and the one above it.
#[derive(Debug, Default)]
struct Tree(HashMap<team::Id, Option<team::Id>>);

async fn tree(teams: Rows<'_, Entity>) -> Result<Tree> {
    let live = Entity::find().filter(Column::DeletedAt.is_null());
    Ok(Tree(teams.all(live).await?.into_iter().map(|team| (team.id, team.parent_id)).collect()))
}

impl Tree {
    /// A team, then those right below it, and so on. None is named twice, whatever the tree is like.
    fn levels(&self, top: team::Id) -> Vec<Vec<team::Id>> {
        let mut below: HashMap<team::Id, Vec<team::Id>> = HashMap::new();
        for (team, parent) in &self.0 {
            if let Some(parent) = parent {
                below.entry(*parent).or_default().push(*team);
            }
        }
        let mut seen = HashSet::from([top]);
        let mut levels = vec![vec![top]];
        while let Some(last) = levels.last() {
            let next = last.iter().filter_map(|team| below.get(team)).flatten().copied();
            let next: Vec<_> = next.filter(|team| seen.insert(*team)).collect();
            if next.is_empty() {
                break;
            }
            levels.push(next);
        }
        levels
    }

    /// A team and those above it, as far as they are there.
    fn above(&self, team: team::Id) -> Vec<team::Id> {
        let mut line = Vec::new();
        let mut next = Some(team);
        while let Some(team) = next
            && self.0.contains_key(&team)
            && !line.contains(&team)
        {
            line.push(team);
            next = self.0.get(&team).copied().flatten();
        }
        line
    }

    /// What is wrong with a team standing below another.
    fn objection(&self, team: Option<team::Id>, parent: team::Id) -> Option<&'static str> {
        let above = self.above(parent);
        let height = team.map_or(1, |team| self.levels(team).len());
        if above.is_empty() {
            Some("is no team")
        } else if team.is_some_and(|team| above.contains(&team)) {
            Some("a team cannot stand below itself")
        } else if above.len() + height > LEVELS {
            Some("more than 20 teams would stand above one another")
        } else {
            None
        }
    }
}

fn judge_parent(
    tree: &Tree,
    team: Option<team::Id>,
    parent: Option<team::Id>,
    faults: &mut Faults,
) {
    if let Some(objection) = parent.and_then(|parent| tree.objection(team, parent)) {
        faults.conflict("/parentId", objection);
    }
}

/// Whoever manages a team works here.
async fn judge_manager(tx: &Tx<'_>, manager: Option<user::Id>, faults: &mut Faults) -> Result<()> {
    let Some(manager) = manager else { return Ok(()) };
    let there = tx.entailed::<user::Entity, Read>().live(&[manager]).await?;
    if !there.iter().any(|user| user.status != user::Status::Inactive) {
        faults.conflict("/managerId", "is no user who works here");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever is moved where, what is allowed keeps the teams a tree that is not too high.
        #[test]
        fn moves_that_are_allowed_keep_a_tree(moves in prop::collection::vec((0_usize..40, 0_usize..41), 0..200)) {
            let ids: Vec<team::Id> = (0..41).map(|_| team::Id::new()).collect();
            let mut tree = Tree(ids[..40].iter().map(|id| (*id, None)).collect());
            for (team, parent) in moves {
                match tree.objection(Some(ids[team]), ids[parent]) {
                    None => { tree.0.insert(ids[team], Some(ids[parent])); }
                    Some("is no team") => prop_assert_eq!(parent, 40),
                    Some("a team cannot stand below itself") => {
                        prop_assert!(tree.levels(ids[team]).concat().contains(&ids[parent]));
                    }
                    Some(_) => {
                        let height = tree.levels(ids[team]).len();
                        prop_assert!(tree.above(ids[parent]).len() + height > LEVELS);
                    }
                }
                let roots = tree.0.iter().filter(|(_, parent)| parent.is_none());
                let levels: Vec<_> = roots.map(|(root, _)| tree.levels(*root)).collect();
                prop_assert_eq!(levels.iter().flatten().flatten().count(), 40);
                prop_assert!(levels.iter().all(|levels| levels.len() <= LEVELS));
            }
        }
    }
}
