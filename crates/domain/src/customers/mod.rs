//! The centre: customers and the people at them.

/// People at customers.
pub mod contacts;
/// Customers.
pub mod customers;
