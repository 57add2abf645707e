//! What customers are promised when they turn to us, and whether it is kept.

pub mod clocks;
