//! What REST and GraphQL share, and every answer has in common, whatever was asked: who asks, and what they are told when
//! it fails; a trace id, security headers, a log line, metrics; the methods that a path allows; how much may be asked;
//! the reading of bodies; the end of connections; streams of events; requests that may be repeated; writes in bulk.

pub mod address;
pub mod allow;
pub mod body;
pub mod caller;
pub mod connection;
pub mod draining;
pub mod faults;
pub mod idempotency;
pub mod limits;
pub mod problem;
pub mod schema;
pub mod sse;
pub mod trace;
pub mod writes;
