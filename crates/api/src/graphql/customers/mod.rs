mod contacts;
mod custom_fields;
mod customers;

pub use contacts::{Contact, ContactMutation, ContactQuery};
pub use custom_fields::{CustomFieldMutation, CustomFieldQuery};
pub use customers::{Customer, CustomerMutation, CustomerQuery};
