//! What keeps up with rules on customers. A reader of the log learns of each change, and of what time brings; whom they
//! may concern is found by the fields that rules look at, so that nobody else is looked at.

mod changes;
mod dependencies;
mod known;
mod reader;
mod rounds;
mod sliding;
mod step;
#[cfg(test)]
mod tests;
mod watched;

pub use changes::{Changes, MANY, Touched};
pub use dependencies::{Named, On, fields_of, named, named_of, resources, resources_of};
pub use known::Known;
pub use reader::{Due, Reader, Turn};
pub use rounds::run;
pub use step::{SOON, Step, catch_up, step};
pub use watched::{Group, Watched};
