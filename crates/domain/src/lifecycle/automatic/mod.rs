//! Customers move from stage to stage by the stages' rules: a reader of the log looks at those whom a change or the passing
//! of time may concern, and at everybody, bit by bit, where rules themselves have changed.

mod choice;
mod evaluation;
mod reader;
mod rests;
mod sweep;
#[cfg(test)]
mod tests;

pub use reader::Lifecycle;
