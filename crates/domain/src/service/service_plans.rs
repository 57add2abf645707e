use async_graphql::InputObject;
use rapport_entity::{
    MonthCount, Name, RequestLimit, Text,
    sales::product,
    service::{
        entitlement::Kind,
        service_plan::{self, ActiveModel, Begins, Entity, Model},
        service_policy,
    },
};
use sea_orm::{ActiveValue::Set, DeriveIntoActiveModel};
use serde::Deserialize;
use utoipa::ToSchema;

use super::clocks::policies;
use crate::kernel::{Create, Ctx, Expected, Faults, Patch, Read, Result, Tx, Update, patched};

/// A service plan to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewServicePlan {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<service_plan::Id>,
    /// What it is called; of one product no two are the same.
    pub name: Name,
    /// The product that carries it, which stays.
    pub product_id: product::Id,
    /// What whoever buys it is entitled to.
    pub kind: Kind,
    /// For so many months.
    pub months: MonthCount,
    /// From when on; from the first delivery where left out.
    pub begins: Option<Begins>,
    /// So many requests for each line of an order; as many as there are where left out.
    pub request_limit: Option<RequestLimit>,
    /// The service policy by which requests that use what it gives are answered, whatever policies ask for; left to these where left out.
    pub policy_id: Option<service_policy::Id>,
    /// What is covered, in words.
    pub description: Option<Text>,
    /// Whether orders give it; they do where left out.
    pub active: Option<bool>,
}

/// What to change of a service plan: what is left out stays, null clears. What orders have given by it stays as it was given.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject, DeriveIntoActiveModel)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServicePlanPatch {
    /// What it is called; of one product no two are the same.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// What whoever buys it is entitled to.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Kind)]
    pub kind: Option<Kind>,
    /// For so many months.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = MonthCount)]
    pub months: Option<MonthCount>,
    /// From when on.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Begins)]
    pub begins: Option<Begins>,
    /// So many requests for each line of an order.
    #[serde(default)]
    #[schema(value_type = Option<RequestLimit>)]
    pub request_limit: Patch<RequestLimit>,
    /// The service policy by which requests that use what it gives are answered, whatever policies ask for.
    #[serde(default)]
    #[schema(value_type = Option<service_policy::Id>)]
    pub policy_id: Patch<service_policy::Id>,
    /// What is covered, in words.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub description: Patch<Text>,
    /// Whether orders still give it.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub active: Option<bool>,
}

/// Makes a service plan. Orders that are delivered from now on give what it says.
///
/// # Errors
/// [`Error::Conflict`] where there is no such product; [`Error::Duplicate`] where the product has one of this name.
pub async fn create(ctx: &Ctx, new: NewServicePlan) -> Result<Model> {
    ctx.tx(async |tx| {
        check(tx, &new).await?;
        let row = ActiveModel {
            name: Set(new.name),
            sort_name: Set(String::new()),
            product_id: Set(new.product_id),
            kind: Set(new.kind),
            months: Set(new.months),
            begins: Set(new.begins.unwrap_or_default()),
            request_limit: Set(new.request_limit),
            policy_id: Set(new.policy_id),
            description: Set(new.description),
            active: Set(new.active.unwrap_or(true)),
            ..Default::default()
        };
        tx.can::<Entity, Create>()?.insert(new.id, row).await
    })
    .await
}

async fn check(tx: &Tx<'_>, new: &NewServicePlan) -> Result<()> {
    let mut faults = Faults::default();
    if tx.can::<product::Entity, Read>()?.live(&[new.product_id]).await?.is_empty() {
        faults.conflict("/productId", "is no product");
    }
    policies::judge_named(tx, new.policy_id, &mut faults).await?;
    faults.check()
}

/// Changes a service plan.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Duplicate`] where the product has one of this name.
pub async fn update(
    ctx: &Ctx,
    id: service_plan::Id,
    expected: Expected,
    patch: ServicePlanPatch,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let plans = tx.can::<Entity, Update>()?;
        let before = plans.lock(id, expected).await?;
        let after = patched::<Entity>(&before, patch)?;
        if after.policy_id != before.policy_id {
            let mut faults = Faults::default();
            policies::judge_named(tx, after.policy_id, &mut faults).await?;
            faults.check()?;
        }
        plans.save(&before, after, "updated", &[]).await
    })
    .await
}
