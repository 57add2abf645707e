//! GraphQL: each field reads its arguments, calls one use case and answers.

mod connection;
mod customers;
mod http;
mod integration;
mod node;
mod rows;
mod sales;
mod segmentation;

use async_graphql::{MergedObject, MergedSubscription};

pub use http::{Gate, get, post};

/// What can be asked.
#[derive(Default, MergedObject)]
pub struct Query(
    customers::CustomerQuery,
    customers::ContactQuery,
    sales::ProductQuery,
    sales::OrderQuery,
    segmentation::SegmentQuery,
    node::NodeQuery,
);

/// What can be done.
#[derive(Default, MergedObject)]
pub struct Mutation(
    customers::CustomerMutation,
    customers::ContactMutation,
    sales::ProductMutation,
    sales::OrderMutation,
    segmentation::SegmentMutation,
);

/// What can be followed.
#[derive(Default, MergedSubscription)]
pub struct Subscription(integration::EventSubscription);

/// The schema.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// The schema. (How much one request may ask is bounded before it, in [`Gate`].)
pub fn schema() -> Schema {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .disable_suggestions()
        .finish()
}
