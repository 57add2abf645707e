//! GraphQL: each field reads its arguments, calls one use case and answers.

mod connection;
mod customers;
mod endpoint;
mod identity;
mod node;
mod rows;
mod sales;
mod segmentation;

use async_graphql::{EmptySubscription, MergedObject, SchemaBuilder};
use rapport_domain::identity::auth::Auth;

pub use endpoint::{get, post};

/// What can be asked.
#[derive(Default, MergedObject)]
pub struct Query(
    identity::SessionQuery,
    identity::MeQuery,
    identity::UserQuery,
    identity::TeamQuery,
    identity::RoleQuery,
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
    identity::SessionMutation,
    identity::MeMutation,
    identity::UserMutation,
    identity::TeamMutation,
    identity::RoleMutation,
    customers::CustomerMutation,
    customers::ContactMutation,
    sales::ProductMutation,
    sales::OrderMutation,
    segmentation::SegmentMutation,
);

/// The schema.
pub type Schema = async_graphql::Schema<Query, Mutation, EmptySubscription>;

/// The schema, to look at.
pub fn schema() -> Schema {
    builder().finish()
}

/// The schema, to serve.
pub fn served(auth: Auth) -> Schema {
    builder().data(auth).finish()
}

/// The schema, with its bounds on what one request may ask.
fn builder() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .limit_depth(15)
        .limit_recursive_depth(32)
        .limit_directives(10)
        .disable_suggestions()
}
