//! GraphQL: each field reads its arguments, calls one use case and answers.

mod connection;
mod customers;
mod http;
mod identity;
mod integration;
mod lifecycle;
mod node;
mod rows;
mod sales;
mod segmentation;

use async_graphql::{MergedObject, MergedSubscription, SchemaBuilder};
use rapport_domain::{identity::auth::Auth, integration::files::Files};

pub use http::{Gate, get, post};

/// What can be asked.
#[derive(Default, MergedObject)]
pub struct Query(
    identity::SessionQuery,
    identity::MeQuery,
    identity::UserQuery,
    identity::TeamQuery,
    identity::RoleQuery,
    identity::ApiKeyQuery,
    customers::CustomerQuery,
    customers::ContactQuery,
    customers::CustomFieldQuery,
    customers::TagQuery,
    sales::ProductQuery,
    sales::OrderQuery,
    segmentation::SegmentQuery,
    segmentation::ScoreQuery,
    lifecycle::LifecycleQuery,
    integration::EventQuery,
    integration::HistoryQuery,
    integration::SyncQuery,
    integration::WebhookEndpointQuery,
    integration::WebhookDeliveryQuery,
    integration::ImportQuery,
    integration::MappingQuery,
    integration::ExportQuery,
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
    identity::ApiKeyMutation,
    customers::CustomerMutation,
    customers::ContactMutation,
    customers::CustomFieldMutation,
    sales::ProductMutation,
    sales::OrderMutation,
    segmentation::SegmentMutation,
    segmentation::ScoreMutation,
    lifecycle::LifecycleMutation,
    integration::SyncMutation,
    integration::BatchMutation,
    integration::WebhookEndpointMutation,
    integration::WebhookDeliveryMutation,
    integration::ImportMutation,
    integration::MappingMutation,
    integration::ExportMutation,
);

/// What can be followed.
#[derive(Default, MergedSubscription)]
pub struct Subscription(
    integration::EventSubscription,
    integration::ImportSubscription,
    integration::ExportSubscription,
);

/// The schema.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// The schema, to look at.
pub fn schema() -> Schema {
    builder().finish()
}

/// The schema, to serve.
pub fn served(auth: Auth, files: Files) -> Schema {
    builder().data(auth).data(files).finish()
}

/// How much one request may ask is bounded before the schema sees it, in [`Gate`].
fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .disable_suggestions()
}
