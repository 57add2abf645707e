//! The centre: customers and the people at them.

/// People at organizations.
pub mod contact;
/// Fields that workspaces define themselves.
pub mod custom_field;
/// Customers.
pub mod customer;
