use rapport_entity::segmentation::{segment, segment_member, segment_stay};
use sea_orm::{
    ColumnTrait,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, UnionType},
};

use crate::{
    insight::basis::Basis,
    kernel::{Ctx, Result},
};

/// The stays in a segment, of the customers that the actor may read: `customer_id`, `entered_at` and `left_at`, which is
/// null where a stay goes on.
pub fn stays(ctx: &Ctx, segment: segment::Id) -> Result<SelectStatement> {
    let (mut going_on, over) = (going_on(ctx, segment), over(ctx, segment));
    let stays = Alias::new("stays");
    let customers = Basis::everybody(ctx).customers()?;
    Ok(Query::select()
        .columns(["customer_id", "entered_at", "left_at"].map(Alias::new))
        .from_subquery(going_on.union(UnionType::All, over).to_owned(), stays)
        .and_where(Expr::col(Alias::new("customer_id")).in_subquery(customers))
        .to_owned())
}

fn going_on(ctx: &Ctx, segment: segment::Id) -> SelectStatement {
    use segment_member::Column::{CustomerId, EnteredAt, SegmentId, WorkspaceId};
    Query::select()
        .columns([CustomerId, EnteredAt])
        .expr_as(Expr::cust("null"), Alias::new("left_at"))
        .from(segment_member::Entity)
        .and_where(WorkspaceId.eq(ctx.actor().workspace))
        .and_where(SegmentId.eq(segment))
        .to_owned()
}

fn over(ctx: &Ctx, segment: segment::Id) -> SelectStatement {
    use segment_stay::Column::{CustomerId, EnteredAt, LeftAt, SegmentId, WorkspaceId};
    Query::select()
        .columns([CustomerId, EnteredAt, LeftAt])
        .from(segment_stay::Entity)
        .and_where(WorkspaceId.eq(ctx.actor().workspace))
        .and_where(SegmentId.eq(segment))
        .to_owned()
}
