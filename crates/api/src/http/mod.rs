//! What every answer has in common, whatever was asked: a trace id, security headers, a log line, metrics;
//! the methods that a path allows; the reading of bodies; the end of connections; streams of events; requests that
//! may be repeated.

pub mod allow;
pub mod body;
pub mod connection;
pub mod idempotency;
pub mod sse;
pub mod trace;
