use std::collections::HashMap;

use rapport_entity::{
    Label,
    customers::customer,
    identity::role::Verb,
    segmentation::{
        customer_score::{Column, CustomerScore, Entity, Model},
        score,
    },
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IdenStatic, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Alias, Expr, ExprTrait, Query},
};
use uuid::Uuid;

use super::scores::MOST_SCORES;
use crate::{
    kernel::{Ctx, Cursors, Error, Page, Read, Result, catalogue, is_among},
    records,
};

/// Which part of a score's results is asked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Only the customers of this tier.
    pub tier: Option<Label>,
    /// Where the part before ended.
    pub cursor: Option<String>,
    /// At most so many.
    pub limit: u64,
    /// Whether to count all.
    pub count: bool,
}

impl Wanted {
    /// The part, if there can be such a one.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the limit is not from 1 to 200.
    pub fn checked(self) -> Result<Self> {
        match self.limit {
            1..=200 => Ok(self),
            _ => Err(Error::invalid("/limit", "must be from 1 to 200")),
        }
    }
}

/// The order of results, as their cursors name it.
const ORDER: &str = "-value";

/// What the customers that the actor may see have of a score, those with the highest value first.
///
/// # Errors
/// [`Error::NotFound`] where there is no such score, or no such cursor.
pub async fn results(ctx: &Ctx, id: score::Id, wanted: &Wanted) -> Result<Page<CustomerScore>> {
    records::get::<score::Entity>(ctx, id).await?;
    let mut these = Condition::all()
        .add(Column::ScoreId.eq(id))
        .add_option(wanted.tier.as_ref().map(|tier| Column::Tier.eq(tier.clone())))
        .add(readable_customers(ctx)?);
    let total = match wanted.count {
        true => Some(count(ctx, these.clone()).await?),
        false => None,
    };
    if let Some(cursor) = &wanted.cursor {
        let (value, customer) = Cursors::value(ORDER, cursor)?;
        let key = Expr::tuple([Column::Value, Column::CustomerId].map(Expr::col));
        these = these.add(key.lt(Expr::tuple([Expr::val(value), Expr::val(customer)])));
    }
    let query = Entity::find()
        .filter(these)
        .order_by_desc(Column::Value)
        .order_by_desc(Column::CustomerId)
        .limit(wanted.limit + 1);
    let mut rows = ctx.rows::<Entity>().all(query).await?;
    let more = rows.len() as u64 > wanted.limit;
    rows.truncate(wanted.limit as usize);
    let keys = rows.iter().map(|row| (row.value, row.customer_id.uuid()));
    let cursors = Cursors::of_values(ORDER, keys);
    Ok(Page { items: rows.into_iter().map(CustomerScore::from).collect(), cursors, more, total })
}

async fn count(ctx: &Ctx, these: Condition) -> Result<i64> {
    let query: Select<Entity> =
        Entity::find().filter(Column::WorkspaceId.eq(ctx.actor().workspace)).filter(these);
    let counted =
        query.select_only().column_as(Column::CustomerId.count(), "total").into_tuple::<i64>();
    Ok(counted.one(&*ctx.reader().await?).await?.unwrap_or(0))
}

/// The scores that a customer has, in the order of their keys.
///
/// # Errors
/// [`Error::NotFound`] where there is no such customer.
pub async fn of_customer(ctx: &Ctx, id: customer::Id) -> Result<Vec<CustomerScore>> {
    ctx.can::<score::Entity, Read>()?;
    ctx.can::<customer::Entity, Read>()?.one(id).await?;
    Ok(of_customers(ctx, &[id]).await?.remove(&id).unwrap_or_default())
}

/// The scores that some customers have who the actor has been shown, in the order of their keys.
///
/// # Errors
/// [`Error::Forbidden`] where the actor may not read scores.
pub async fn of_customers(
    ctx: &Ctx,
    ids: &[customer::Id],
) -> Result<HashMap<customer::Id, Vec<CustomerScore>>> {
    ctx.can::<score::Entity, Read>()?;
    let these: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let query = Entity::find()
        .filter(is_among(Expr::col(Column::CustomerId), &these, ctx.database().backend()))
        .order_by_asc(Column::ScoreKey)
        .limit((MOST_SCORES * ids.len()) as u64);
    let mut found: HashMap<customer::Id, Vec<CustomerScore>> = HashMap::new();
    for row in ctx.rows::<Entity>().all(query).await? {
        let row: Model = row;
        found.entry(row.customer_id).or_default().push(row.into());
    }
    Ok(found)
}

/// That a result is of a customer who is there, and whom the actor may see.
pub(super) fn readable_customers(ctx: &Ctx) -> Result<Condition> {
    let of = catalogue::<customer::Entity>();
    let table = Alias::new(&of.table);
    let rows = ctx.actor().rows(of, &table, Verb::Read);
    let rows = rows.ok_or(Error::Forbidden { verb: "read", resource: "customer" })?;
    let column = |column: customer::Column| Expr::col((table.clone(), Alias::new(column.as_str())));
    let readable = Query::select()
        .expr(column(customer::Column::Id))
        .from(customer::Entity)
        .cond_where(rows)
        .and_where(column(customer::Column::DeletedAt).is_null())
        .to_owned();
    let customer = Expr::col((Entity, Column::CustomerId));
    Ok(Condition::all().add(customer.in_subquery(readable)))
}
