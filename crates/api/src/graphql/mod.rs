//! GraphQL: each field reads its arguments, calls one use case and answers.

mod connection;
mod customers;
mod endpoint;
mod node;
mod rows;
mod sales;
mod segmentation;

use async_graphql::{EmptySubscription, MergedObject};

pub use endpoint::{get, post};

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

/// The schema.
pub type Schema = async_graphql::Schema<Query, Mutation, EmptySubscription>;

/// The schema, with its bounds on what one request may ask.
pub fn schema() -> Schema {
    Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .limit_depth(15)
        .limit_recursive_depth(32)
        .limit_directives(10)
        .disable_suggestions()
        .finish()
}
