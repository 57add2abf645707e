use chrono::{DateTime, Utc};
use rapport_entity::{Id, identity::role::Verb};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, IdenStatic, Iterable, ModelTrait,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select, TryGetableMany, Value,
    sea_query::{Alias, Asterisk, Expr, ExprTrait, Func, Query, UnionType, WindowStatement},
};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{Access, Action, On, Read};
use crate::kernel::{
    catalogue::{Catalogue, Described, Held, catalogue},
    custom,
    database::is_one_of,
    error::{Error, Fault, Result},
    filter::{self, Scope},
    paging::{Listing, Order, Page},
    search,
};

impl<E: Described, A: Action> Access<'_, E, A> {
    pub(super) fn backend(&self) -> DbBackend {
        match &self.on {
            On::Request(ctx) => ctx.database().backend(),
            On::Tx(tx) => tx.backend(),
        }
    }

    fn now(&self) -> DateTime<Utc> {
        match &self.on {
            On::Request(ctx) => ctx.database().clock().now(),
            On::Tx(tx) => tx.now(),
        }
    }

    /// The rows a query of ours selects.
    pub(super) async fn fetch(&self, query: Select<E>) -> Result<Vec<E::Model>> {
        let connection = self.connection().await?;
        let rows = connection.query_all_raw(query.build(self.backend())).await?;
        let mut rows = rows.iter().map(E::read).collect::<Result<Vec<_>, _>>()?;
        rows.iter_mut().for_each(|row| self.show(row));
        Ok(rows)
    }

    /// Leaves of a row that is read what the actor may see. Whoever changes it needs all of it.
    fn show(&self, row: &mut E::Model) {
        if A::VERB == Verb::Read {
            custom::conceal::<E>(self.actor, row);
        }
    }

    /// The records of which a condition holds, at most `limit`.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn filtered(&self, condition: Condition, limit: u64) -> Result<Vec<E::Model>> {
        self.fetch(self.live_rows().filter(condition).limit(limit)).await
    }

    /// The first records of which a condition holds, in an order, at most `limit`.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn in_order(
        &self,
        condition: Condition,
        order: &[(E::Column, sea_orm::Order)],
        limit: u64,
    ) -> Result<Vec<E::Model>> {
        let these = self.live_rows().filter(condition).limit(limit);
        let by = |query: Select<E>, (column, order): &(E::Column, sea_orm::Order)| {
            query.order_by(*column, order.clone())
        };
        self.fetch(order.iter().fold(these, by)).await
    }

    /// How many records there are for each of the values that some columns have together, where a condition holds.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn tally<T: TryGetableMany>(
        &self,
        by: &[E::Column],
        condition: Condition,
    ) -> Result<Vec<T>> {
        let connection = self.connection().await?;
        let counted = by.iter().fold(self.live_rows().select_only(), |query, column| {
            query.column(*column).group_by(*column)
        });
        let counted = counted.filter(condition).expr_as(Expr::col(E::ID).count(), "total");
        Ok(counted.into_tuple::<T>().all(&*connection).await?)
    }

    /// The row a query of ours selects.
    pub(super) async fn fetch_one(&self, query: Select<E>) -> Result<E::Model> {
        let connection = self.connection().await?;
        let row = connection.query_one_raw(query.limit(1).build(self.backend())).await?;
        let mut row = E::read(&row.ok_or(Error::NotFound(E::NAME))?)?;
        self.show(&mut row);
        Ok(row)
    }
}

impl<E: Described> Access<'_, E, Read> {
    /// The record with this id.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is none that the actor may see.
    pub async fn one(&self, id: Id<E>) -> Result<E::Model> {
        self.fetch_one(self.live_rows().filter(E::ID.eq(id))).await
    }

    /// The record with this id even if it is deleted.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is none that the actor may see.
    pub async fn one_even_deleted(&self, id: Id<E>) -> Result<E::Model> {
        self.fetch_one(self.all_rows().filter(E::ID.eq(id))).await
    }

    /// The records with these ids, in any order. Deleted ones too: what refers to them still does.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn many(&self, ids: &[Id<E>]) -> Result<Vec<E::Model>> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        self.fetch(self.all_rows().filter(is_one_of(Expr::col(E::ID), &ids, self.backend()))).await
    }

    /// The records that come after an id, in the order of ids, at most `limit`.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn after(&self, id: Option<Uuid>, limit: u64) -> Result<Vec<E::Model>> {
        let mut rows = self.live_rows().order_by_asc(E::ID).limit(limit);
        if let Some(id) = id {
            rows = rows.filter(E::ID.gt(id));
        }
        self.fetch(rows).await
    }

    /// Which of these records are there and may be seen: for references that are made anew.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn live(&self, ids: &[Id<E>]) -> Result<Vec<E::Model>> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        self.fetch(self.live_rows().filter(is_one_of(Expr::col(E::ID), &ids, self.backend()))).await
    }

    /// Every record of which a condition holds, deleted ones too.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn matching_even_deleted(
        &self,
        condition: Condition,
    ) -> Result<Vec<E::Model>> {
        self.fetch(self.all_rows().filter(condition)).await
    }

    /// Whether a condition holds of any record, deleted or not.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn any_even_deleted(&self, condition: Condition) -> Result<bool> {
        let found = self.fetch(self.all_rows().filter(condition).limit(1)).await?;
        Ok(!found.is_empty())
    }

    /// Up to `limit` records for each of some values of a column, latest first: for relations that a list of records
    /// asks for at once.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn latest_each(
        &self,
        column: E::Column,
        keys: &[Uuid],
        latest: E::Column,
        limit: u64,
    ) -> Result<Vec<E::Model>> {
        self.latest_each_of(column, keys, latest, limit, Condition::all()).await
    }

    /// The same, of the records of which a condition holds too.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn latest_each_of(
        &self,
        column: E::Column,
        keys: &[Uuid],
        latest: E::Column,
        limit: u64,
        within: Condition,
    ) -> Result<Vec<E::Model>> {
        let rank = || Alias::new("rank");
        let window = WindowStatement::partition_by(column)
            .order_by(latest, sea_orm::Order::Desc)
            .order_by(E::ID, sea_orm::Order::Desc)
            .to_owned();
        let these = is_one_of(Expr::col(column), keys, self.backend());
        let mut ranked = self.live_rows().filter(these).filter(within);
        QueryTrait::query(&mut ranked).expr_window_as(Func::cust("row_number"), window, rank());
        let table = Alias::new(&catalogue::<E>().table);
        let query = Query::select()
            .columns(<E::Column as Iterable>::iter())
            .from_subquery(ranked.into_query(), table)
            .and_where(Expr::col(rank()).lte(limit as i64))
            .order_by(latest, sea_orm::Order::Desc)
            .order_by(E::ID, sea_orm::Order::Desc)
            .to_owned();
        let connection = self.connection().await?;
        let rows = connection.query_all_raw(self.backend().build(&query)).await?;
        let mut rows = rows.iter().map(E::read).collect::<Result<Vec<_>, _>>()?;
        rows.iter_mut().for_each(|row| self.show(row));
        Ok(rows)
    }

    /// Up to `limit` records for each of some values of a column, of which a condition holds, in an order, those without a
    /// value in it last: for lists side by side. Each value is looked up by itself, so that an index finds the first ones.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn first_each(
        &self,
        column: E::Column,
        keys: &[Uuid],
        which: Condition,
        (by, order): (E::Column, sea_orm::Order),
        limit: u64,
    ) -> Result<Vec<E::Model>> {
        let nulls = sea_orm::sea_query::NullOrdering::Last;
        let first_of = |key: &Uuid| {
            let these = self.live_rows().filter(column.eq(*key)).filter(which.clone());
            let first = these
                .order_by_with_nulls(by, order.clone(), nulls)
                .order_by_asc(E::ID)
                .limit(limit)
                .into_query();
            // SQLite takes no order in a part of a union but within a query of its own.
            Query::select()
                .expr(Expr::col(Asterisk))
                .from_subquery(first, Alias::new("first"))
                .take()
        };
        let mut each = keys.iter().map(first_of);
        let Some(mut query) = each.next() else { return Ok(Vec::new()) };
        query.unions(each.map(|next| (UnionType::All, next)));
        let connection = self.connection().await?;
        let rows = connection.query_all_raw(self.backend().build(&query)).await?;
        let mut rows = rows.iter().map(E::read).collect::<Result<Vec<_>, _>>()?;
        rows.iter_mut().for_each(|row| self.show(row));
        Ok(rows)
    }

    /// How many records there are for each of the values that some columns have together, and what a column of numbers
    /// comes to, where a condition holds: the columns, the count, the sum.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn sums<T: TryGetableMany>(
        &self,
        by: &[E::Column],
        of: E::Column,
        condition: Condition,
    ) -> Result<Vec<T>> {
        let connection = self.connection().await?;
        let grouped = by.iter().fold(self.live_rows().select_only(), |query, column| {
            query.column(*column).group_by(*column)
        });
        let sum = Expr::col(of).sum().cast_as(Alias::new("bigint"));
        let summed = grouped
            .filter(condition)
            .expr_as(Expr::col(E::ID).count(), "total")
            .expr_as(sum, "sum");
        Ok(summed.into_tuple::<T>().all(&*connection).await?)
    }

    /// A page of a list.
    ///
    /// # Errors
    /// [`Error::Invalid`] names everything in the listing that is wrong.
    pub async fn page(&self, listing: &Listing) -> Result<Page<E::Model>> {
        self.page_of(listing, Condition::all()).await
    }

    /// A page of the records of which a condition of ours holds too.
    ///
    /// # Errors
    /// [`Error::Invalid`] names everything in the listing that is wrong.
    pub(crate) async fn page_of(
        &self,
        listing: &Listing,
        within: Condition,
    ) -> Result<Page<E::Model>> {
        let of = catalogue::<E>();
        let table = Alias::new(&of.table);
        let order = Order::parse(listing.sort.as_deref(), of, self.actor)?;
        let selected = self.selected(listing, of, &table)?.filter(within);
        let total = if listing.count { Some(self.count(&selected).await?) } else { None };
        let mut query = selected;
        if let Some(cursor) = &listing.cursor {
            query = query.filter(order.after(&order.read(cursor)?, &table, self.backend()));
        }
        order.apply(QueryTrait::query(&mut query), &table, self.backend());
        let rows = self.fetch(query.limit(listing.limit + 1)).await?;
        Ok(cut::<E>(rows, listing.limit, &order, total))
    }

    fn selected(&self, listing: &Listing, of: &Catalogue, table: &Alias) -> Result<Select<E>> {
        let deleted = match listing.deleted {
            true => E::DELETED_AT.is_not_null(),
            false => E::DELETED_AT.is_null(),
        };
        let mut query = self.all_rows().filter(deleted);
        if let Some(rule) = &listing.filter {
            let (backend, now) = (self.backend(), self.now());
            let scope = Scope { actor: self.actor, backend, now, touched: None };
            query = query.filter(filter::compile(rule, of, &of.table, scope, "/filter")?);
        }
        if let Some(text) = &listing.q {
            if of.search.is_none() {
                let why = "this list has no full-text search; filter it instead";
                return Err(Error::Conflict(vec![Fault::new("/q", why)]));
            }
            let workspace = self.actor.workspace.uuid();
            query = query.filter(search::condition(of, table, text, workspace, self.backend()));
        }
        Ok(query)
    }

    async fn count(&self, query: &Select<E>) -> Result<i64> {
        let connection = self.connection().await?;
        let counted = query
            .clone()
            .select_only()
            .expr_as(Expr::col(E::ID).count(), "total")
            .into_tuple::<i64>();
        Ok(counted.one(&*connection).await?.unwrap_or(0))
    }
}

/// One row more than the page was read, to know whether there is one.
fn cut<E: Described>(
    mut rows: Vec<E::Model>,
    limit: u64,
    order: &Order,
    total: Option<i64>,
) -> Page<E::Model>
where
    E::Model: ModelTrait<Entity = E>,
{
    let more = rows.len() as u64 > limit;
    rows.truncate(limit as usize);
    let places: Vec<Place<E>> = order.places().map(Place::of).collect();
    let keys = |row: &E::Model| places.iter().map(|place| place.value(row)).collect();
    let cursors = order.cursors(rows.iter().map(keys).collect());
    Page { items: rows, cursors, more, total }
}

/// Where a row holds what it is sorted by, looked up once for all rows.
enum Place<'o, E: Described> {
    Column(E::Column),
    Comparable(E::Column, &'o str),
    Nowhere,
}

impl<'o, E: Described> Place<'o, E> {
    fn of(held: &'o Held) -> Self {
        let key = match held {
            Held::Column(name) => {
                let column =
                    <E::Column as Iterable>::iter().find(|column| column.as_str() == *name);
                return column.map_or(Self::Nowhere, Self::Column);
            }
            Held::Slot(name) => name,
            Held::Comparable(key) => key.as_str(),
            Held::Tags => return Self::Nowhere,
        };
        E::EXTENSION.map_or(Self::Nowhere, |columns| Self::Comparable(columns.comparable, key))
    }

    fn value(&self, row: &E::Model) -> Value
    where
        E::Model: ModelTrait<Entity = E>,
    {
        let (column, key) = match self {
            Self::Column(column) => return row.get(*column),
            Self::Comparable(column, key) => (*column, *key),
            Self::Nowhere => return Value::Bool(None),
        };
        let Value::Json(Some(comparable)) = row.get(column) else { return Value::Bool(None) };
        match comparable.get(key) {
            Some(Json::String(text)) => text.as_str().into(),
            Some(number) => number.as_f64().map_or(Value::Bool(None), Value::from),
            None => Value::Bool(None),
        }
    }
}
