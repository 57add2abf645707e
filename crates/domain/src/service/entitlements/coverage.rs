use std::collections::HashMap;

use async_graphql::{InputObject, SimpleObject};
use rapport_entity::{
    Date, Id, Name,
    customers::customer,
    sales::{order, product},
    service::{
        agreement, asset,
        entitlement::{self, Column, Entity, Kind, Model},
        service_request, site,
    },
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::judged::{Judged, Subject, judge};
use crate::kernel::{Ctx, Described, Error, Faults, Read, Result, day_of};

pub use super::judged::Objection;

/// So many entitlements of a customer are looked at, the latest first.
const MOST: u64 = 200;

/// What is to be done, for whom.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CoverageRequest {
    /// The customer; whoever has the asset or the site, or placed the order, where left out.
    pub customer_id: Option<customer::Id>,
    /// The asset that it is about.
    pub asset_id: Option<asset::Id>,
    /// The site at which it is to be done. Where the asset stands is known without it.
    pub site_id: Option<site::Id>,
    /// The product that it is about; that of the asset where left out.
    pub product_id: Option<product::Id>,
    /// The order that it is about.
    pub order_id: Option<order::Id>,
    /// The line of that order, from 1.
    #[schema(minimum = 1, maximum = 200)]
    pub order_line: Option<i32>,
    /// What is wanted; anything where left out.
    pub kind: Option<Kind>,
    /// On which day, in the workspace's time zone; today where left out.
    pub on: Option<Date>,
}

/// Whether something is covered, and why.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct Coverage {
    /// Whether there is an entitlement that covers it.
    pub covered: bool,
    /// The customer whose entitlements were looked at.
    pub customer_id: customer::Id,
    /// The sites that entitlements were looked for: the one that was asked for, and the one at which the asset stands.
    #[schema(max_items = 2)]
    pub site_ids: Vec<site::Id>,
    /// On which day.
    pub on: Date,
    /// The entitlement that covers it best: for the asset before for the order, for the site, for the product and for
    /// everything; among those one without a limit, and the one that ends last.
    pub entitlement_id: Option<entitlement::Id>,
    /// All of the customer's that were looked at, with what stands against each: those that cover it first.
    #[schema(max_items = 200)]
    pub considered: Vec<Considered>,
    /// Whether the customer has more than were looked at.
    pub more: bool,
}

/// An entitlement, and what stands against it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "ConsideredEntitlement")]
#[schema(as = ConsideredEntitlement)]
pub struct Considered {
    /// The entitlement.
    pub entitlement_id: entitlement::Id,
    /// What it is called.
    pub name: Name,
    /// What it entitles to.
    pub kind: Kind,
    /// The only site that it covers.
    pub site_id: Option<site::Id>,
    /// What that site is called.
    pub site_name: Option<Name>,
    /// Whether it covers what is asked.
    pub covers: bool,
    /// The last day on which it holds, by itself and by its agreement; null where it goes on.
    pub ends_on: Option<Date>,
    /// How many requests are left of it; null where it has no limit.
    #[schema(minimum = 0)]
    pub remaining: Option<i32>,
    /// Everything that stands against it; none where it covers what is asked.
    #[schema(max_items = 10)]
    pub objections: Vec<Objection>,
}

/// Whether something is covered, and why: asked before work starts.
///
/// # Errors
/// [`Error::Invalid`] where nothing says for whom; [`Error::Conflict`] names what is not there, or not this customer's.
pub async fn of(ctx: &Ctx, asked: &CoverageRequest) -> Result<Coverage> {
    let subject = subject(ctx, asked).await?;
    let customer = Condition::all().add(Column::CustomerId.eq(subject.customer));
    let mut rows = ctx.can::<Entity, Read>()?.filtered(customer, MOST + 1).await?;
    let more = rows.len() as u64 > MOST;
    rows.truncate(MOST as usize);
    let agreements = agreements_of(ctx, &rows).await?;
    let sites = sites_of(ctx, &rows).await?;
    let used = used(ctx, &rows).await?;
    let mut judged: Vec<Judged> = rows
        .into_iter()
        .map(|row| {
            let agreement = row.agreement_id.map(|id| agreements.get(&id));
            let site = row.site_id.and_then(|id| sites.get(&id).cloned());
            let used = used.get(&row.id).copied().unwrap_or(0);
            judge(row, agreement, site, used, &subject)
        })
        .collect();
    judged.sort_by(|one, other| one.rank().cmp(&other.rank()).reverse());
    let best = judged.first().filter(|best| best.covers());
    Ok(Coverage {
        covered: best.is_some(),
        customer_id: subject.customer,
        site_ids: subject.sites,
        on: subject.on,
        entitlement_id: best.map(|best| best.row.id),
        considered: judged.into_iter().map(Considered::from).collect(),
        more,
    })
}

impl From<Judged> for Considered {
    fn from(judged: Judged) -> Self {
        Self {
            covers: judged.covers(),
            entitlement_id: judged.row.id,
            name: judged.row.name,
            kind: judged.row.kind,
            site_id: judged.row.site_id,
            site_name: judged.site,
            ends_on: judged.ends_on,
            remaining: judged.remaining,
            objections: judged.objections,
        }
    }
}

async fn agreements_of(
    ctx: &Ctx,
    rows: &[Model],
) -> Result<HashMap<agreement::Id, agreement::Model>> {
    let mut ids: Vec<agreement::Id> = rows.iter().filter_map(|row| row.agreement_id).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    // Whoever may read what they are entitled to learns by which agreement.
    let these = agreement::Entity::find()
        .filter(agreement::Column::Id.is_in(ids))
        .filter(agreement::Column::DeletedAt.is_null());
    let found = ctx.rows::<agreement::Entity>().all(these).await?;
    Ok(found.into_iter().map(|row| (row.id, row)).collect())
}

/// What the sites are called that entitlements are for, deleted ones too.
async fn sites_of(ctx: &Ctx, rows: &[Model]) -> Result<HashMap<site::Id, Name>> {
    let mut ids: Vec<site::Id> = rows.iter().filter_map(|row| row.site_id).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    // Whoever may read what they are entitled to learns where.
    let these = site::Entity::find().filter(site::Column::Id.is_in(ids));
    let found = ctx.rows::<site::Entity>().all(these).await?;
    Ok(found.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Everything that is known of what is asked.
async fn subject(ctx: &Ctx, asked: &CoverageRequest) -> Result<Subject> {
    let mut faults = Faults::default();
    let about = About::of(ctx, asked, &mut faults).await?;
    let customer = about.customer(asked, &mut faults);
    if let Some(id) = asked.customer_id
        && ctx.can::<customer::Entity, Read>()?.live(&[id]).await?.is_empty()
    {
        faults.conflict("/customerId", "is no customer");
    }
    faults.check()?;
    let About { asset, site, .. } = about;
    let today = day_of(ctx.database().clock().now(), ctx.actor());
    let customer = customer.ok_or_else(|| Error::internal("a customer is there, or a fault"))?;
    let (within, standing) = match &asset {
        Some(asset) => containing(ctx, asset).await?,
        None => (Vec::new(), None),
    };
    let mut sites: Vec<site::Id> = site.map(|site| site.id).into_iter().chain(standing).collect();
    sites.dedup();
    let of_asset = asset.as_ref().and_then(|asset| Some((asset.order_id?, asset.order_line)));
    Ok(Subject {
        customer,
        product: asked.product_id.or(asset.as_ref().and_then(|asset| asset.product_id)),
        assets: within,
        sites,
        order: asked.order_id.map(|id| (id, asked.order_line)).or(of_asset),
        kind: asked.kind,
        on: match asked.on {
            Some(day) => day,
            None => today.try_into().map_err(Error::internal)?,
        },
    })
}

/// The records that a question names.
struct About {
    asset: Option<asset::Model>,
    site: Option<site::Model>,
    order: Option<order::Model>,
}

impl About {
    /// Those that are there. What is not is a fault.
    async fn of(ctx: &Ctx, asked: &CoverageRequest, faults: &mut Faults) -> Result<Self> {
        let about = Self {
            asset: named::<asset::Entity>(ctx, asked.asset_id).await?,
            site: named::<site::Entity>(ctx, asked.site_id).await?,
            order: named::<order::Entity>(ctx, asked.order_id).await?,
        };
        if asked.asset_id.is_some() && about.asset.is_none() {
            faults.conflict("/assetId", "is no asset");
        }
        if asked.site_id.is_some() && about.site.is_none() {
            faults.conflict("/siteId", "is no site");
        }
        if asked.order_id.is_some() && about.order.is_none() {
            faults.conflict("/orderId", "is no order");
        }
        Ok(about)
    }

    /// The customer, whose all of them are.
    fn customer(&self, asked: &CoverageRequest, faults: &mut Faults) -> Option<customer::Id> {
        let has = self.asset.as_ref().map(|asset| asset.customer_id);
        let lives = self.site.as_ref().map(|site| site.customer_id);
        let placed = self.order.as_ref().map(|order| order.customer_id);
        let customer = asked.customer_id.or(has).or(lives).or(placed);
        if asked.asset_id.is_none()
            && asked.site_id.is_none()
            && asked.order_id.is_none()
            && asked.customer_id.is_none()
        {
            faults.invalid("/customerId", "is needed, or an asset, a site or an order");
        }
        for (at, of, why) in [
            ("/assetId", has, "is no asset of this customer"),
            ("/siteId", lives, "is no site of this customer"),
            ("/orderId", placed, "is no order of this customer"),
        ] {
            if of.is_some() && of != customer {
                faults.conflict(at, why);
            }
        }
        customer
    }
}

/// A record that a question names, where it is there and the caller may see it.
async fn named<E: Described>(ctx: &Ctx, id: Option<Id<E>>) -> Result<Option<E::Model>> {
    match id {
        Some(id) => Ok(ctx.can::<E, Read>()?.live(&[id]).await?.pop()),
        None => Ok(None),
    }
}

/// An asset and those that it is a part of, from the inside out, and where it stands: at the first site that one of them has.
async fn containing(ctx: &Ctx, asset: &asset::Model) -> Result<(Vec<asset::Id>, Option<site::Id>)> {
    let (mut within, mut site) = (vec![asset.id], asset.site_id);
    let mut next = asset.parent_id;
    while let Some(id) = next.filter(|id| within.len() < 16 && !within.contains(id)) {
        within.push(id);
        let above = asset::Entity::find()
            .filter(asset::Column::Id.eq(id))
            .filter(asset::Column::DeletedAt.is_null());
        let above = ctx.rows::<asset::Entity>().all(above).await?.pop();
        site = site.or(above.as_ref().and_then(|above| above.site_id));
        next = above.and_then(|above| above.parent_id);
    }
    Ok((within, site))
}

/// How many requests have used each entitlement.
async fn used(ctx: &Ctx, rows: &[Model]) -> Result<HashMap<entitlement::Id, i32>> {
    let limited = rows.iter().filter(|row| row.request_limit.is_some());
    let ids: Vec<entitlement::Id> = limited.map(|row| row.id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let theirs = service_request::Entity::find()
        .select_only()
        .column(service_request::Column::EntitlementId)
        .column_as(service_request::Column::Id.count(), "count")
        .filter(service_request::Column::WorkspaceId.eq(ctx.actor().workspace))
        .filter(service_request::Column::EntitlementId.is_in(ids))
        .filter(service_request::Column::DeletedAt.is_null())
        .filter(service_request::Column::MergedIntoId.is_null())
        .group_by(service_request::Column::EntitlementId)
        .into_tuple::<(entitlement::Id, i64)>();
    let counts = theirs.all(&ctx.reader().await?).await?;
    Ok(counts.into_iter().map(|(id, count)| (id, count.min(i32::MAX.into()) as i32)).collect())
}
