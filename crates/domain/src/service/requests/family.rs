//! What requests have to do with: customers and who is there, products, orders, queues, and each other.

use rapport_entity::{
    sales::{order, product},
    service::{
        asset, entitlement,
        service_request::{self, Column, Entity, Model},
    },
};
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use crate::{
    customers::Parties,
    kernel::{Expected, Faults, Read, Result, Tx, Update},
    service::{ordered, queues, sites, skills},
};

/// Whatever is named anew must be there and visible, and must fit the rest.
pub(super) async fn judge(
    tx: &Tx<'_>,
    before: Option<&Model>,
    after: &Model,
    faults: &mut Faults,
) -> Result<()> {
    parties(Some(after)).judge(tx, parties(before), faults).await?;
    judge_product(tx, before, after, faults).await?;
    judge_order(tx, before, after, faults).await?;
    judge_asset(tx, before, after, faults).await?;
    judge_site(tx, before, after, faults).await?;
    judge_entitlement(tx, before, after, faults).await?;
    judge_queue(tx, before, after, faults).await?;
    skills::check(&after.needed_skills.0, "/neededSkills", faults);
    judge_parent(tx, before, after, faults).await
}

fn parties(of: Option<&Model>) -> Parties {
    Parties {
        customer: of.and_then(|row| row.customer_id),
        contact: of.and_then(|row| row.contact_id),
        owner: of.and_then(|row| row.owner_id),
        ..Parties::default()
    }
}

/// What is named anew.
fn anew<T: PartialEq>(
    before: Option<&Model>,
    after: &Model,
    of: impl Fn(&Model) -> Option<T>,
) -> Option<T> {
    of(after).filter(|named| before.and_then(&of).as_ref() != Some(named))
}

async fn judge_product(
    tx: &Tx<'_>,
    before: Option<&Model>,
    after: &Model,
    faults: &mut Faults,
) -> Result<()> {
    let Some(id) = anew(before, after, |row| row.product_id) else { return Ok(()) };
    if tx.can::<product::Entity, Read>()?.live(&[id]).await?.is_empty() {
        faults.conflict("/productId", "is no product");
    }
    Ok(())
}

async fn judge_order(
    tx: &Tx<'_>,
    before: Option<&Model>,
    after: &Model,
    faults: &mut Faults,
) -> Result<()> {
    let which = |row: &Model| Some((row.order_id, row.order_line, row.customer_id));
    if anew(before, after, which).is_none() {
        return Ok(());
    }
    let Some(id) = after.order_id else {
        if after.order_line.is_some() {
            faults.invalid("/orderLine", "needs an order");
        }
        return Ok(());
    };
    let order = tx.can::<order::Entity, Read>()?.live(&[id]).await?.pop();
    if order.is_none_or(|order| Some(order.customer_id) != after.customer_id) {
        faults.conflict("/orderId", "is no order of this customer");
    } else if let Some(position) = after.order_line
        && ordered::line(tx, id, position).await?.is_none()
    {
        faults.conflict("/orderLine", "is no line of this order");
    }
    Ok(())
}

async fn judge_asset(
    tx: &Tx<'_>,
    before: Option<&Model>,
    after: &Model,
    faults: &mut Faults,
) -> Result<()> {
    let which = |row: &Model| Some((row.asset_id?, row.customer_id));
    let Some((id, customer)) = anew(before, after, which) else { return Ok(()) };
    let asset = tx.can::<asset::Entity, Read>()?.live(&[id]).await?.pop();
    if asset.is_none_or(|asset| Some(asset.customer_id) != customer) {
        faults.conflict("/assetId", "is no asset of this customer");
    }
    Ok(())
}

async fn judge_site(
    tx: &Tx<'_>,
    before: Option<&Model>,
    after: &Model,
    faults: &mut Faults,
) -> Result<()> {
    let which = |row: &Model| Some((row.site_id?, row.customer_id));
    match anew(before, after, which) {
        Some((id, customer)) => sites::judge_named(tx, id, customer, faults).await,
        None => Ok(()),
    }
}

/// What is used up by a request is counted while nobody else uses it.
async fn judge_entitlement(
    tx: &Tx<'_>,
    before: Option<&Model>,
    after: &Model,
    faults: &mut Faults,
) -> Result<()> {
    let which = |row: &Model| Some((row.entitlement_id?, row.customer_id));
    let Some((id, customer)) = anew(before, after, which) else { return Ok(()) };
    let there = tx.can::<entitlement::Entity, Read>()?.live(&[id]).await?.pop();
    if there.is_none_or(|there| Some(there.customer_id) != customer) {
        faults.conflict("/entitlementId", "is no entitlement of this customer");
        return Ok(());
    }
    let held = tx.entailed::<entitlement::Entity, Update>().lock(id, Expected::Any).await?;
    let Some(limit) = held.request_limit else { return Ok(()) };
    let others = Condition::all()
        .add(Column::EntitlementId.eq(id))
        .add(Column::Id.ne(after.id))
        .add(Column::MergedIntoId.is_null());
    let by = [Column::EntitlementId];
    let requests = tx.entailed::<Entity, Read>();
    let used = requests.tally::<(Uuid, i64)>(&by, others).await?;
    let used = used.first().map_or(0, |(_, count)| *count);
    if used >= i64::from(limit) {
        faults.conflict("/entitlementId", format!("is used up: {used} requests were done by it"));
    }
    Ok(())
}

async fn judge_queue(
    tx: &Tx<'_>,
    before: Option<&Model>,
    after: &Model,
    faults: &mut Faults,
) -> Result<()> {
    let Some(id) = anew(before, after, |row| row.queue_id) else { return Ok(()) };
    match queues::held(tx, id).await? {
        None => faults.conflict("/queueId", "is no queue"),
        Some(queue) if !queue.active => {
            faults.conflict("/queueId", "is a queue that takes no requests any more");
        }
        Some(_) => {}
    }
    Ok(())
}

/// Families have two generations: a parent is nobody's child, and a child nobody's parent. So there is no circle.
async fn judge_parent(
    tx: &Tx<'_>,
    before: Option<&Model>,
    after: &Model,
    faults: &mut Faults,
) -> Result<()> {
    let Some(id) = anew(before, after, |row| row.parent_id) else { return Ok(()) };
    // Two that became each other's parents at once would not see it.
    tx.one_at_a_time("families of service requests").await?;
    let parent = tx.can::<Entity, Read>()?.live(&[id]).await?.pop();
    match parent {
        None => faults.conflict("/parentId", "is no service request"),
        Some(_) if id == after.id => faults.conflict("/parentId", "is the request itself"),
        Some(parent) if parent.parent_id.is_some() => {
            faults.conflict("/parentId", "has a parent itself");
        }
        Some(parent) if parent.merged_into_id.is_some() => {
            faults.conflict("/parentId", "has become a part of another");
        }
        Some(_) if has_children(tx, after.id).await? => {
            faults.conflict("/parentId", "the request has children itself");
        }
        Some(_) => {}
    }
    Ok(())
}

/// Whether there are cases of a request. Deleted ones count: they may be restored.
pub(super) async fn has_children(tx: &Tx<'_>, id: service_request::Id) -> Result<bool> {
    let theirs = Condition::all().add(Column::ParentId.eq(id));
    tx.entailed::<Entity, Read>().any_even_deleted(theirs).await
}
