mod agreements;
mod assets;
mod entitlements;
mod service_plans;

use async_graphql::MergedObject;

pub use agreements::Agreement;
pub use assets::Asset;
pub use entitlements::Entitlement;

/// What can be asked of assets, agreements and entitlements.
#[derive(Default, MergedObject)]
pub struct ServiceQuery(
    assets::AssetQuery,
    agreements::AgreementQuery,
    entitlements::EntitlementQuery,
    service_plans::ServicePlanQuery,
);

/// What can be done with assets, agreements and entitlements.
#[derive(Default, MergedObject)]
pub struct ServiceMutation(
    assets::AssetMutation,
    agreements::AgreementMutation,
    entitlements::EntitlementMutation,
    service_plans::ServicePlanMutation,
);
