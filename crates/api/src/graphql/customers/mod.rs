mod contacts;
mod custom_fields;
mod custom_values;
mod customers;
mod tags;

pub use contacts::{Contact, ContactMutation, ContactQuery};
pub use custom_fields::{CustomFieldMutation, CustomFieldQuery};
pub use custom_values::{CustomValue, custom_values};
pub use customers::{Customer, CustomerMutation, CustomerQuery};
pub use tags::TagQuery;
