use rapport_entity::{
    Currency,
    customers::customer,
    identity::role::Verb,
    sales::order::{self, Status},
    segmentation::{segment, segment_member},
};
use sea_orm::{
    ColumnTrait, Condition, IdenStatic,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement},
};

use super::period::Period;
use crate::kernel::{Ctx, Described, Error, Fault, Read, Result, catalogue};

/// Orders that are agreed on: those being written are not yet, and those called off no longer.
const AGREED: [Status; 2] = [Status::Placed, Status::Completed];

/// Whose orders are looked at.
pub struct Basis<'c> {
    ctx: &'c Ctx,
    segment: Option<segment::Id>,
}

impl<'c> Basis<'c> {
    /// Those of all customers that the actor may read; where a segment is named, of its members now.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Conflict`] where there is no such segment.
    pub async fn new(ctx: &'c Ctx, segment: Option<segment::Id>) -> Result<Self> {
        ctx.can::<order::Entity, Read>()?;
        Self::of_customers(ctx, segment).await
    }

    /// The same, where orders are not looked at.
    ///
    /// # Errors
    /// As [`Basis::new`].
    pub async fn of_customers(ctx: &'c Ctx, segment: Option<segment::Id>) -> Result<Self> {
        ctx.can::<customer::Entity, Read>()?;
        let basis = Self::everybody(ctx);
        match segment {
            Some(id) if ctx.can::<segment::Entity, Read>()?.live(&[id]).await?.is_empty() => {
                Err(Error::Conflict(vec![Fault::new("/segmentId", "is no segment")]))
            }
            Some(id) => Ok(basis.within(id)),
            None => Ok(basis),
        }
    }

    /// All customers that the actor may read.
    pub fn everybody(ctx: &'c Ctx) -> Self {
        Self { ctx, segment: None }
    }

    /// Only those who are in a segment now. That there is such a one has been seen to.
    pub fn within(self, segment: segment::Id) -> Self {
        Self { segment: Some(segment), ..self }
    }

    /// Orders that are agreed on, and that the actor may read, as their customers.
    pub fn orders(&self) -> Result<Condition> {
        let customer = Expr::col((order::Entity, order::Column::CustomerId));
        Ok(readable::<order::Entity>(self.ctx)?
            .add(order::Column::Status.is_in(AGREED))
            .add(customer.in_subquery(self.customers()?)))
    }

    /// The customers.
    pub fn customers(&self) -> Result<SelectStatement> {
        let id = || Expr::col((customer::Entity, customer::Column::Id));
        let mut customers = Query::select();
        customers
            .expr(id())
            .from(customer::Entity)
            .cond_where(readable::<customer::Entity>(self.ctx)?);
        if let Some(segment) = self.segment {
            customers.and_where(id().in_subquery(members(self.ctx, segment)));
        }
        Ok(customers)
    }
}

/// The records of a kind that are there and that the actor may read.
pub fn readable<E: Described>(ctx: &Ctx) -> Result<Condition> {
    let of = catalogue::<E>();
    let table = Alias::new(&of.table);
    let rows = ctx.actor().rows(of, &table, Verb::Read);
    let rows = rows.ok_or(Error::Forbidden { verb: "read", resource: E::NAME })?;
    let deleted = Expr::col((table, Alias::new(E::DELETED_AT.as_str())));
    Ok(Condition::all().add(rows).add(deleted.is_null()))
}

/// Who is in a segment now.
pub fn members(ctx: &Ctx, segment: segment::Id) -> SelectStatement {
    use segment_member::Column::{CustomerId, SegmentId, WorkspaceId};
    Query::select()
        .column((segment_member::Entity, CustomerId))
        .from(segment_member::Entity)
        .and_where(WorkspaceId.eq(ctx.actor().workspace))
        .and_where(SegmentId.eq(segment))
        .to_owned()
}

/// That a day lies within a period.
pub fn within(period: Period) -> Condition {
    Condition::all()
        .add(order::Column::OrderedOn.gte(period.from))
        .add(order::Column::OrderedOn.lte(period.to))
}

/// That an order is in a currency.
pub fn is_in(currency: &Currency) -> Condition {
    order::Column::Currency.eq(currency.clone()).into()
}
