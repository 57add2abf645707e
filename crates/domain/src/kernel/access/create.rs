use futures_util::future::try_join;
use rapport_entity::{Id, Owner, identity::role::Scope};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, IntoActiveModel, Iterable, QueryFilter,
    TryIntoModel, Value,
};
use serde_json::Map;

use super::{
    Access, Action, Create, On, Tx,
    event::{given, members},
};
use crate::kernel::{
    bulk,
    catalogue::Described,
    custom,
    error::{Error, Result},
};

impl<E: Described> Access<'_, E, Create>
where
    E::ActiveModel: TryIntoModel<E::Model>,
{
    /// A new record. Where `id` is the client's own and a record of that id is already there as it would be made,
    /// that one is given back: the create can be repeated.
    ///
    /// # Errors
    /// [`Error::Duplicate`] where something that must be unique is taken, [`Error::Forbidden`] where the record
    /// would not be one that the actor may create.
    pub async fn insert(
        &self,
        id: Option<Id<E>>,
        row: impl IntoActiveModel<E::ActiveModel>,
    ) -> Result<E::Model> {
        let row = self.complete(id, row)?;
        if let Some(id) = id
            && let Some(same) = self.already(id, &row).await?
        {
            return Ok(same);
        }
        self.insert_new(row).await
    }

    /// A new record that is complete, and of which nobody has made another already.
    ///
    /// # Errors
    /// As [`Access::insert`].
    pub(crate) async fn insert_new(&self, row: E::Model) -> Result<E::Model> {
        let tx = self.tx()?;
        self.check_references(None, &row).await?;
        let inserted = E::insert(row.clone().into_active_model());
        let done = inserted.exec_without_returning(tx.transaction()).await;
        done.map_err(|err| custom::named(self.actor, E::NAME, err.into()))?;
        self.check_reach(&row).await?;
        tx.record::<E>("created", &row, Map::new(), given(members::<E>(&row)?));
        Ok(self.seen(row))
    }

    /// Many new records, in as few statements as possible. They are complete; only the events are added.
    ///
    /// # Errors
    /// As [`Access::insert`], for all of them together.
    pub(crate) async fn insert_many(&self, rows: &[E::Model]) -> Result<()> {
        let tx = self.tx()?;
        // The events are made while the database writes.
        let done = try_join(bulk::insert::<E>(tx.transaction(), rows, None), told::<E>(tx, rows));
        done.await.map_err(|err| custom::named(self.actor, E::NAME, err))?;
        Ok(())
    }

    /// The row with what the program itself sets.
    pub(crate) fn complete(
        &self,
        id: Option<Id<E>>,
        row: impl IntoActiveModel<E::ActiveModel>,
    ) -> Result<E::Model> {
        let tx = self.tx()?;
        let given = row.into_active_model();
        let mut row = E::ActiveModel::default_values();
        for column in E::Column::iter() {
            if let ActiveValue::Set(value) | ActiveValue::Unchanged(value) = given.get(column) {
                row.set(column, value);
            }
        }
        row.set(E::ID, id.unwrap_or_default().into());
        row.set(E::WORKSPACE, self.actor.workspace.into());
        row.set(E::VERSION, 1_i32.into());
        row.set(E::CREATED_AT, tx.now().into());
        row.set(E::UPDATED_AT, tx.now().into());
        if let (Owner::Column(owner), Some(user)) = (E::OWNER, self.actor.user)
            && matches!(given.get(owner), ActiveValue::NotSet)
        {
            row.set(owner, user.into());
        }
        if let Some(columns) = E::EXTENSION {
            for column in [columns.custom, columns.comparable, columns.tags] {
                if matches!(row.get(column), ActiveValue::NotSet) {
                    row.set(column, Value::Json(None));
                }
            }
        }
        self.extended(row.try_into_model()?)
    }

    /// A new row with its custom fields as they are to be, and what follows from them.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub(crate) fn extended(&self, mut row: E::Model) -> Result<E::Model> {
        custom::complete::<E>(self.actor, &mut row)?;
        custom::derive::<E>(self.actor, &mut row);
        Ok(row)
    }

    /// The record that a repeated create made before.
    async fn already(&self, id: Id<E>, row: &E::Model) -> Result<Option<E::Model>> {
        let found = self.fetch(self.live_rows().filter(E::ID.eq(id))).await?;
        let Some(found) = found.into_iter().next() else { return Ok(None) };
        let (mut there, mut wanted) = (members::<E>(&found)?, members::<E>(row)?);
        for name in [
            "version",
            "createdAt",
            "updatedAt",
            "number",
            "memberCount",
            "customerCount",
            "evaluatedAt",
            "thresholds",
            "stageId",
            "stageSince",
        ] {
            there.remove(name);
            wanted.remove(name);
        }
        match there == wanted {
            true => Ok(Some(self.seen(found))),
            false => Err(Error::Duplicate("a record with this id already exists".to_owned())),
        }
    }
}

/// Tells of new rows, a few at a time, so that whoever writes them gets a turn.
async fn told<E: Described>(tx: &Tx<'_>, rows: &[E::Model]) -> Result<()> {
    for some in rows.chunks(50) {
        tokio::task::yield_now().await;
        for row in some {
            tx.record::<E>("created", row, Map::new(), given(members::<E>(row)?));
        }
    }
    Ok(())
}

impl<E: Described, A: Action> Access<'_, E, A> {
    /// A role that reaches only its own rows, or its team's, may not write rows of others.
    pub(crate) async fn check_reach(&self, row: &E::Model) -> Result<()> {
        if self.reach == Scope::All {
            return Ok(());
        }
        let reached = self.fetch(self.live_rows().filter(E::ID.eq(E::id(row)))).await?;
        match reached.is_empty() {
            true => Err(Error::Forbidden { verb: "give to somebody else", resource: E::NAME }),
            false => Ok(()),
        }
    }
}

impl<'a, E: Described, A> Access<'a, E, A> {
    /// The transaction that every write needs.
    pub(super) fn tx(&self) -> Result<&'a Tx<'a>> {
        match &self.on {
            On::Tx(tx) => Ok(tx),
            On::Request(_) => Err(Error::internal("a write needs a transaction")),
        }
    }
}
