//! What is grouped by, and what groups are called.

use std::collections::HashMap;

use rapport_entity::{
    identity::{team, user},
    sales::product,
    service::{complaint_cause, queue, service_policy, survey},
};
use sea_orm::QueryResult;
use uuid::Uuid;

use crate::{
    insight::sales::names,
    kernel::{Ctx, Result},
};

/// The most groups that are told of one by one.
pub const MOST: usize = 200;

/// A group: what its rows have in common.
pub type Key = Option<String>;

/// What ids stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    User,
    Team,
    Queue,
    Product,
    Policy,
    Cause,
    Survey,
    /// The key is its own name.
    Itself,
}

impl Named {
    /// The key in the first column of a row.
    pub fn read(self, row: &QueryResult) -> Result<Key, sea_orm::DbErr> {
        match self {
            Self::Itself => row.try_get_by_index(0),
            _ => Ok(row.try_get_by_index::<Option<Uuid>>(0)?.map(|id| id.to_string())),
        }
    }

    /// What groups are called, by their keys, as far as the actor may see it.
    pub async fn names(self, ctx: &Ctx, keys: &[Key]) -> Result<HashMap<String, String>> {
        let keys = || keys.iter().flatten();
        let ids: Vec<Uuid> = keys().filter_map(|key| key.parse().ok()).collect();
        macro_rules! of {
            ($kind:ident) => {
                names::<$kind::Entity, _>(ctx, &ids, |row| (row.id.uuid(), row.name.to_string()))
                    .await?
            };
        }
        let found = match self {
            Self::Itself => return Ok(keys().map(|key| (key.clone(), key.clone())).collect()),
            Self::User => of!(user),
            Self::Team => of!(team),
            Self::Queue => of!(queue),
            Self::Product => of!(product),
            Self::Policy => of!(service_policy),
            Self::Cause => of!(complaint_cause),
            Self::Survey => of!(survey),
        };
        Ok(found.into_iter().map(|(id, name)| (id.to_string(), name)).collect())
    }
}

/// The groups that are told of one by one, and how many are not: months in their order, others by how much there is of them.
pub fn in_order<F>(
    mut all: Vec<(Key, F)>,
    is_by_month: bool,
    much: impl Fn(&F) -> i64,
) -> (Vec<(Key, F)>, usize) {
    match is_by_month {
        true => all.sort_by(|(one, _), (other, _)| one.cmp(other)),
        false => all.sort_by(|(a, one), (b, other)| much(other).cmp(&much(one)).then(a.cmp(b))),
    }
    let rest = all.len().saturating_sub(MOST);
    all.truncate(MOST);
    (all, rest)
}
