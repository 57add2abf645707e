//! The centre: customers and the people at them.

pub(crate) mod beginning;
/// People at customers.
pub mod contacts;
/// Fields that workspaces define themselves.
pub mod custom_fields;
/// Customers.
pub mod customers;
/// Words that records are marked with.
pub mod tags;
