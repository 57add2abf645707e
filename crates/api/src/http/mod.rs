//! What every answer has in common, whatever was asked: a trace id, security headers, a log line, metrics;
//! and the methods that a path allows.

pub mod allow;
pub mod trace;
