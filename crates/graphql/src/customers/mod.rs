mod consents;
mod contact_points;
mod contacts;
mod custom_fields;
mod custom_values;
mod customers;
mod interactions;
mod tags;

use async_graphql::MergedObject;
use consents::{ConsentMutation, ConsentQuery};
use contact_points::{ContactPointMutation, ContactPointQuery};
use contacts::{ContactMutation, ContactQuery};
use custom_fields::{CustomFieldMutation, CustomFieldQuery};
use customers::{CustomerMutation, CustomerQuery};
use interactions::{InteractionMutation, InteractionQuery};
use tags::TagQuery;

pub use consents::Consent;
pub use contact_points::ContactPoint;
pub use contacts::Contact;
pub use custom_values::{CustomValue, custom_values};
pub use customers::Customer;
pub use interactions::Interaction;

/// What can be asked of customers and what goes on with them.
#[derive(Default, MergedObject)]
pub struct CustomersQuery(
    CustomerQuery,
    ContactQuery,
    InteractionQuery,
    ConsentQuery,
    ContactPointQuery,
    CustomFieldQuery,
    TagQuery,
);

/// What can be done with customers and what goes on with them.
#[derive(Default, MergedObject)]
pub struct CustomersMutation(
    CustomerMutation,
    ContactMutation,
    InteractionMutation,
    ConsentMutation,
    ContactPointMutation,
    CustomFieldMutation,
);
