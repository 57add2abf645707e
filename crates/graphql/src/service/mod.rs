mod messages;
mod queues;
mod requests;
mod statuses;

use async_graphql::MergedObject;

pub use messages::RequestMessage;
pub use queues::Queue;
pub use requests::ServiceRequest;

/// What can be asked of service requests.
#[derive(Default, MergedObject)]
pub struct ServiceQuery(
    requests::ServiceRequestQuery,
    messages::RequestMessageQuery,
    statuses::ServiceStatusQuery,
    queues::QueueQuery,
);

/// What can be done with service requests.
#[derive(Default, MergedObject)]
pub struct ServiceMutation(
    requests::ServiceRequestMutation,
    messages::RequestMessageMutation,
    statuses::ServiceStatusMutation,
    queues::QueueMutation,
);
