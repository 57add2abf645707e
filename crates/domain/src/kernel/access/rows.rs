use rapport_entity::Scoped;
use sea_orm::{
    ColumnTrait, Condition, ModelTrait, QueryFilter, Select,
    sea_query::{Expr, ExprTrait},
};

use super::{Connection, On};
use crate::kernel::{
    bulk,
    error::{Error, Result},
    policy::Actor,
};

/// The rows of a table that has no life of its own, such as the lines of orders. They are read and written with the
/// record they belong to, whose access has given leave. The workspace's condition is on every statement.
pub struct Rows<'a, E> {
    on: On<'a>,
    actor: &'a Actor,
    of: std::marker::PhantomData<fn() -> E>,
}

impl<'a, E: Scoped> Rows<'a, E>
where
    E::Model: ModelTrait<Entity = E> + Sync,
{
    pub(super) fn new(on: On<'a>, actor: &'a Actor) -> Self {
        Self { on, actor, of: std::marker::PhantomData }
    }

    async fn connection(&self) -> Result<Connection<'_>> {
        match &self.on {
            On::Request(ctx) => ctx.reader().await,
            On::Tx(tx) => Ok(Connection::Tx(tx.transaction())),
        }
    }

    fn tx(&self) -> Result<&super::Tx<'a>> {
        match &self.on {
            On::Tx(tx) => Ok(tx),
            On::Request(_) => Err(Error::internal("a write needs a transaction")),
        }
    }

    /// The rows that a query selects.
    pub async fn all(&self, query: Select<E>) -> Result<Vec<E::Model>> {
        let query = query.filter(E::WORKSPACE.eq(self.actor.workspace));
        let connection = self.connection().await?;
        Ok(query.all(&*connection).await?)
    }

    /// New rows.
    pub async fn insert(&self, rows: &[E::Model]) -> Result<()> {
        bulk::insert::<E>(self.tx()?.transaction(), rows, None).await
    }

    /// Rows, new or in the place of those with the same values in `key`.
    pub async fn upsert(&self, rows: &[E::Model], key: &[E::Column]) -> Result<()> {
        bulk::upsert::<E>(self.tx()?.transaction(), rows, key).await
    }

    /// Removes rows for good.
    pub async fn delete(&self, which: Condition) -> Result<u64> {
        let delete = E::delete_many().filter(E::WORKSPACE.eq(self.actor.workspace)).filter(which);
        Ok(delete.exec(self.tx()?.transaction()).await?.rows_affected)
    }

    /// Sets what `to` sets, of rows, without telling anybody.
    pub async fn change(&self, to: E::ActiveModel, which: Condition) -> Result<u64> {
        let update =
            E::update_many().set(to).filter(E::WORKSPACE.eq(self.actor.workspace)).filter(which);
        Ok(update.exec(self.tx()?.transaction()).await?.rows_affected)
    }

    /// Adds one to a column of rows.
    pub async fn increase(&self, column: E::Column, which: Condition) -> Result<u64> {
        let more = Expr::col((E::default(), column)).add(1);
        let update = E::update_many()
            .col_expr(column, more)
            .filter(E::WORKSPACE.eq(self.actor.workspace))
            .filter(which);
        Ok(update.exec(self.tx()?.transaction()).await?.rows_affected)
    }

    /// Sets a column of rows.
    pub async fn set(
        &self,
        column: E::Column,
        to: impl Into<sea_orm::Value>,
        which: Condition,
    ) -> Result<u64> {
        let update = E::update_many()
            .col_expr(column, Expr::val(to.into()))
            .filter(E::WORKSPACE.eq(self.actor.workspace))
            .filter(which);
        Ok(update.exec(self.tx()?.transaction()).await?.rows_affected)
    }
}
