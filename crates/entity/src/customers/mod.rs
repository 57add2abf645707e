//! The centre: customers and the people at them.

/// People at organizations.
pub mod contact;
/// Customers.
pub mod customer;
