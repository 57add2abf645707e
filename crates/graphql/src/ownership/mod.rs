mod claims;
mod history;
mod pools;
mod transfers;

use async_graphql::MergedObject;

pub use history::{OwnershipPeriod, of_customer, of_lead, of_opportunity};

/// What can be asked of pools and transfers.
#[derive(Default, MergedObject)]
pub struct OwnershipQuery(
    history::OwnershipHistoryQuery,
    pools::PoolQuery,
    transfers::TransferQuery,
);

/// What can be done with pools and transfers, and with what is in pools.
#[derive(Default, MergedObject)]
pub struct OwnershipMutation(
    pools::PoolMutation,
    claims::ClaimMutation,
    transfers::TransferMutation,
);

/// What can be followed of transfers.
pub use transfers::TransferSubscription;
