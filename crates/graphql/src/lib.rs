//! GraphQL: each field reads its arguments, calls one use case and answers.

// What resolvers return is nested deeper than 128.
#![recursion_limit = "256"]

mod approvals;
mod connection;
mod customers;
mod http;
mod identity;
mod insight;
mod integration;
mod lifecycle;
mod node;
mod ownership;
mod plays;
mod rows;
mod sales;
mod segmentation;
mod service;
mod work;

use async_graphql::{MergedObject, MergedSubscription, SchemaBuilder};
use rapport_domain::{
    identity::auth::Auth,
    integration::{files::Files, objects::Objects},
};

pub use http::{Gate, get, post, wants_page};

/// What can be asked, area by area: merged one by one, so many fields would be nested too deep for the compiler.
#[derive(Default, MergedObject)]
pub struct Query(
    identity::IdentityQuery,
    customers::CustomersQuery,
    sales::SalesQuery,
    service::ServiceQuery,
    approvals::ApprovalsQuery,
    service::ServiceQuery,
    ownership::OwnershipQuery,
    segmentation::SegmentationQuery,
    lifecycle::LifecycleQuery,
    plays::PlaysQuery,
    work::WorkQuery,
    insight::InsightQuery,
    integration::IntegrationQuery,
    node::NodeQuery,
);

/// What can be done.
#[derive(Default, MergedObject)]
pub struct Mutation(
    identity::IdentityMutation,
    customers::CustomersMutation,
    sales::SalesMutation,
    service::ServiceMutation,
    approvals::ApprovalsMutation,
    service::ServiceMutation,
    ownership::OwnershipMutation,
    insight::InsightMutation,
    segmentation::SegmentationMutation,
    lifecycle::LifecycleMutation,
    plays::PlaysMutation,
    work::WorkMutation,
    integration::IntegrationMutation,
);

/// What can be followed.
#[derive(Default, MergedSubscription)]
pub struct Subscription(integration::IntegrationSubscription, ownership::TransferSubscription);

/// The schema.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// The schema, to look at.
pub fn schema() -> Schema {
    builder().finish()
}

/// The schema, to serve.
pub fn served(auth: Auth, files: Files, objects: Objects) -> Schema {
    builder().data(auth).data(files).data(objects).finish()
}

/// How much one request may ask is bounded before the schema sees it, in [`Gate`].
fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .disable_suggestions()
}
