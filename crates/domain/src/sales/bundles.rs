use std::collections::{HashMap, HashSet};

use rapport_entity::sales::{
    bundle_component::{BundleComponent, Column, Entity, Model},
    product,
};
use sea_orm::{EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};
use uuid::Uuid;

use crate::kernel::{Ctx, Faults, Read, Reads, Result, Tx, database::is_one_of};

/// The most components a bundle has.
pub const MAX_COMPONENTS: usize = 100;

/// How many levels of bundles may be made of one another.
const LEVELS: usize = 5;

/// What is done by one at a time: saying what bundles are made of.
pub(crate) const BUNDLES: &str = "bundles";

/// The components of some products that the caller has been shown, in their order.
///
/// # Errors
/// [`Error::Unavailable`](crate::Error::Unavailable).
pub async fn components_of(
    ctx: &Ctx,
    bundles: &[product::Id],
) -> Result<HashMap<product::Id, Vec<Model>>> {
    components(ctx, bundles).await
}

/// The same, as they are in a transaction too.
pub(crate) async fn components(
    on: &impl Reads,
    bundles: &[product::Id],
) -> Result<HashMap<product::Id, Vec<Model>>> {
    let mut of: HashMap<product::Id, Vec<Model>> = HashMap::new();
    if bundles.is_empty() {
        return Ok(of);
    }
    let ids: Vec<Uuid> = bundles.iter().map(|id| id.uuid()).collect();
    let these = is_one_of(Expr::col(Column::BundleId), &ids, on.backend_of());
    let query = Entity::find().filter(these).order_by_asc(Column::Position);
    for component in on.rows_of::<Entity>().all(query).await? {
        of.entry(component.bundle_id).or_default().push(component);
    }
    Ok(of)
}

/// The components as they will be stored, where nothing is wrong with them. Deleted products count as long as the bundle
/// has them already. Until the transaction ends nobody else may say what bundles are made of ([`BUNDLES`]).
pub(crate) async fn draft(
    tx: &Tx<'_>,
    bundle: product::Id,
    wanted: &[BundleComponent],
    old: &[Model],
    faults: &mut Faults,
) -> Result<Vec<Model>> {
    if wanted.len() > MAX_COMPONENTS {
        faults.invalid("/components", format!("must be at most {MAX_COMPONENTS}"));
        return Ok(Vec::new());
    }
    judge(tx, bundle, wanted, old, faults).await?;
    let component = |(n, component): (usize, &BundleComponent)| Model {
        workspace_id: tx.actor().workspace,
        bundle_id: bundle,
        position: n as i32 + 1,
        product_id: component.product_id,
        quantity: component.quantity,
    };
    Ok(wanted.iter().enumerate().map(component).collect())
}

/// Names every component that cannot be one.
async fn judge(
    tx: &Tx<'_>,
    bundle: product::Id,
    wanted: &[BundleComponent],
    old: &[Model],
    faults: &mut Faults,
) -> Result<()> {
    if wanted.is_empty() {
        return Ok(());
    }
    let ids: Vec<product::Id> = wanted.iter().map(|component| component.product_id).collect();
    let products = tx.can::<product::Entity, Read>()?.many(&ids).await?;
    let is_kept = |id| old.iter().any(|component| component.product_id == id);
    let is_sold = |row: &&product::Model| row.deleted_at.is_none() || is_kept(row.id);
    let there: HashSet<Uuid> = products.iter().filter(is_sold).map(|row| row.id.uuid()).collect();
    let above = levels(tx, [bundle.uuid()].into(), Way::Up).await?;
    let mut seen = HashSet::new();
    for (n, component) in wanted.iter().enumerate() {
        let id = component.product_id.uuid();
        let at = format!("/components/{n}/productId");
        if id == bundle.uuid() || above.iter().any(|level| level.contains(&id)) {
            faults.conflict(at, "would make the bundle contain itself");
        } else if !there.contains(&id) {
            faults.conflict(at, "is no product");
        } else if !seen.insert(id) {
            faults.conflict(at, "is among the components already");
        }
        if !component.quantity.is_some() {
            faults.conflict(format!("/components/{n}/quantity"), "must be more than 0");
        }
    }
    let below = levels(tx, seen, Way::Down).await?;
    if above.len() + 1 + below.len() > LEVELS {
        let why = format!("would make bundles of bundles more than {LEVELS} levels deep");
        faults.conflict("/components", why);
    }
    Ok(())
}

/// From a product to those that are in it, or to those that it is in.
#[derive(Clone, Copy)]
enum Way {
    Down,
    Up,
}

/// The products at the end of one step, of two, and so on: at most one step more than there may be levels. Deleted
/// products count: they may be restored.
async fn levels(tx: &Tx<'_>, from: HashSet<Uuid>, way: Way) -> Result<Vec<HashSet<Uuid>>> {
    let mut levels = Vec::new();
    let mut reached: Vec<Uuid> = from.into_iter().collect();
    while !reached.is_empty() && levels.len() <= LEVELS {
        let column = match way {
            Way::Down => Column::BundleId,
            Way::Up => Column::ProductId,
        };
        let these = is_one_of(Expr::col(column), &reached, tx.backend());
        let rows = tx.rows::<Entity>().all(Entity::find().filter(these)).await?;
        let ends = rows.into_iter().map(|row| match way {
            Way::Down => row.product_id.uuid(),
            Way::Up => row.bundle_id.uuid(),
        });
        let level: HashSet<Uuid> = ends.collect();
        reached = level.iter().copied().collect();
        levels.extend(Some(level).filter(|level| !level.is_empty()));
    }
    Ok(levels)
}
