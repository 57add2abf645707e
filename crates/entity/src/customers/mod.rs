//! The centre: customers, the people at them, and what goes on between them and us.

/// What customers agreed to.
pub mod consent;
/// People at organizations.
pub mod contact;
/// How customers are reached.
pub mod contact_point;
/// Fields that workspaces define themselves.
pub mod custom_field;
/// Customers.
pub mod customer;
/// Calls, mails, visits and the like.
pub mod interaction;
