use chrono::{DateTime, Utc};
use rapport_entity::{Custom, Id};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, Condition, DbBackend, IdenStatic, IntoActiveModel,
    Iterable, ModelTrait, QueryFilter, QueryOrder, QuerySelect, TryIntoModel, Value,
    sea_query::{Expr, LockBehavior, LockType},
};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::{
    Access, Action, Delete, Update,
    event::{difference, given, members},
};
use crate::kernel::{
    catalogue::Described,
    custom,
    database::is_one_of,
    error::{Error, Result},
};

/// Nobody else may change the row meanwhile; new rows may still refer to it.
const LOCK: LockType = LockType::NoKeyUpdate;

/// What the caller thinks a record is like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Expected {
    /// Whatever it is like.
    #[default]
    Any,
    /// This version.
    Version(i32),
    /// One of these versions.
    OneOf(Vec<i32>),
    /// Whatever has become of this version, as long as nobody else has changed the same members since.
    Base(i32),
}

impl Expected {
    /// The version that is expected, or else the one that a change is made from.
    pub fn of(version: Option<i32>, base: Option<i32>) -> Self {
        Self::from(version).or_base(base)
    }

    /// The same; where anything will do, the version that a change is made from.
    pub fn or_base(self, base: Option<i32>) -> Self {
        match (self, base) {
            (Self::Any, Some(base)) => Self::Base(base),
            (expected, _) => expected,
        }
    }
}

impl From<Option<i32>> for Expected {
    fn from(version: Option<i32>) -> Self {
        version.map_or(Self::Any, Self::Version)
    }
}

impl<E: Described> Access<'_, E, Update>
where
    E::ActiveModel: TryIntoModel<E::Model>,
{
    /// The record as it is, locked until the transaction ends.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Stale`] where it is not what the caller expects.
    pub async fn lock(&self, id: Id<E>, expected: Expected) -> Result<E::Model> {
        let row = self.fetch_one(self.live_rows().filter(E::ID.eq(id)).lock(LOCK)).await?;
        check::<E>(&row, &expected)?;
        if let Expected::Base(base) = expected {
            self.tx()?.change_from(E::id(&row).uuid(), base);
        }
        Ok(row)
    }

    /// The record, locked until the transaction ends, if a condition holds of it and nobody else has it locked: this waits
    /// for nobody.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn lock_if_free(
        &self,
        id: Id<E>,
        condition: Condition,
    ) -> Result<Option<E::Model>> {
        let this = self.live_rows().filter(E::ID.eq(id)).filter(condition);
        let this = match self.backend() {
            DbBackend::Postgres => this.lock_with_behavior(LOCK, LockBehavior::SkipLocked),
            _ => this,
        };
        Ok(self.fetch(this).await?.pop())
    }

    /// The records with these ids that are there, locked until the transaction ends.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn lock_many(&self, ids: &[Id<E>]) -> Result<Vec<E::Model>> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let these = is_one_of(Expr::col(E::ID), &ids, self.backend());
        let in_order = self.live_rows().filter(these).order_by_asc(E::ID).lock(LOCK);
        self.fetch(in_order).await
    }

    /// The record with what `patch` sets.
    ///
    /// # Errors
    /// As [`Access::lock`], and [`Error::Duplicate`].
    pub async fn update(
        &self,
        id: Id<E>,
        expected: Expected,
        patch: impl IntoActiveModel<E::ActiveModel>,
    ) -> Result<E::Model> {
        let before = self.lock(id, expected).await?;
        let after = patched::<E>(&before, patch)?;
        self.save(&before, after, "updated", &[]).await
    }

    /// Saves a record that was locked and changed, and says `what` happened to it. `also` names members that are kept
    /// elsewhere, before and after. Where nothing changed, nothing happens.
    ///
    /// # Errors
    /// [`Error::Duplicate`].
    pub(crate) async fn save(
        &self,
        before: &E::Model,
        after: E::Model,
        what: &str,
        also: &[(&str, Json, Json)],
    ) -> Result<E::Model> {
        save(self, before, after, what, also).await
    }
}

impl<E: Described> Access<'_, E, Delete>
where
    E::ActiveModel: TryIntoModel<E::Model>,
{
    /// Deletes a record so that it can be restored. A record that is deleted already stays so.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Stale`].
    pub async fn delete(&self, id: Id<E>, expected: Expected) -> Result<E::Model> {
        let before = self.fetch_one(self.live_rows().filter(E::ID.eq(id)).lock(LOCK)).await?;
        check::<E>(&before, &expected)?;
        self.set_deleted(&before, Some(self.tx()?.now()), "deleted").await
    }

    /// Brings a deleted record back. A record that is there stays as it is.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Duplicate`] where something unique was taken since.
    pub async fn restore(&self, id: Id<E>) -> Result<E::Model> {
        let before = self.fetch_one(self.all_rows().filter(E::ID.eq(id)).lock(LOCK)).await?;
        self.set_deleted(&before, None, "restored").await
    }

    async fn set_deleted(
        &self,
        before: &E::Model,
        at: Option<DateTime<Utc>>,
        what: &str,
    ) -> Result<E::Model> {
        let mut after = before.clone().into_active_model();
        after.set(E::DELETED_AT, at.into());
        save(self, before, after.try_into_model()?, what, &[]).await
    }
}

fn check<E: Described>(row: &E::Model, expected: &Expected) -> Result<()> {
    let version = E::version(row);
    let meets = match expected {
        Expected::Any => true,
        Expected::Version(one) => *one == version,
        Expected::OneOf(several) => several.contains(&version),
        Expected::Base(base) => *base <= version,
    };
    if meets { Ok(()) } else { Err(Error::Stale(version)) }
}

/// A row with what a patch sets.
pub(crate) fn patched<E: Described>(
    before: &E::Model,
    patch: impl IntoActiveModel<E::ActiveModel>,
) -> Result<E::Model>
where
    E::ActiveModel: TryIntoModel<E::Model>,
{
    let patch = patch.into_active_model();
    let mut after = before.clone().into_active_model();
    for column in E::Column::iter() {
        if let ActiveValue::Set(value) = patch.get(column) {
            after.set(column, merged::<E>(before, column, value));
        }
    }
    Ok(after.try_into_model()?)
}

/// A value as a patch sets it; custom fields that it leaves out stay.
fn merged<E: Described>(before: &E::Model, column: E::Column, value: Value) -> Value {
    let is_custom = E::EXTENSION.is_some_and(|of| of.custom.as_str() == column.as_str());
    let values = |value: Value| match value {
        Value::Json(Some(values)) => Custom::from(*values),
        _ => Custom::default(),
    };
    match is_custom {
        true => custom::merged(&values(before.get(column)), &values(value)).into(),
        false => value,
    }
}

/// Whether a row, once its derived columns are set, would be another than before.
pub(crate) fn differs<E: Described>(before: &E::Model, mut after: E::Model) -> bool {
    E::derive(&mut after);
    let follows = |column: &E::Column| {
        // They follow from the custom fields, by what is known of those with whoever writes.
        let words = E::EXTENSION.and(E::SEARCH).map(|column| column.as_str());
        let compared = E::EXTENSION.map(|of| of.comparable.as_str());
        words == Some(column.as_str()) || compared == Some(column.as_str())
    };
    let mut columns = E::Column::iter().filter(|column| !follows(column));
    columns.any(|column| before.get(column) != after.get(column))
}

async fn save<E: Described, A: Action>(
    access: &Access<'_, E, A>,
    before: &E::Model,
    mut after: E::Model,
    what: &str,
    also: &[(&str, Json, Json)],
) -> Result<E::Model>
where
    E::ActiveModel: TryIntoModel<E::Model>,
{
    custom::revise::<E>(access.actor, before, &mut after)?;
    let mut before = before.clone();
    restore_concealed(access, &mut before, &mut after).await?;
    let before = &before;
    custom::derive::<E>(access.actor, &mut after);
    let changed: Vec<E::Column> =
        E::Column::iter().filter(|column| before.get(*column) != after.get(*column)).collect();
    if changed.is_empty() && also.iter().all(|(_, before, after)| before == after) {
        return Ok(access.seen(after));
    }
    access.check_references(Some(before), &after).await?;
    let tx = access.tx()?;
    let mut row = after.into_active_model();
    row.set(E::VERSION, (E::version(before) + 1).into());
    row.set(E::UPDATED_AT, tx.now().into());
    let after = row.try_into_model()?;
    let change = Change::of::<E>(before, &after, also)?;
    super::conflict::check::<E>(tx, before, &change).await?;
    let mut update = E::update_many()
        .filter(E::WORKSPACE.eq(access.actor.workspace))
        .filter(E::ID.eq(E::id(before)));
    let stamped = [E::VERSION, E::UPDATED_AT];
    for column in
        changed.iter().filter(|c| stamped.iter().all(|s| s.as_str() != c.as_str())).chain(&stamped)
    {
        update = update.col_expr(*column, Expr::val(after.get(*column)));
    }
    let done = update.exec(tx.transaction()).await;
    done.map_err(|err| custom::named(access.actor, E::NAME, err.into()))?;
    match what {
        "restored" => {
            let is = with_also(members::<E>(&after)?, also, |(_, _, is)| is);
            tx.record::<E>(what, &after, Map::new(), given(is));
        }
        _ => tx.record::<E>(what, &after, change.before, change.after),
    }
    Ok(access.seen(after))
}

/// What the actor does not see of a record stays as it is, even if whoever changes it has it from where it is concealed.
async fn restore_concealed<E: Described, A: Action>(
    access: &Access<'_, E, A>,
    before: &mut E::Model,
    after: &mut E::Model,
) -> Result<()> {
    if access.actor.custom.of(E::NAME).iter().all(|field| field.is_visible) {
        return Ok(());
    }
    let this =
        E::find().filter(E::WORKSPACE.eq(access.actor.workspace)).filter(E::ID.eq(E::id(before)));
    let mut there = this.one(access.tx()?.transaction()).await?;
    if let Some(there) = there.as_mut().and_then(E::extended) {
        for row in [before, after].into_iter().filter_map(E::extended) {
            custom::with_concealed(access.actor, E::NAME, there.custom, row.custom);
        }
    }
    Ok(())
}

/// The members that differ, before and after.
pub(super) struct Change {
    pub before: Map<String, Json>,
    pub after: Map<String, Json>,
}

impl Change {
    fn of<E: Described>(before: &E::Model, after: &E::Model, also: &[Also<'_>]) -> Result<Self> {
        let was = with_also(members::<E>(before)?, also, |(_, was, _)| was);
        let is = with_also(members::<E>(after)?, also, |(_, _, is)| is);
        let (before, after) = difference(was, is);
        Ok(Self { before, after })
    }
}

/// A member that is kept elsewhere, before and after.
type Also<'a> = (&'a str, Json, Json);

fn with_also<'a>(
    members: Map<String, Json>,
    also: &'a [Also<'a>],
    pick: fn(&'a Also<'a>) -> &'a Json,
) -> Map<String, Json> {
    let more = also.iter().map(|member| (member.0.to_owned(), pick(member).clone()));
    members.into_iter().chain(more).collect()
}
