use chrono::{DateTime, Utc};
use rapport_entity::{
    Resource,
    customers::customer,
    identity::user,
    ownership::ownership_change::{self, Column, OwnershipPeriod},
    sales::{lead, opportunity, opportunity_period},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};
use uuid::Uuid;

use crate::kernel::{Ctx, Cursors, Page, Part, Read, Result};

/// The order of a history, as its cursors name it.
const ORDER: &str = "-ownership";

/// Who had a customer from when until when, newest first.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound) where there is no such customer, or no such cursor.
pub async fn of_customer(
    ctx: &Ctx,
    id: customer::Id,
    part: &Part,
) -> Result<Page<OwnershipPeriod>> {
    let row = ctx.can::<customer::Entity, Read>()?.one_even_deleted(id).await?;
    let of = Subject { owner: row.owner_id, made_at: row.created_at };
    page(of, part, async |before, limit| changes(ctx, id.uuid(), before, limit).await).await
}

/// Who had a lead from when until when, newest first.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound) where there is no such lead, or no such cursor.
pub async fn of_lead(ctx: &Ctx, id: lead::Id, part: &Part) -> Result<Page<OwnershipPeriod>> {
    let row = ctx.can::<lead::Entity, Read>()?.one_even_deleted(id).await?;
    let of = Subject { owner: row.owner_id, made_at: row.created_at };
    page(of, part, async |before, limit| changes(ctx, id.uuid(), before, limit).await).await
}

/// Who had an opportunity from when until when, newest first: as its periods tell.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound) where there is no such opportunity, or no such cursor.
pub async fn of_opportunity(
    ctx: &Ctx,
    id: opportunity::Id,
    part: &Part,
) -> Result<Page<OwnershipPeriod>> {
    let row = ctx.can::<opportunity::Entity, Read>()?.one_even_deleted(id).await?;
    let made_at = first(ctx, id).await?.map_or(row.created_at, |first| first.from_at);
    let of = Subject { owner: row.owner_id, made_at };
    let page = page(of, part, async |before, limit| turns(ctx, id, before, limit).await).await?;
    // How is not told by its periods.
    Ok(page.map(|period| match period.actor_kind {
        Some(_) => OwnershipPeriod { way: None, ..period },
        None => period,
    }))
}

/// A record as it is.
struct Subject {
    owner: Option<user::Id>,
    made_at: DateTime<Utc>,
}

/// A page of a history. A period begins with a change and lasts until the next; what was before the first change has been so
/// since the record was made. A cursor names the change that the last period began with, which is asked for again: with it
/// the period before ended.
async fn page(
    of: Subject,
    part: &Part,
    changes: impl AsyncFnOnce(Option<i64>, u64) -> Result<Vec<ownership_change::Model>>,
) -> Result<Page<OwnershipPeriod>> {
    let from = part.cursor.as_ref().map(|cursor| Cursors::number(ORDER, cursor)).transpose()?;
    let limit = part.limit as usize;
    if from == Some(0) {
        // That was the first period.
        let cursors = Cursors::of_numbers(ORDER, []);
        return Ok(Page { items: Vec::new(), cursors, more: false, total: None });
    }
    let mut found = changes(from, part.limit + 2).await?.into_iter().peekable();
    let last = found.next_if(|change| Some(i64::from(change.subject_version)) == from);
    let mut owner = last.as_ref().map_or(of.owner, |last| last.owner_before);
    let mut until = last.map(|last| last.at);
    let (mut items, mut numbers) = (Vec::new(), Vec::new());
    for change in found.by_ref().take(limit) {
        owner = change.owner_before;
        numbers.push(i64::from(change.subject_version));
        let next = Some(change.at);
        items.push(OwnershipPeriod::begun_by(change, until));
        until = next;
    }
    let full = items.len() == limit;
    if !full {
        items.push(OwnershipPeriod::first(owner, of.made_at, until));
        numbers.push(0);
    }
    Ok(Page { items, cursors: Cursors::of_numbers(ORDER, numbers), more: full, total: None })
}

/// The changes up to a version, newest first.
async fn changes(
    ctx: &Ctx,
    id: Uuid,
    up_to: Option<i64>,
    limit: u64,
) -> Result<Vec<ownership_change::Model>> {
    let mut changes = ownership_change::Entity::find()
        .filter(Column::SubjectId.eq(id))
        .order_by_desc(Column::SubjectVersion)
        .limit(limit);
    if let Some(version) = up_to {
        changes = changes.filter(Column::SubjectVersion.lte(version));
    }
    ctx.rows::<ownership_change::Entity>().all(changes).await
}

/// The same of an opportunity: its periods that begin with another owner than the one before had.
async fn turns(
    ctx: &Ctx,
    id: opportunity::Id,
    up_to: Option<i64>,
    limit: u64,
) -> Result<Vec<ownership_change::Model>> {
    use opportunity_period::Column::{OpportunityId, OpportunityVersion};
    let before = |what: &str| {
        format!(
            "(select {what} from opportunity_period b \
             where b.workspace_id = opportunity_period.workspace_id \
             and b.opportunity_id = opportunity_period.opportunity_id \
             and b.opportunity_version < opportunity_period.opportunity_version \
             order by b.opportunity_version desc limit 1)"
        )
    };
    let turned = format!(
        "exists {} and opportunity_period.owner_id is distinct from {}",
        before("1"),
        before("b.owner_id")
    );
    let mut turns = opportunity_period::Entity::find()
        .filter(OpportunityId.eq(id))
        .filter(Expr::cust(turned))
        .order_by_desc(OpportunityVersion)
        .limit(limit + 1);
    if let Some(version) = up_to {
        turns = turns.filter(OpportunityVersion.lte(version));
    }
    let turns = ctx.rows::<opportunity_period::Entity>().all(turns).await?;
    let first = first(ctx, id).await?.and_then(|period| period.owner_id);
    let owners_before: Vec<_> =
        turns.iter().skip(1).map(|turn| turn.owner_id).chain([first]).collect();
    let change = |(turn, owner_before): (opportunity_period::Model, _)| ownership_change::Model {
        workspace_id: turn.workspace_id,
        resource: <opportunity::Entity as Resource>::NAME.to_owned(),
        subject_id: turn.opportunity_id.uuid(),
        subject_version: turn.opportunity_version,
        at: turn.from_at,
        way: String::new(),
        owner_before,
        owner_id: turn.owner_id,
        actor_kind: turn.actor_kind,
        actor_id: turn.actor_id,
        reason: turn.reason,
    };
    Ok(turns.into_iter().zip(owners_before).take(limit as usize).map(change).collect())
}

/// The first period of an opportunity.
async fn first(ctx: &Ctx, id: opportunity::Id) -> Result<Option<opportunity_period::Model>> {
    use opportunity_period::Column::{OpportunityId, OpportunityVersion};
    let first = opportunity_period::Entity::find()
        .filter(OpportunityId.eq(id))
        .order_by_asc(OpportunityVersion)
        .limit(1);
    Ok(ctx.rows::<opportunity_period::Entity>().all(first).await?.pop())
}
