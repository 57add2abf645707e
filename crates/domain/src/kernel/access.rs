//! The one way to the database. A query is inert until an [`Access`] runs it, an `Access` comes only from
//! [`Ctx::can`] or [`Tx::can`], which ask the policy, and it runs nothing without the workspace's condition:
//! a forgotten check does not compile.
//!
//! ```compile_fail,E0616
//! # use rapport_domain::Tx;
//! fn no_way_around(tx: &Tx) {
//!     let _ = &tx.db;
//! }
//! ```
//!
//! ```compile_fail,E0599
//! # use rapport_domain::{Read, Tx};
//! # use rapport_entity::customers::customer;
//! async fn no_delete_with_leave_to_read(tx: &Tx<'_>, row: customer::Model) {
//!     let _ = tx.can::<customer::Entity, Read>().unwrap().delete(row).await;
//! }
//! ```
//!
//! ```compile_fail,E0277
//! # use rapport_domain::{Ctx, Read};
//! fn no_leave_on_a_table_of_no_workspace(ctx: &Ctx) {
//!     let _ = ctx.can::<rapport_entity::identity::signing_key::Entity, Read>();
//! }
//! ```

mod conflict;
mod connection;
mod create;
mod ctx;
mod event;
mod extension;
mod ownership;
mod read;
mod reads;
mod rows;
mod unit;
mod update;

use std::marker::PhantomData;

use rapport_entity::identity::role::{Scope, Verb};
use sea_orm::{ColumnTrait, Condition, QueryFilter, Select, sea_query::Alias};

use super::{
    catalogue::{Described, catalogue},
    error::{Error, Result},
    policy::Actor,
};
use connection::Connection;
pub(crate) use ctx::Renew;
pub use ctx::{Ctx, Tx};
pub(crate) use event::{flat, members};
pub(crate) use reads::Reads;
pub use rows::Rows;
pub(crate) use unit::Unit;
pub use update::Expected;
pub(crate) use update::{differs, patched};

/// What an [`Access`] is for.
pub trait Action {
    /// The verb that leave is asked for.
    const VERB: Verb;
}

/// Leave to see.
#[derive(Debug)]
pub struct Read;
/// Leave to make.
#[derive(Debug)]
pub struct Create;
/// Leave to change.
#[derive(Debug)]
pub struct Update;
/// Leave to delete and restore.
#[derive(Debug)]
pub struct Delete;

impl Action for Read {
    const VERB: Verb = Verb::Read;
}

impl Action for Create {
    const VERB: Verb = Verb::Create;
}

impl Action for Update {
    const VERB: Verb = Verb::Update;
}

impl Action for Delete {
    const VERB: Verb = Verb::Delete;
}

/// How a verb is said to people.
fn said(verb: Verb) -> &'static str {
    match verb {
        Verb::Read => "read",
        Verb::Create => "create",
        Verb::Update => "update",
        Verb::Delete => "delete",
    }
}

/// Where statements run: as the request does, or in a transaction.
enum On<'a> {
    Request(&'a Ctx),
    Tx(&'a Tx<'a>),
}

/// Leave to do `A` to the rows of `E` that the actor's workspace and role allow.
pub struct Access<'a, E, A> {
    on: On<'a>,
    actor: &'a Actor,
    reach: Scope,
    rows: Condition,
    of: PhantomData<fn() -> (E, A)>,
}

impl<'a, E: Described, A: Action> Access<'a, E, A> {
    fn ask(on: On<'a>, actor: &'a Actor) -> Result<Self> {
        let of = catalogue::<E>();
        let rows = actor
            .rows(of, &Alias::new(&of.table), A::VERB)
            .ok_or(Error::Forbidden { verb: said(A::VERB), resource: E::NAME })?;
        Ok(Self {
            on,
            actor,
            reach: actor.permissions.scope(E::NAME, A::VERB),
            rows,
            of: PhantomData,
        })
    }

    /// The same leave, to no more rows than those of whose kind leave is given for something else too, which has no rows
    /// of its own: moving a customer back takes more than changing it.
    pub(crate) fn narrowed_to(self, other: &'static str, verb: Verb) -> Result<Self> {
        let of = catalogue::<E>();
        let scope = self.actor.permissions.scope(other, verb);
        let rows = self
            .actor
            .rows_within(of, &Alias::new(&of.table), scope)
            .ok_or(Error::Forbidden { verb: said(verb), resource: other })?;
        Ok(Self { rows: self.rows.add(rows), reach: self.reach.min(scope), ..self })
    }

    /// Leave to all of the workspace's rows, whoever is asking.
    fn entailed(on: On<'a>, actor: &'a Actor) -> Self {
        let rows = Condition::all().add(E::WORKSPACE.eq(actor.workspace));
        Self { on, actor, reach: Scope::All, rows, of: PhantomData }
    }

    async fn connection(&self) -> Result<Connection<'_>> {
        match &self.on {
            On::Request(ctx) => ctx.reader().await,
            On::Tx(tx) => Ok(Connection::Tx(tx.transaction())),
        }
    }

    /// Every row that leave is given for, deleted or not.
    fn all_rows(&self) -> Select<E> {
        E::find().filter(self.rows.clone())
    }

    /// The rows that leave is given for, and that are there.
    fn live_rows(&self) -> Select<E> {
        self.all_rows().filter(E::DELETED_AT.is_null())
    }
}
