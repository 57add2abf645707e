//! What every answer has in common, whatever was asked: a trace id, security headers, a log line, metrics;
//! the methods that a path allows; how much may be asked; the reading of bodies; the end of connections; streams of
//! events; requests that may be repeated.

pub mod address;
pub mod allow;
pub mod body;
pub mod connection;
pub mod idempotency;
pub mod limits;
pub mod sse;
pub mod trace;
