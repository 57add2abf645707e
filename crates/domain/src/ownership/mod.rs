//! Who has customers, leads and opportunities, who had them before, and how they come from one to another: by a transfer,
//! or by the pool, which is all that nobody has.

/// Taking something out of the pool, and giving it back.
pub mod claims;
/// Who had something from when until when.
pub mod history;
mod looks;
/// Who may claim what nobody has.
pub mod pools;
mod recycling;
pub mod transfers;

pub use recycling::Recycling;
