//! Service clocks: what is promised within business hours. They are reckoned by `rapport_clocks`.

mod choice;
mod due;
mod kept;
mod many;
/// What is promised.
pub mod policies;
/// The clocks of requests, and why they stand as they do.
pub mod shown;
/// What a policy would have made of what has happened.
pub mod simulation;
mod story;
mod terms;

pub use due::ServiceClocks;
pub(crate) use due::look_again;
pub(in crate::service) use due::look_again_for;
pub(in crate::service) use kept::{begin, follow, follow_quietly, foresee};
pub(in crate::service) use many::{Promises, Told, keep, mark};
pub use terms::terms_of;
