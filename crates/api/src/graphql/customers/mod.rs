mod contacts;
mod customers;

pub use contacts::{Contact, ContactMutation, ContactQuery};
pub use customers::{Customer, CustomerMutation, CustomerQuery};
