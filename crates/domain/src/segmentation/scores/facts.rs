//! What scores are made of: what customers ordered, the numbers in their records, and the scores they have.

use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveDate, Utc};
use rapport_entity::{
    Currency,
    customers::customer,
    sales::order::{self, Status},
    segmentation::{customer_score, score_definition::CountedOrders},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, QueryResult,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement},
};
use uuid::Uuid;

use crate::kernel::{Actor, Field, Result, catalogue, database::Lease, day_of, is_among, value_of};

/// Where facts are read from, and of whom.
pub struct Source<'a> {
    /// The database.
    pub db: &'a Lease,
    /// For whom.
    pub actor: &'a Actor,
    /// When.
    pub now: DateTime<Utc>,
    /// Of these customers; of all where `None`.
    pub who: Option<&'a [Uuid]>,
}

/// What a customer ordered, of the orders that count: at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Orders {
    /// The customer.
    pub customer: Uuid,
    /// The day of the last.
    pub last: NaiveDate,
    /// How many.
    pub count: i64,
    /// What they come to, in minor units.
    pub minor: i64,
}

/// Which orders count, once it is said where it was left open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Their currency.
    pub currency: Currency,
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The last day.
    pub to: NaiveDate,
}

/// Orders that are agreed on: those being written are not yet, and those called off no longer.
const AGREED: [Status; 2] = [Status::Placed, Status::Completed];

impl Source<'_> {
    /// The day it is in the workspace.
    fn today(&self) -> NaiveDate {
        day_of(self.now, self.actor)
    }

    /// Which orders count.
    pub fn counted(&self, orders: &CountedOrders) -> Counted {
        let to = orders.as_of.map_or_else(|| self.today(), |day| day.day());
        let first = |days: u64| to.checked_sub_days(Days::new(days - 1)).unwrap_or(NaiveDate::MIN);
        Counted {
            currency: orders.currency.clone().unwrap_or_else(|| self.actor.currency.clone()),
            from: orders.window.as_ref().map(|window| first(window.days())),
            to,
        }
    }

    /// What each customer ordered, in the order of their ids. Those without an order that counts are not among them.
    pub async fn orders(&self, counted: &Counted) -> Result<Vec<Orders>> {
        use order::Column::{CustomerId, OrderedOn, TotalMinor};
        let bigint = Alias::new("bigint");
        let query = Query::select()
            .column(CustomerId)
            .expr_as(Expr::col(OrderedOn).max(), Alias::new("last"))
            .expr_as(Expr::col(CustomerId).count(), Alias::new("count"))
            .expr_as(Expr::col(TotalMinor).sum().cast_as(bigint), Alias::new("minor"))
            .from(order::Entity)
            .cond_where(
                self.within(counted).add(order::Column::Currency.eq(counted.currency.clone())),
            )
            .group_by_col(CustomerId)
            .to_owned();
        let read = |row: QueryResult| {
            Ok(Orders {
                customer: row.try_get_by_index(0)?,
                last: row.try_get_by_index(1)?,
                count: row.try_get_by_index(2)?,
                minor: row.try_get_by_index(3)?,
            })
        };
        let mut orders = self.db.each(self.statement(&query), read).await?;
        orders.sort_unstable_by_key(|orders| orders.customer);
        Ok(orders)
    }

    /// How many orders would count if they were in the currency.
    pub async fn orders_in_other_currencies(&self, counted: &Counted) -> Result<i64> {
        let others = order::Column::Currency.ne(counted.currency.clone());
        let query = Query::select()
            .expr(Expr::col(order::Column::Id).count())
            .from(order::Entity)
            .cond_where(self.within(counted).add(others))
            .to_owned();
        let row = self.db.query_one_raw(self.statement(&query)).await?;
        Ok(row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or(0))
    }

    /// That an order is agreed on, of these days, and of a customer who is there.
    fn within(&self, counted: &Counted) -> Condition {
        use order::Column::{CustomerId, DeletedAt, OrderedOn, WorkspaceId};
        let live = Query::select()
            .column((customer::Entity, customer::Column::Id))
            .from(customer::Entity)
            .cond_where(self.live_customers())
            .to_owned();
        Condition::all()
            .add(WorkspaceId.eq(self.actor.workspace))
            .add(DeletedAt.is_null())
            .add(order::Column::Status.is_in(AGREED))
            .add(OrderedOn.lte(counted.to))
            .add_option(counted.from.map(|from| OrderedOn.gte(from)))
            .add_option(self.whom(Expr::col((order::Entity, CustomerId))))
            .add(Expr::col((order::Entity, CustomerId)).in_subquery(live))
    }

    /// Some numbers of each customer, in the order of their ids: null where they have none.
    pub async fn numbers(&self, fields: &[&Field]) -> Result<Vec<(Uuid, Vec<Option<f64>>)>> {
        let table = Alias::new(&catalogue::<customer::Entity>().table);
        let backend = self.db.get_database_backend();
        let id = || Expr::col((customer::Entity, customer::Column::Id));
        let mut query = Query::select();
        query.expr(id());
        for field in fields {
            let value = value_of(field, &field.held, &table, backend);
            query.expr(value.cast_as(Alias::new("double precision")));
        }
        query
            .from(customer::Entity)
            .cond_where(self.live_customers())
            .and_where_option(self.whom(id()));
        let count = fields.len();
        let read = |row: QueryResult| {
            let numbers = (1..=count).map(|place| row.try_get_by_index(place));
            Ok((row.try_get_by_index(0)?, numbers.collect::<std::result::Result<_, _>>()?))
        };
        let mut numbers: Vec<(Uuid, Vec<Option<f64>>)> =
            self.db.each(self.statement(&query), read).await?;
        numbers.sort_unstable_by_key(|(customer, _)| *customer);
        Ok(numbers)
    }

    /// The value that each customer has of a score.
    pub async fn scores(&self, score: Uuid) -> Result<HashMap<Uuid, f64>> {
        use customer_score::Column::{CustomerId, ScoreId, Value, WorkspaceId};
        let query = Query::select()
            .columns([CustomerId, Value])
            .from(customer_score::Entity)
            .and_where(WorkspaceId.eq(self.actor.workspace))
            .and_where(ScoreId.eq(score))
            .and_where_option(self.whom(Expr::col(CustomerId)))
            .to_owned();
        let read = |row: QueryResult| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
        Ok(self.db.each(self.statement(&query), read).await?.into_iter().collect())
    }

    fn live_customers(&self) -> Condition {
        use customer::Column::{DeletedAt, WorkspaceId};
        Condition::all().add(WorkspaceId.eq(self.actor.workspace)).add(DeletedAt.is_null())
    }

    fn whom(&self, column: Expr) -> Option<Expr> {
        self.who.map(|ids| is_among(column, ids, self.db.get_database_backend()))
    }

    fn statement(&self, query: &SelectStatement) -> sea_orm::Statement {
        self.db.get_database_backend().build(query)
    }
}
