use async_graphql::InputObject;
use rapport_entity::{
    Date, Name, RequestLimit, Text,
    customers::customer,
    sales::{order, product},
    service::{
        agreement, asset,
        entitlement::{self, ActiveModel, Column, Entity, Kind, Model, Status},
        service_policy, site,
    },
};
use sea_orm::{ActiveValue::Set, DeriveIntoActiveModel};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    kernel::{Create, Ctx, Error, Expected, Faults, Patch, Read, Result, Tx, Update, patched},
    service::{
        clocks::{self, policies},
        sites,
    },
};

/// An entitlement to be made by hand. What a product carries is made by its orders.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewEntitlement {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<entitlement::Id>,
    /// What it is called.
    pub name: Name,
    /// What the customer is entitled to.
    pub kind: Kind,
    /// The customer, who stays.
    pub customer_id: customer::Id,
    /// The agreement that it is a part of, which stays: it then holds only while that does.
    pub agreement_id: Option<agreement::Id>,
    /// The only product that it covers; every product where neither this nor an asset nor a site is given.
    pub product_id: Option<product::Id>,
    /// The only asset that it covers, with all that are parts of it.
    pub asset_id: Option<asset::Id>,
    /// The only site that it covers: every request there, and every asset that stands there.
    pub site_id: Option<site::Id>,
    /// The order whose goods it covers.
    pub order_id: Option<order::Id>,
    /// The first day; that of the agreement, or else today, where left out.
    pub starts_on: Option<Date>,
    /// The last day; it goes on, or as long as the agreement, where left out.
    pub ends_on: Option<Date>,
    /// So many requests; as many as there are where left out.
    pub request_limit: Option<RequestLimit>,
    /// The service policy by which requests that use it are answered, whatever policies ask for; left to these where left out.
    pub policy_id: Option<service_policy::Id>,
    /// What is covered, in words.
    pub description: Option<Text>,
}

/// What to change of an entitlement: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject, DeriveIntoActiveModel)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EntitlementPatch {
    /// What it is called.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// What the customer is entitled to.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Kind)]
    pub kind: Option<Kind>,
    /// Whether it was called off.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Status)]
    pub status: Option<Status>,
    /// The only product that it covers.
    #[serde(default)]
    #[schema(value_type = Option<product::Id>)]
    pub product_id: Patch<product::Id>,
    /// The only asset that it covers, with all that are parts of it.
    #[serde(default)]
    #[schema(value_type = Option<asset::Id>)]
    pub asset_id: Patch<asset::Id>,
    /// The only site that it covers: every request there, and every asset that stands there.
    #[serde(default)]
    #[schema(value_type = Option<site::Id>)]
    pub site_id: Patch<site::Id>,
    /// The first day.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Date)]
    pub starts_on: Option<Date>,
    /// The last day.
    #[serde(default)]
    #[schema(value_type = Option<Date>)]
    pub ends_on: Patch<Date>,
    /// So many requests.
    #[serde(default)]
    #[schema(value_type = Option<RequestLimit>)]
    pub request_limit: Patch<RequestLimit>,
    /// The service policy by which requests that use it are answered, whatever policies ask for.
    #[serde(default)]
    #[schema(value_type = Option<service_policy::Id>)]
    pub policy_id: Patch<service_policy::Id>,
    /// What is covered, in words.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub description: Patch<Text>,
    /// Why it is cancelled.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub cancel_reason: Patch<Text>,
}

/// Makes an entitlement.
///
/// # Errors
/// [`Error::Conflict`] names everything that is not there, or not this customer's; [`Error::Duplicate`].
pub async fn create(ctx: &Ctx, new: NewEntitlement) -> Result<Model> {
    ctx.tx(async |tx| {
        let entitlements = tx.can::<Entity, Create>()?;
        let id = new.id;
        let starts_on = first_day(tx, &new).await?;
        let row = entitlements.complete(id, new.row(starts_on))?;
        judge(tx, None, &row).await?;
        entitlements.insert(id, row).await
    })
    .await
}

/// The first day of an entitlement that says none. A repeated create finds the one it had.
async fn first_day(tx: &Tx<'_>, new: &NewEntitlement) -> Result<Date> {
    if let Some(day) = new.starts_on {
        return Ok(day);
    }
    if let Some(there) = crate::records::made_before::<Entity>(tx, new.id).await? {
        return Ok(there.starts_on);
    }
    if let Some(id) = new.agreement_id
        && let Some(agreement) = tx.can::<agreement::Entity, Read>()?.live(&[id]).await?.pop()
    {
        return Ok(agreement.starts_on);
    }
    crate::kernel::day_of(tx.now(), tx.actor()).try_into().map_err(Error::internal)
}

impl NewEntitlement {
    fn row(self, starts_on: Date) -> ActiveModel {
        ActiveModel {
            name: Set(self.name),
            sort_name: Set(String::new()),
            kind: Set(self.kind),
            status: Set(Status::Active),
            customer_id: Set(self.customer_id),
            agreement_id: Set(self.agreement_id),
            product_id: Set(self.product_id),
            asset_id: Set(self.asset_id),
            site_id: Set(self.site_id),
            order_id: Set(self.order_id),
            starts_on: Set(starts_on),
            ends_on: Set(self.ends_on),
            request_limit: Set(self.request_limit),
            policy_id: Set(self.policy_id),
            description: Set(self.description),
            ..Default::default()
        }
    }
}

/// Changes an entitlement.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Conflict`] names everything that is wrong.
pub async fn update(
    ctx: &Ctx,
    id: entitlement::Id,
    expected: Expected,
    patch: EntitlementPatch,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let entitlements = tx.can::<Entity, Update>()?;
        let before = entitlements.lock(id, expected).await?;
        let after = patched::<Entity>(&before, patch)?;
        judge(tx, Some(&before), &after).await?;
        let what = match (before.status, after.status) {
            (Status::Active, Status::Cancelled) => "cancelled",
            _ => "updated",
        };
        let after = entitlements.save(&before, after, what, &[]).await?;
        if before.policy_id != after.policy_id {
            clocks::look_again_for(tx, id).await?;
        }
        Ok(after)
    })
    .await
}

/// Names everything that is not there, or not this customer's, and days that do not follow each other.
async fn judge(tx: &Tx<'_>, before: Option<&Model>, after: &Model) -> Result<()> {
    let mut faults = Faults::default();
    if after.ends_on.is_some_and(|end| end < after.starts_on) {
        faults.conflict("/endsOn", "is before startsOn");
    }
    if after.cancel_reason.is_some() && after.status != Status::Cancelled {
        faults.conflict("/cancelReason", "is of entitlements that are cancelled");
    }
    if before.is_none() {
        judge_customer(tx, after, &mut faults).await?;
    }
    if let Some(id) = after.product_id
        && before.and_then(|before| before.product_id) != Some(id)
        && tx.can::<product::Entity, Read>()?.live(&[id]).await?.is_empty()
    {
        faults.conflict("/productId", "is no product");
    }
    if let Some(id) = after.asset_id
        && before.and_then(|before| before.asset_id) != Some(id)
    {
        let asset = tx.can::<asset::Entity, Read>()?.live(&[id]).await?.pop();
        if asset.is_none_or(|asset| asset.customer_id != after.customer_id) {
            faults.conflict("/assetId", "is no asset of this customer");
        }
    }
    if let Some(id) = after.site_id
        && before.and_then(|before| before.site_id) != Some(id)
    {
        sites::judge_named(tx, id, Some(after.customer_id), &mut faults).await?;
    }
    if after.policy_id != before.and_then(|before| before.policy_id) {
        policies::judge_named(tx, after.policy_id, &mut faults).await?;
    }
    faults.check()
}

/// What an entitlement is of, and stays of.
async fn judge_customer(tx: &Tx<'_>, row: &Model, faults: &mut Faults) -> Result<()> {
    let customer = row.customer_id;
    if tx.can::<customer::Entity, Read>()?.live(&[customer]).await?.is_empty() {
        faults.conflict("/customerId", "is no customer");
    }
    if let Some(id) = row.agreement_id {
        let agreement = tx.can::<agreement::Entity, Read>()?.live(&[id]).await?.pop();
        if agreement.is_none_or(|agreement| agreement.customer_id != customer) {
            faults.conflict("/agreementId", "is no agreement of this customer");
        }
    }
    if let Some(id) = row.order_id {
        let order = tx.can::<order::Entity, Read>()?.live(&[id]).await?.pop();
        if order.is_none_or(|order| order.customer_id != customer) {
            faults.conflict("/orderId", "is no order of this customer");
        }
    }
    Ok(())
}

/// The newest entitlements of each of some customers, at most `limit` of each.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn latest_of(ctx: &Ctx, customers: &[customer::Id], limit: u64) -> Result<Vec<Model>> {
    let keys: Vec<Uuid> = customers.iter().map(|id| id.uuid()).collect();
    ctx.can::<Entity, Read>()?
        .latest_each(Column::CustomerId, &keys, Column::CreatedAt, limit)
        .await
}
