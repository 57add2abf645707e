//! What a transfer is about, as conditions on records.

use rapport_entity::{
    customers::customer,
    identity::user,
    ownership::ownership_transfer::Part,
    rule::Rule,
    sales::{
        lead::{self, Status},
        opportunity,
    },
    work::task,
};
use sea_orm::{
    ColumnTrait, Condition,
    sea_query::{Alias, Expr, ExprTrait, Query},
};
use uuid::Uuid;

use crate::kernel::{Access, Action, Described, FilterScope, Result, Tx, catalogue, compile};

/// What somebody has that is to be transferred.
pub struct What<'t> {
    pub tx: &'t Tx<'t>,
    pub from: user::Id,
    /// Only customers of which this rule holds, and what is about such customers.
    pub filter: Option<&'t Rule>,
}

impl What<'_> {
    /// What they have of a part.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid), [`Error::Conflict`](crate::Error::Conflict) where the filter has come to
    /// speak of what is no longer there.
    pub fn condition(&self, part: Part) -> Result<Condition> {
        let open_leads = [Status::New, Status::Working, Status::Qualified];
        let theirs = match part {
            Part::Tasks => Condition::all()
                .add(task::Column::OwnerId.eq(self.from))
                .add(task::Column::Status.is_in([task::Status::Open, task::Status::InProgress])),
            Part::Opportunities => Condition::all()
                .add(opportunity::Column::OwnerId.eq(self.from))
                .add(opportunity::Column::Status.eq(opportunity::Status::Open)),
            Part::Leads => Condition::all()
                .add(lead::Column::OwnerId.eq(self.from))
                .add(lead::Column::Status.is_in(open_leads)),
            Part::Customers => Condition::all().add(customer::Column::OwnerId.eq(self.from)),
        };
        let Some(filter) = self.filter else { return Ok(theirs) };
        let of = catalogue::<customer::Entity>();
        let (actor, backend, now) = (self.tx.actor(), self.tx.backend(), self.tx.now());
        let scope = FilterScope { actor, backend, now, touched: None };
        let holds = compile(filter, of, &of.table, scope, "/filter")?;
        let about = |customer: Expr| {
            let such = Query::select()
                .column((customer::Entity, customer::Column::Id))
                .from(customer::Entity)
                .and_where(
                    Expr::col((Alias::new(&of.table), Alias::new(of.workspace)))
                        .eq(actor.workspace),
                )
                .and_where(Expr::col((customer::Entity, customer::Column::DeletedAt)).is_null())
                .cond_where(holds.clone())
                .take();
            customer.in_subquery(such)
        };
        Ok(match part {
            Part::Customers => theirs.add(holds),
            Part::Tasks => theirs.add(about(Expr::col((task::Entity, task::Column::CustomerId)))),
            Part::Opportunities => {
                let customer = (opportunity::Entity, opportunity::Column::CustomerId);
                theirs.add(about(Expr::col(customer)))
            }
            Part::Leads => theirs.add(Expr::val(1).eq(0)),
        })
    }
}

/// How many records there are of which a condition holds that only one owner's satisfy.
///
/// # Errors
/// [`Error::Unavailable`](crate::Error::Unavailable).
pub async fn tally<E: Described, A: Action>(
    access: Access<'_, E, A>,
    owner: E::Column,
    condition: Condition,
) -> Result<i64> {
    let counts = access.tally::<(Uuid, i64)>(&[owner], condition).await?;
    Ok(counts.into_iter().map(|(_, count)| count).sum())
}
